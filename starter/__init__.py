"""How people and machines come in: the `retention` command and the HTTP gateway."""
