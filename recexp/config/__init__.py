"""Compose a config from conf/, check it, and explain what is wrong with it."""
