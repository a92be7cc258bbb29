"""Prepare a dataset: interactions with contiguous ids, its card, its side information, and the cache."""
