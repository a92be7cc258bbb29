"""Score candidates against a context vector, which stands for the history."""
