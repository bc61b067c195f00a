"""Content generation: what a language model may do to us, and what we do with its texts."""
