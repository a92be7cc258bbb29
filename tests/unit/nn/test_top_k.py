"""The k best of all tokens, and of those up to each, against sorted lists."""

import pytest
import torch
from torch.testing import assert_close

from recexp.nn.top_k import running_top_k, top_k

TOKENS = 7


def best(scores: list[float], k: int) -> set[int]:
    """Among equals the later ones."""
    return set(sorted(range(len(scores)), key=lambda place: (scores[place], place))[-k:])


def equal_scores() -> torch.Tensor:
    """Many of them are equal."""
    return torch.randint(4, (3, 5, TOKENS), generator=torch.Generator().manual_seed(0)).double()


@pytest.mark.parametrize("k", [1, 2, 3, TOKENS, TOKENS + 2])
def test_at_each_token_the_best_so_far(k):
    score_RCM = equal_scores()
    chosen = running_top_k(score_RCM, k)
    for row, candidate, token in torch.cartesian_prod(torch.arange(3), torch.arange(5), torch.arange(TOKENS)).tolist():
        found = chosen.token_RCTk[row, candidate, token][chosen.keep_RCTk[row, candidate, token]].tolist()
        assert len(found) == min(k, token + 1)
        assert set(found) == best(score_RCM[row, candidate, : token + 1].tolist(), k)


@pytest.mark.parametrize("k", [1, 3, TOKENS + 2])
def test_the_best_of_what_is_kept(k):
    score_RCM, length_R = equal_scores(), torch.tensor([1, 4, TOKENS])
    keep_RCM = (torch.arange(TOKENS) < length_R[:, None]).unsqueeze(1)
    chosen = top_k(score_RCM, keep_RCM, k)
    for row, candidate in torch.cartesian_prod(torch.arange(3), torch.arange(5)).tolist():
        found = chosen.token_RCTk[row, candidate, 0][chosen.keep_RCTk[row, candidate, 0]].tolist()
        assert len(found) == min(k, length_R[row])
        assert set(found) == best(score_RCM[row, candidate, : length_R[row]].tolist(), k)


def test_spread_is_take_the_other_way_round():
    score_RCM = equal_scores()
    chosen = running_top_k(score_RCM, 2)
    spread_RCTM = chosen.spread(chosen.take(score_RCM + 1) * chosen.keep_RCTk, TOKENS)
    assert_close((spread_RCTM > 0).sum(dim=-1), torch.tensor([1, *[2] * (TOKENS - 1)]).expand(3, 5, -1))
    assert_close(spread_RCTM, torch.where(spread_RCTM > 0, (score_RCM + 1).unsqueeze(2), 0.0))
