"""What providers tell: read, verified, recorded."""
