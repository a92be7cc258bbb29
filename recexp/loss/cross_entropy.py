"""Cross-entropy over the full catalogue.

Letters: R encoded rows, T positions, N items.
"""

from torch import Tensor
from torch.nn import functional as F

from recexp.errors import ConfigError
from recexp.loss.base import Loss
from recexp.nn.chunking import chunked_sum, rows_per_chunk
from recexp.recommender.attentive import AttentiveRecommender


class CrossEntropyLoss(Loss):
    """-log softmax over all N items of the target's score; the padding item is no class (T14).

    label_smoothing: share of the target's mass spread over the catalogue (Szegedy et al., CVPR 2016, section 7).
    """

    def __init__(self, *, label_smoothing: float) -> None:
        super().__init__()
        if not 0 <= label_smoothing < 1:
            raise ConfigError(f"loss.label_smoothing: got {label_smoothing}, expected 0 <= label_smoothing < 1")
        self.label_smoothing = label_smoothing

    def forward(
        self,
        recommender: AttentiveRecommender,
        rows: tuple[Tensor, ...],
        target_RT: Tensor,
        user_RT: Tensor | None = None,
    ) -> Tensor:
        item_ND = recommender.item.catalogue()

        def chunk_loss(*tensors: Tensor) -> Tensor:
            *chunk, target_RT, item_ND = tensors
            score_RTN = recommender.score(tuple(chunk), item_ND).float()
            return F.cross_entropy(
                score_RTN.flatten(0, 1),
                target_RT.flatten() - 1,
                ignore_index=-1,
                reduction="sum",
                label_smoothing=self.label_smoothing,
            )

        total = chunked_sum(
            chunk_loss,
            rows=(*rows, target_RT),
            shared=(item_ND,),
            parameters=list(recommender.parameters()),
            chunk_rows=rows_per_chunk(recommender.row_elements(rows) * len(item_ND), item_ND.device),
        )
        return total / (target_RT > 0).sum()
