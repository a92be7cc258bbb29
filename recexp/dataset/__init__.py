"""Read raw files into tables: one file per family of datasets."""
