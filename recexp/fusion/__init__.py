"""Combine the vector of an id with the vectors of its features."""
