"""Callbacks of the Lightning Trainer: checkpoints, the training curve, energy and the progress bar."""
