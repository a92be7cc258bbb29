"""The ranks of one run: which rank this process is, its shard of the data, and how the others are started."""
