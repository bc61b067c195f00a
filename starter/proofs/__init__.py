"""Proofs: what a campaign's messages look like before anybody gets them."""
