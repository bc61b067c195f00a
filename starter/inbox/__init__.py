"""From what shops tell to the signals of workflows: committed first, signalled at once, and again until applied."""
