"""Overrides of `recexp train` for runs of a second on the data of the `place` fixture."""

from pathlib import Path


def small(place: Path) -> list[str]:
    return [
        "dataset=csv", f"dataset.path={place}/small.csv", "logger=none", "embedding_dim=4", "max_history_len=4",
        "trainer.max_epochs=1", "trainer.accelerator=cpu", "ks=[5,10]",
    ]  # fmt: skip


def popularity(place: Path) -> list[str]:
    return [*small(place), "recommender=popularity"]
