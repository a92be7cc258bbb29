"""Building blocks that several models share: embedding tables, masks, chunked sums, running means."""
