"""The providers of e-mail and SMS: one adapter per file, behind the two ports."""
