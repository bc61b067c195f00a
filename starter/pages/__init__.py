"""Pages that are written to files: proofs of a campaign's messages, and the results of campaigns."""
