"""Against which candidates a target is ranked, and the fingerprint of that choice."""
