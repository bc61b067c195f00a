"""Content: templates, what they may do, and the bytes they become."""
