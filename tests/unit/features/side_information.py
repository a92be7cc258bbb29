"""Features of the small recommenders of recexp.testing: of items, users and context, some of them missing."""

import numpy as np
import pandas as pd
import torch

from recexp.batching.histories import Histories
from recexp.data.side_information import SideInformation
from recexp.features.choice import Features
from recexp.features.context import num_context_codes
from recexp.recommender.attentive import AttentiveRecommender
from recexp.testing.small import NUM_ITEMS, NUM_USERS, build_recommender

CONTEXT = ("gap", "hour")
NONE = SideInformation({}, {})


def item_columns() -> SideInformation:
    genres = [np.nan, *([f"g{item % 3}", f"g{item % 4}"][: item % 3] for item in range(NUM_ITEMS))]
    price = [np.nan, *(np.nan if item == 4 else float(item) ** 2 for item in range(NUM_ITEMS))]
    kinds = {"genres": "categories", "price": "log_number"}
    return SideInformation({"genres": pd.Series(genres), "price": pd.Series(price)}, kinds)


def user_columns() -> SideInformation:
    assert NUM_USERS == 4
    return SideInformation({"job": pd.Series(["cook", None, "poet", "cook"])}, {"job": "category"})


def with_context(histories: Histories) -> Histories:
    """Codes of every item of a history: each its own."""
    shape = histories.item_BL.shape
    code_BL = torch.arange(shape.numel()).reshape(shape) % (num_context_codes(CONTEXT) - 1) + 1
    code_BLF = torch.stack([code_BL, code_BL.flip(1)], dim=-1)
    return histories._replace(context_BLF=code_BLF * (histories.item_BL > 0).unsqueeze(-1))


def featured(*overrides: str, fusion: str = "sum") -> AttentiveRecommender:
    """All features that the attention can read, with weights large enough to matter, in float64."""
    user = user_columns() if build_recommender(*overrides).attention.needs_user else NONE
    features = Features(item=item_columns(), user=user, context=CONTEXT)
    recommender = build_recommender(*overrides, f"fusion={fusion}", features=features)
    with torch.no_grad():
        recommender.context.weight[0] = 0
    return recommender
