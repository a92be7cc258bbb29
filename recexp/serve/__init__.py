"""Load a finished run from its folder alone, and recommend with it."""
