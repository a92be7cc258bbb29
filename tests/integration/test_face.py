"""What `import recexp` gives: typed functions, at once, with recexp's own errors."""

import subprocess
import sys
from inspect import isfunction, signature

import pandas as pd
import pytest
from pytorch_lightning import Callback

import recexp
from recexp.errors import ConfigError, DataError
from tests.integration.overrides import popularity, small
from tests.integration.test_cli import HEAVY
from tests.records import finish


def test_importing_recexp_imports_nothing_heavy():
    code = "import recexp, sys; recexp.train, recexp.load; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(run.stdout.split())


def test_every_name_is_a_function_with_types():
    assert not hasattr(recexp, "__getattr__")
    for name in recexp.__all__:
        function = getattr(recexp, name)
        if name != "__version__":
            assert isfunction(function)
            annotations = [parameter.annotation for parameter in signature(function).parameters.values()]
            assert signature(function).empty not in [*annotations, signature(function).return_annotation]
    for room in ("data", "runs", "serve"):  # a room that is imported takes the place of a function of its name
        assert room not in recexp.__all__


def test_train_takes_overrides_or_a_config(place):
    first = recexp.train(*popularity(place))
    assert first.folder.is_absolute()
    assert first.folder == place / "runs" / first.record.run
    assert len(first.ranks) == 12
    assert recexp.train(recexp.compose(*popularity(place))).record == first.record
    with pytest.raises(ConfigError, match="got a config among other arguments"):
        recexp.train(recexp.compose(), "seed=1")


def test_callbacks_watch(place):
    class Watch(Callback):
        epochs = 0

        def on_train_epoch_end(self, trainer, module):
            self.epochs += 1

    watch = Watch()
    recexp.train(*small(place), "attention=mean", callbacks=[watch])
    assert watch.epochs == 1


def test_errors_are_recexps_own_though_hydra_calls_the_constructor(place):
    with pytest.raises(ConfigError, match=r"split\.seed: got -1"):
        recexp.train(*popularity(place), "split=user_fold", "split.seed=-1")
    with pytest.raises(ConfigError, match=r"dataset\.name: got 'a/b'"):
        recexp.prepare("dataset=ml-100k", "dataset.name=a/b")
    with pytest.raises(DataError, match=r"absent\.csv"):
        recexp.prepare("dataset=csv", "dataset.path=absent.csv")
    with pytest.raises(ConfigError, match="unknown key 'seed'"):
        recexp.prepare("seed=3")


def test_a_prepared_dataset_has_a_card_and_a_table(place):
    data = recexp.prepare("dataset=csv", f"dataset.path={place}/small.csv")
    assert data.card.interactions == len(data.frame()) == 96
    assert data.frame().columns.tolist() == ["user", "item"]  # there are no times
    table = pd.read_csv(place / "small.csv").sort_values("user", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(data.frame(), table)
    films = recexp.prepare("dataset.k_core=40").frame()
    assert films.columns.tolist() == ["user", "item", "time"]
    assert films.groupby("user")["time"].is_monotonic_increasing.all()


def test_results_are_filtered_and_grouped(place):
    with pytest.raises(ConfigError, match="there is no folder"):
        recexp.results()
    for seed in (1, 2, 3):
        finish(place / "runs", "dataset=ml-100k", "recommender=popularity", f"seed={seed}")
    assert recexp.results()["seed"].tolist() == [1, 2, 3]
    assert recexp.results(place / "runs", seed=[1, 3])["seed"].tolist() == [1, 3]
    assert len(recexp.results(seed=2, recommender=["popularity"], dataset="ml-100k")) == 1
    with pytest.raises(ConfigError, match=r"no run has dataset=ml-10k\. Did you mean 'ml-100k'"):
        recexp.results(dataset="ml-10k")
    (row,) = recexp.results(grouped=True).to_dict("records")
    assert row["seeds"] == 3
    assert row["test/ndcg@10 sd"] == 0
    assert row["split"].startswith("leave-one-out")
    (place / "empty").mkdir()
    assert recexp.results(place / "empty", dataset="csv", grouped=True).empty
