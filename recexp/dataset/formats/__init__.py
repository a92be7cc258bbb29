"""Read text files and JSON lines, and name the first bad line."""
