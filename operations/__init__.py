"""Use cases: what an operator or a marketer does, for commands, gateway and desk alike."""
