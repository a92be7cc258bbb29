"""How logits become the weights of memory tokens."""
