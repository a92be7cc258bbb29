"""The logit between a query and a key."""
