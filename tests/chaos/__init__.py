"""Faults by the hundred: servers and workers end at random moments while a shop goes on selling."""
