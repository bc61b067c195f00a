"""The rules: values and pure functions. No I/O, no clock of its own, no Temporal."""
