"""How the positions of a Transformer block exchange information."""
