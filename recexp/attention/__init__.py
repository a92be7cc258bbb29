"""The attention variants: how a history is encoded and weighed before candidates are scored."""
