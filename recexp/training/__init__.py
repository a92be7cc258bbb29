"""The LightningModule, the training loop, checkpoints, and what a run costs."""
