"""The importer: messy files, history by the same rules, and nothing twice."""
