"""Rank targets in bounded memory and collect the ranks."""
