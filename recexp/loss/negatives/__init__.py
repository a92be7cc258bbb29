"""How sampled losses draw their negatives."""
