"""Scores -> how many candidates beat the target and how many tie with it.

Letters: B users, N items, S seen items of all users of the batch, C sampled candidates.
"""

import torch
from torch import Tensor

from recexp.batching.batches import SeenItems
from recexp.errors import RunError


def count_among_catalogue(score_BN: Tensor, target_B: Tensor, seen: SeenItems) -> tuple[Tensor, Tensor, Tensor]:
    """higher_B, equal_B, candidates_B (int64) of each target among all items but the seen ones.

    score_BN: column j is item j + 1.
    equal_B leaves the target out; a seen item that is the target stays a candidate. Nothing is masked: what the
    seen items would count is subtracted.
    """
    target_score_B1 = _target_scores(score_BN, target_B)
    other_S = seen.item_S != target_B[seen.row_S]
    row_S, item_S = seen.row_S[other_S], seen.item_S[other_S]
    seen_score_S, beaten_S = score_BN[row_S, item_S - 1], target_score_B1[row_S, 0]
    higher_B = _true(score_BN > target_score_B1) - _count(row_S[seen_score_S > beaten_S], len(score_BN))
    equal_B = _true(score_BN == target_score_B1) - 1 - _count(row_S[seen_score_S == beaten_S], len(score_BN))
    return higher_B, equal_B, score_BN.shape[1] - _count(row_S, len(score_BN))


def count_among_candidates(score_BN: Tensor, target_B: Tensor, candidate_BC: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same among the target and candidate_BC: int64 items without the target, 0 where a user has fewer."""
    target_score_B1 = _target_scores(score_BN, target_B)
    real_BC = candidate_BC > 0
    candidate_score_BC = score_BN.gather(1, (candidate_BC - 1).clamp(min=0))
    higher_B = ((candidate_score_BC > target_score_B1) & real_BC).sum(dim=1)
    equal_B = ((candidate_score_BC == target_score_B1) & real_BC).sum(dim=1)
    return higher_B, equal_B, real_BC.sum(dim=1) + 1


def check_finite(score_BN: Tensor, user_B: Tensor, model: str) -> None:
    """NaN or inf in a score is an error, never a rank (T2)."""
    # The extremes of a row are NaN or infinite where any score is; no tensor of the scores' size is made.
    finite_B = torch.isfinite(score_BN.amax(dim=1)) & torch.isfinite(score_BN.amin(dim=1))
    if not bool(finite_B.all()):
        user = int(user_B[~finite_B][0])
        raise RunError(
            f"{model} gave a score that is NaN or infinite for user_idx {user} ({int((~finite_B).sum())} users of the "
            "batch). A model that has diverged cannot be ranked: lower optimizer.lr or set trainer.gradient_clip_val."
        )


def _target_scores(score_BN: Tensor, target_B: Tensor) -> Tensor:
    return score_BN.gather(1, target_B[:, None] - 1)


def _true(mask_BN: Tensor) -> Tensor:
    """int64 [B]: how many are true; five times as fast as the sum of a bool tensor on CPU."""
    return mask_BN.view(torch.uint8).sum(dim=1, dtype=torch.int32).long()


def _count(row: Tensor, rows: int) -> Tensor:
    return torch.bincount(row, minlength=rows)
