"""Pages that are written to files: what a campaign's messages look like, and what came of them."""
