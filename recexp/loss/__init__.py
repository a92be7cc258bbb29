"""The losses, from targets and scores to one number."""
