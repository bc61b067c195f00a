"""Tests of what a language model may do to us, and of what we do with what it writes."""
