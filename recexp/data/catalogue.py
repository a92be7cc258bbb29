"""All datasets that conf/ knows: counts, terms, and whether they are on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from recexp.config.compose import choices, conf_dir
from recexp.data.counts import filters_in_words
from recexp.dataset.base import Dataset
from recexp.dataset.published import Published

HERE, FETCHED, BY_HAND, YOURS = "yes", "on demand", "by hand", "your own"


@dataclass(frozen=True)
class CatalogueEntry:
    """counts: published ones, before `filters`. where: HERE, FETCHED, BY_HAND or YOURS."""

    name: str
    counts: Mapping[str, int]
    filters: str
    licence: str | None
    where: str


def entries(paths: DictConfig) -> list[CatalogueEntry]:
    """One a yaml in conf/dataset. paths: where raw files lie. Fetches nothing."""
    return [_entry(name, paths) for name in choices("dataset")]


def _entry(name: str, paths: DictConfig) -> CatalogueEntry:
    loaded = OmegaConf.load(conf_dir() / "dataset" / f"{name}.yaml")
    node = OmegaConf.create({"paths": paths, "dataset": loaded}).dataset
    if OmegaConf.is_missing(node, "path"):
        return CatalogueEntry(name, {}, "", None, YOURS)
    dataset: Dataset = instantiate(node)
    filters = filters_in_words(min_rating=dataset.min_rating, k_core=dataset.k_core)
    return CatalogueEntry(name, dataset.expected or {}, filters, dataset.licence, _where(dataset))


def _where(dataset: Dataset) -> str:
    if not isinstance(dataset, Published) or dataset.find() is not None:
        return HERE
    return BY_HAND if dataset.url is None else FETCHED
