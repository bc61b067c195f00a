"""What a shop's backend needs to tell the retention engine what its customers do."""
