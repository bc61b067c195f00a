"""Who may use the engine, and how an operation reaches its servers."""
