"""Writing: a language model's texts about products, guarded, kept, and used for every customer."""
