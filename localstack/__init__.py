"""The whole engine on one machine: embedded servers, the stack that runs them, and the demo."""
