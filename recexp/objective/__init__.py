"""Decide what is predicted from what: the next item, or masked items."""
