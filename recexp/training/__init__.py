"""The LightningModule, the training loop, checkpoint files, and the measurement of memory."""
