"""Start the other processes (ranks) of a run, and share batches, losses and results among them."""
