"""Choose the candidates that a target is ranked against, and fingerprint that choice."""
