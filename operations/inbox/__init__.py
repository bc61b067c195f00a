"""The inbox for operators: listed, replayed, discarded."""
