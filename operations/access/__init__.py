"""Access to PostgreSQL, Temporal and tokens for operations, and their errors."""
