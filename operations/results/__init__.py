"""What came of campaigns, put together, put into words, and drawn as a page."""
