"""Read raw files into tables, one module for each family of datasets."""
