"""What is added to the logit of a history item for when it was, whoever asks."""
