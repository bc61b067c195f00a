"""All parts of the engine as child processes and embedded servers, for development and the demo."""
