"""What conf/ computes: `${expanduser:PATH}` and `${monitor:KS,METRICS}`."""

from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import OmegaConf

from recexp.metric.main_metric import USUAL, main_metric


def monitor(ks: Any, metrics: Any) -> str:
    """The validation metric that selects the weights where the config names none. metrics: the nodes of conf/metric."""
    try:
        return f"val/{main_metric(key for metric in instantiate(metrics).values() for key in metric.cutoffs(ks))}"
    except Exception:  # `ks` or `metric` is wrong, which the checks of the whole config say better
        return f"val/ndcg@{USUAL}"


OmegaConf.register_new_resolver("expanduser", lambda path: str(Path(path).expanduser()), replace=True)
OmegaConf.register_new_resolver("monitor", monitor, replace=True)
