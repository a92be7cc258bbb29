"""Cut training histories into windows of bounded length."""
