"""Use cases of operators, marketers and customers, which commands, gateway and pages call."""
