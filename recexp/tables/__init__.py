"""Run paper-style tables, and print our results beside the published ones."""
