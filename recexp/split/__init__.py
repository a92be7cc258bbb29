"""Divide interactions into training, validation and test, and audit the division for leakage."""
