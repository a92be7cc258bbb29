"""How a variant knows the order of a history."""
