"""Turn flat arrays into padded batches, and decide which rows share a batch."""
