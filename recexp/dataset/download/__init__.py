"""Fetch files from the network, check them and unpack them."""
