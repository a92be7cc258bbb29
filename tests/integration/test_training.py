"""Whole runs: two batches of every choice, skipping, what is refused."""

from itertools import cycle

import pandas as pd
import pytest
import torch
from hydra.errors import InstantiationException
from hydra.utils import instantiate

from recexp.batching.batches import TrainingBatch
from recexp.batching.histories import Histories
from recexp.config.compose import choices
from recexp.errors import ConfigError, DataError, RunError
from recexp.experiment import run
from recexp.metric.hr import HitRate
from recexp.metric.ndcg import NDCG
from recexp.runs.folder import RunFolder
from recexp.testing.small import compose_config
from tests.integration.films import needs_features, with_genres
from tests.integration.planted import SHORT, config, results


@pytest.mark.parametrize(("attention", "loss"), zip(choices("attention"), cycle(choices("loss")), strict=False))
def test_every_attention_and_loss_runs(attention, loss, planted, tmp_path):
    features = with_genres(planted, 20) if needs_features(attention) else []
    record = run(config(planted, tmp_path, *SHORT, f"attention={attention}", f"loss={loss}", *features))
    assert 0 <= record.metrics["test/ndcg@10"] <= 1
    assert record.label.endswith(f"-dot-{loss}")


GROUPS = ("objective", "optimizer", "scheduler", "protocol", "windows", "recommender")


@pytest.mark.parametrize("override", [f"{group}={name}" for group in GROUPS for name in choices(group)])
def test_every_other_choice_runs(override, planted, tmp_path):
    more = ["protocol.n=5"] if "sampled" in override else []
    run(config(planted, tmp_path, *SHORT, override, *more))


def test_metrics_are_means_over_the_kept_ranks(planted, tmp_path):
    record = run(config(planted, tmp_path, *SHORT))
    ranks = pd.read_parquet(RunFolder(tmp_path / "runs" / record.run).ranks)
    for metric in (HitRate(), NDCG()):
        per_user = metric.per_user(ranks["higher"].to_numpy(), ranks["equal"].to_numpy(), 5)
        assert record.metrics[f"test/{metric.name}@5"] == pytest.approx(per_user.mean(), rel=1e-15)


def test_a_finished_run_is_reported_again(planted, tmp_path):
    first = run(config(planted, tmp_path, *SHORT))
    again = run(config(planted, tmp_path, *SHORT))
    assert again == first
    anew = run(config(planted, tmp_path, *SHORT, "force=true"))
    assert results(anew) == results(first)
    assert anew.finished >= first.finished


def test_a_finished_run_is_reported_where_nothing_can_be_written(planted, tmp_path, monkeypatch):
    """A lock is a file: where the folder is read-only there can be none."""

    def refuse(self, timeout=-1):
        raise RunError("read-only")

    first = run(config(planted, tmp_path, *SHORT))
    monkeypatch.setattr(RunFolder, "lock", refuse)
    assert run(config(planted, tmp_path, *SHORT)) == first


def test_a_run_that_another_process_ends_meanwhile_is_not_done_again(planted, tmp_path, monkeypatch):
    first = run(config(planted, tmp_path, *SHORT))
    finished, answers = RunFolder.finished, [None]
    monkeypatch.setattr(RunFolder, "finished", lambda folder: answers.pop() if answers else finished(folder))
    assert run(config(planted, tmp_path, *SHORT)) == first


def test_an_error_before_any_work_leaves_nothing(planted, tmp_path):
    """Also one that only a constructor finds."""
    for override in ("scorer.hidden_dim=0", "trainer.precision=17"):
        with pytest.raises((ConfigError, InstantiationException)):
            run(config(planted, tmp_path, "scorer=mlp", override))
    assert not (tmp_path / "runs").exists()


def test_evaluation_batch_size_changes_no_metric(planted, tmp_path):
    """T8."""
    found = [
        results(run(config(planted, tmp_path / str(size), *SHORT, f"eval_batch_size={size}"))) for size in (1, 7, 512)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert found[0] == pytest.approx(found[2], abs=1e-12)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("ks=[0,10]", "ks: got 0"),
        ("ks=[10,21]", "ks: got 21, expected at most the 20 items"),
        ("optimizer.lr=-1", "optimizer.lr: got -1"),
        ("dropout=1.5", "dropout: got 1.5"),
        ("embedding_dim=0", "embedding_dim: got 0"),
        ("callbacks.early_stopping.monitor=val/ndcg@20", "early_stopping.monitor"),
    ],
)
def test_a_bad_value_names_its_key_and_leaves_nothing(override, message, planted, tmp_path):
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")):
        run(config(planted, tmp_path, override))
    assert not list(tmp_path.glob("runs/*/*/*/record.json"))


def test_nothing_to_learn_from_is_an_error(tmp_path):
    """Three interactions each are one to train on, which tells no next one."""
    file = tmp_path / "three.csv"
    file.write_text("user,item\n" + "".join(f"{user},{item}\n" for user in range(9) for item in range(3)))
    with pytest.raises(DataError, match=r"dataset 'csv' has nothing to learn from: no user has 2 training"):
        run(config(file, tmp_path, "ks=[1]"))
    run(config(file, tmp_path, "ks=[1]", "recommender=popularity"))
    assert [path.parent.name for path in tmp_path.glob("runs/*/*/seed*")] == ["popularity"]


def test_memory_of_candidate_aware_training_is_bounded():
    """No B x L x N x D tensor: the largest one a step allocates stays below B x L x N / 4 elements."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Largest(TorchDispatchMode):
        elements = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            for tensor in out if isinstance(out, tuple | list) else (out,):
                if isinstance(tensor, torch.Tensor):
                    self.elements = max(self.elements, tensor.numel())
            return out

    batch, length, items = 128, 50, 2000
    cfg = compose_config("attention=item", f"max_history_len={length}", "embedding_dim=64")
    recommender = instantiate(cfg.recommender, num_items=items, num_users=4)
    item_BL = torch.randint(1, items + 1, (batch, length + 1))
    windows = Histories(torch.zeros(batch, dtype=torch.long), item_BL, torch.full((batch,), length + 1))
    with Largest() as largest:
        total, _ = recommender.loss(TrainingBatch(windows, torch.ones_like(item_BL, dtype=torch.bool)))
        total.backward()
    assert largest.elements < batch * length * items / 4
