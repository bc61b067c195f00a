"""What a shop did before it had us: CSV files, checked row by row, staged on disk, and applied as history."""
