"""Prepare a dataset: interactions with contiguous ids, the dataset card, side information, and the cache."""
