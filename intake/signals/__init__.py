"""From rows of the inbox to the signals of workflows."""
