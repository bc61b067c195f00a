"""Side effects: what workflows ask the world to do."""
