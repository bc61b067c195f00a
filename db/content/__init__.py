"""Texts by a language model, and the budget for them."""
