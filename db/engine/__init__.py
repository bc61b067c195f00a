"""How the application reaches PostgreSQL."""
