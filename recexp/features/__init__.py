"""Turn side information and the context of an interaction into vectors."""
