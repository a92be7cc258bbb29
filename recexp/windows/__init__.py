"""Cut training histories into windows."""
