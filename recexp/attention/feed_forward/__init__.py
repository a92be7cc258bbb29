"""What a Transformer block does to each position by itself, behind its mixer."""
