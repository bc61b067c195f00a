"""One customer: found, shown, explained, exported, erased."""
