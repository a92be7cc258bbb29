"""The ranking metrics, computed from ranks."""
