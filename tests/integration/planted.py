"""Runs of seconds on data with a structure to find, and what of a run is the same whenever it is repeated."""

from hydra import compose, initialize_config_dir

from recexp.config.compose import conf_dir

TIMINGS = ("train/seconds", "train/positions_per_s", "train/peak_memory_mb")
SHORT = ("trainer.max_epochs=1", "trainer.limit_train_batches=2")


def config(planted, folder, *overrides):
    fixed = [
        "dataset=csv", f"dataset.path={planted}", f"paths.runs={folder}/runs", f"paths.cache={folder}/cache",
        "logger=none", "max_history_len=8", "embedding_dim=16", "batch_size=16", "ks=[1,5,10]",
        "trainer.accelerator=cpu",
    ]  # fmt: skip
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("train", [*fixed, *overrides])


def results(record):
    return {key: value for key, value in record.metrics.items() if key not in TIMINGS}
