"""The recommenders: fit, loss, score and top_k."""
