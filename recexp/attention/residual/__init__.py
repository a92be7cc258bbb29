"""How a layer of a Transformer block is joined to what it reads: the order of norm, residual and gate."""
