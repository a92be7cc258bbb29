"""Draw the negatives of the sampled losses."""
