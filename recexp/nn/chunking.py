"""A sum over rows computed chunk by chunk, gradients included, so that no chunk's intermediates outlive it.

The scores of a whole batch against a whole catalogue are the largest tensor of a training step. Each chunk is
small enough for the cache; its gradient is taken at once and only the gradients of the inputs are kept
(the idea of fused linear cross-entropy, for any function).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

CPU_CHUNK_ELEMENTS = 1 << 19  # float32 scores that stay in a core's cache
DEVICE_CHUNK_ELEMENTS = 1 << 26


def rows_per_chunk(elements_per_row: int, device: torch.device) -> int:
    """How many rows a chunk holds when one row needs `elements_per_row` elements of intermediates."""
    budget = CPU_CHUNK_ELEMENTS if device.type == "cpu" else DEVICE_CHUNK_ELEMENTS
    return max(1, budget // max(1, elements_per_row))


class _ChunkedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, function, chunk_rows: int, num_row_tensors: int, num_shared: int, *tensors: Tensor) -> Tensor:
        needed = ctx.needs_input_grad[4:]
        rows, shared = tensors[:num_row_tensors], tensors[num_row_tensors : num_row_tensors + num_shared]
        parameters = tensors[num_row_tensors + num_shared :]  # the function uses them itself
        shared_leaves = [_leaf(tensor, need) for tensor, need in zip(shared, needed[num_row_tensors:], strict=False)]
        grads: list[Tensor | None] = [
            torch.zeros_like(t) if need else None for t, need in zip(tensors, needed, strict=True)
        ]
        total = torch.zeros(
            (), dtype=torch.float32 if rows[0].dtype != torch.float64 else torch.float64, device=rows[0].device
        )
        for start in range(0, len(rows[0]), chunk_rows):
            part = slice(start, start + chunk_rows)
            with torch.enable_grad():
                row_leaves = [_leaf(tensor[part], need) for tensor, need in zip(rows, needed, strict=False)]
                value = function(*row_leaves, *shared_leaves)
            leaves = [*row_leaves, *shared_leaves, *parameters]
            places = [i for i, need in enumerate(needed) if need]
            found = torch.autograd.grad(value, [leaves[i] for i in places], allow_unused=True)
            for i, grad in zip(places, found, strict=True):
                if grad is not None:
                    target = grads[i][part] if i < num_row_tensors else grads[i]  # type: ignore[index]
                    target.add_(grad)  # type: ignore[union-attr]
            total += value.detach()
        ctx.grads = grads
        return total

    @staticmethod
    def backward(ctx, grad_total: Tensor) -> tuple[Tensor | None, ...]:
        grads = [None if grad is None else grad.mul_(grad_total) for grad in ctx.grads]
        ctx.grads = None
        return (None, None, None, None, *grads)


def _leaf(tensor: Tensor, needs_grad: bool) -> Tensor:
    return tensor.detach().requires_grad_(needs_grad)


def chunked_sum(
    function: Callable[..., Tensor],
    *,
    rows: Sequence[Tensor],
    shared: Sequence[Tensor],
    parameters: Sequence[Tensor],
    chunk_rows: int,
) -> Tensor:
    """Sum over chunks of `function(*rows[chunk], *shared)`, a scalar, with its gradient.

    rows: tensors [R, ...] cut along their first axis; shared: tensors every chunk sees whole; parameters: leaf
    tensors that `function` uses without being given them. Gradients reach all three. Once differentiable.
    """
    if torch.is_grad_enabled():
        return _ChunkedSum.apply(function, chunk_rows, len(rows), len(shared), *rows, *shared, *parameters)
    chunks = zip(*(tensor.split(chunk_rows) for tensor in rows), strict=True)
    return torch.stack([function(*chunk, *shared) for chunk in chunks]).sum()
