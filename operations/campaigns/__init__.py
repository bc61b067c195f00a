"""What a marketer does with campaigns: list, apply, preview, test, start, pause and read the results."""
