"""The door: what it accepts, rejects and stores."""
