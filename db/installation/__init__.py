"""What belongs to the installation and not to a customer: its identity key's fingerprint, its tokens."""
