"""The score of a context and a candidate."""
