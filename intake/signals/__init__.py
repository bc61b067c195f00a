"""From rows of the inbox to signals of workflows."""
