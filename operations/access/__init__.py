"""Who may use the engine, how an operation reaches its servers, and what can go wrong."""
