"""The parts a shop needs, run from the package index on one machine: for development and the demo."""
