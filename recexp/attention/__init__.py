"""The attention variants: how a history becomes something that candidates are compared with."""
