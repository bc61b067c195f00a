"""The history of a shop from CSV files: checked row by row, staged on disk, folded and written."""
