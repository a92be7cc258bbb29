"""How the time between two items changes their logit."""
