"""Check the contracts: what every attention and its parts, every objective, loss, split, recommender ... promises.

One line in a test file checks a part of your own, wherever it is written, by the override that chooses it:

    from recexp.testing import attention_contract

    TestDecay = attention_contract("attention=decay", config_dir="my_conf")

pytest collects the class that a contract returns; each promise is a test of its own. config_dir: a folder with config
groups beside those of recexp, as in `recexp train --config-dir my_conf`; None where the yaml lies in conf/.
"""

from recexp.testing.attention import attention_contract
from recexp.testing.loss import loss_contract
from recexp.testing.metric import metric_contract
from recexp.testing.mixer import mixer_contract
from recexp.testing.objective import objective_contract
from recexp.testing.position import position_contract
from recexp.testing.recommender import recommender_contract
from recexp.testing.scorer import scorer_contract
from recexp.testing.similarity import similarity_contract
from recexp.testing.split import split_contract

__all__ = [
    "attention_contract",
    "loss_contract",
    "metric_contract",
    "mixer_contract",
    "objective_contract",
    "position_contract",
    "recommender_contract",
    "scorer_contract",
    "similarity_contract",
    "split_contract",
]
