"""Everything that a shop tells is checked and committed here, before anybody is told that it was taken."""
