"""What a config cannot mean is refused before any work, in words that name the key."""

import pytest
from omegaconf import OmegaConf

from recexp.config.arguments import check_arguments
from recexp.config.explanations import without_wrapping
from recexp.errors import ConfigError
from recexp.experiment import check
from recexp.scheduler.warmup import check_warmup
from tests.composed import composed

REFUSED = {
    "callbacks.early_stopping.patience=-1": "callbacks.early_stopping.patience: got -1, expected a whole number from 1",
    "callbacks.early_stopping.patience=0": "callbacks.early_stopping.patience: got 0",
    "callbacks.early_stopping.patience=soon": "callbacks.early_stopping.patience: got 'soon', expected a whole number",
    "callbacks.early_stopping.mode=min": "callbacks.early_stopping.mode: got 'min', expected 'max'",
    "callbacks.early_stopping.monitor=val/ndgc@10": "callbacks.early_stopping.monitor: got 'val/ndgc@10'",
    "trainer.max_epochs=-1": "trainer.max_epochs: got -1, expected a whole number from 1",
    "trainer.max_epochs=0": "trainer.max_epochs: got 0",
    "trainer.max_epochs=many": "trainer.max_epochs: got 'many', expected a whole number",
    "trainer.max_epochs=null": "trainer.max_epochs: got None",
    "trainer.gradient_clip_val=-1": "trainer.gradient_clip_val: got -1, expected a number above 0",
    "trainer.gradient_clip_val=0": "trainer.gradient_clip_val: got 0",
    "trainer.gradient_clip_val=text": "trainer.gradient_clip_val: got 'text'",
    "trainer.accumulate_grad_batches=0": "trainer.accumulate_grad_batches: got 0",
    "trainer.limit_test_batches=0": "trainer.limit_test_batches: got 0, expected 1.0",
    "trainer.limit_test_batches=1": "trainer.limit_test_batches: got 1, expected 1.0",  # one batch, not all
    "trainer.limit_val_batches=0.5": "trainer.limit_val_batches: got 0.5, expected 1.0",
    "trainer.limit_val_batches=null": "trainer.limit_val_batches: got None, expected 1.0",
    "trainer.limit_train_batches=0": "trainer.limit_train_batches: got 0",
    "+trainer.overfit_batches=1": "trainer.overfit_batches: got 1, expected no such key",
    "+trainer.check_val_every_n_epoch=5": "trainer.check_val_every_n_epoch: got 5, expected no such key",
    "+trainer.val_check_interval=0.5": "trainer.val_check_interval: got 0.5, expected no such key",
    "+trainer.max_steps=3": "trainer.max_steps: got 3, expected no such key",
    "+trainer.max_time=00:00:00:01": "trainer.max_time: got",
    "trainer.deterministic=perhaps": "trainer.deterministic: got 'perhaps', expected true or false or 'warn'",
    "+trainer.fast_dev_run=true": "trainer.fast_dev_run keeps no weights to test",
    "scheduler.warmup_steps=-1": "scheduler.warmup_steps: got -1, expected a whole number from 0",
    "scheduler.warmup_steps=1.5": "scheduler.warmup_steps: got 1.5, expected a whole number",
    "optimizer.lr=nan": "optimizer.lr: got nan, expected a number above 0",
    "optimizer.lr=true": "optimizer.lr: got True, expected a number above 0",
    "optimizer.betas=[2,0.9]": "optimizer.betas: got [2, 0.9], which the optimiser refuses: Invalid beta parameter",
    "optimizer.betas=3": "optimizer.betas: got 3, which the optimiser refuses",
    "optimizer.weight_decay=-1": "optimizer.weight_decay: got -1, which the optimiser refuses",
    "+optimizer.eps=-1": "optimizer.eps: got -1, which the optimiser refuses",
    "protocol.filter_seen=maybe": "protocol.filter_seen: got 'maybe', expected true or false",
    "windows.stride=far": "windows.stride: got 'far', expected a whole number or null",
    "attention.num_heads=two": "attention.num_heads: got 'two', expected a whole number",
    "attention._target_=nothing.Here": "attention._target_: got 'nothing.Here', expected the import path of a class or "
    "function that Python finds, also from the folder where you stand: Error loading 'nothing.Here': Module",
    "ks=5": "ks: got 5, expected a list: ks=[5]",
    "ks=[]": "ks: got an empty list",
    "tags=word": "tags: got 'word', expected a list: tags=[word]",
    "name=[1]": "name: got [1], expected text or null",
    "group=3": "group: got 3, expected text or null",
    "force=maybe": "force: got 'maybe', expected true or false",
    "dropout=1.5": "dropout: got 1.5",
    "embedding_dim=1.5": "embedding_dim: got 1.5",
    "seed=-1": "seed: got -1",
    "seed=18446744073709551616": "expected a whole number from 0 to 18446744073709551615",
    "expected=5": "expected: got 5, expected metrics with the least and the most they may be: +expected={test/hr@10:",
    "+expected={test/hr@10:3}": "expected.test/hr@10: got 3, expected metrics",
    "+expected={test/hr@10:[a,b]}": "expected.test/hr@10: got ['a', 'b']",
    "+expected={test/hr@10:[0.3,0.2]}": "expected.test/hr@10: got [0.3, 0.2]",
}


@pytest.mark.parametrize(("override", "message"), REFUSED.items())
def test_refused(override, message):
    with pytest.raises(ConfigError) as caught:
        check(composed("trainer.accelerator=cpu", override))
    assert message in str(caught.value)


def test_a_class_that_is_not_found_is_one_message(capsys):
    with pytest.raises(ConfigError) as caught:
        check(composed("attention._target_=nothing.Here"))
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().err == ""


def test_what_hydra_blocks_is_told_to_the_end():
    with pytest.raises(ConfigError) as caught, without_wrapping():
        check(composed("trainer.accelerator=cpu", "attention.feed_forward.activation._target_=os.system"))
    assert "attention.feed_forward.activation: Target 'os.system' is blocklisted because" in str(caught.value)
    assert str(caught.value).count("blocklisted") == 1
    assert len(str(caught.value)) > 120


def test_cosine_ends_at_a_share_of_the_rate():
    with pytest.raises(ConfigError, match=r"scheduler\.min_lr_ratio: got -1"):
        check(composed("scheduler=cosine", "scheduler.min_lr_ratio=-1"))


@pytest.mark.parametrize("override", ["trainer.gradient_clip_val=1", "optimizer=adamw", "scheduler.warmup_steps=9999"])
def test_accepted(override):
    check(composed("trainer.accelerator=cpu", override))


@pytest.mark.parametrize(
    "override", ["trainer.limit_test_batches=2", "trainer.limit_val_batches=2", "+trainer.overfit_batches=1"]
)
def test_a_run_without_training_is_measured_whole_too(override):
    with pytest.raises(ConfigError, match=r"To make a run quick: .*trainer\.limit_train_batches"):
        check(composed("recommender=popularity", "trainer.accelerator=cpu", override))


def test_what_only_training_reads_does_not_matter_without_training():
    """The cut-off of the metric that stops training early, too."""
    check(composed("recommender=popularity", "ks=[5]", "optimizer.lr=-1", "trainer.accelerator=cpu"))


class Decay:
    """As a researcher would write it."""

    def __init__(self, *, decay: float, half: bool | None, words: list[str], name: str = "") -> None: ...


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"decay": 1, "half": None, "words": []}, None),
        ({"decay": "x", "half": None, "words": []}, "attention.decay: got 'x', expected a finite number"),
        ({"decay": float("inf"), "half": None, "words": []}, "attention.decay: got inf"),
        ({"decay": True, "half": None, "words": []}, "attention.decay: got True"),
        ({"decay": 0.5, "half": 2, "words": []}, "attention.half: got 2, expected true or false or null"),
        ({"decay": 0.5, "half": None, "words": [], "name": 3}, "attention.name: got 3, expected text"),
    ],
)
def test_annotations_of_a_constructor_are_kept(values, message):
    node = OmegaConf.create({"_target_": f"{__name__}.Decay", **values})
    if message is None:
        check_arguments(node, "attention")
    else:
        with pytest.raises(ConfigError) as caught:
            check_arguments(node, "attention")
        assert message in str(caught.value)


def test_an_annotation_for_type_checkers_alone_takes_anything():
    check_arguments(OmegaConf.create({"_target_": f"{__name__}.puzzling", "size": "x"}), "attention")


def puzzling(*, size: "Absent") -> None: ...  # noqa: F821


def test_a_warm_up_as_long_as_the_training_is_warned_of(caplog):
    check_warmup(9, 10)
    assert caplog.text == ""
    check_warmup(10, 10)
    assert "scheduler.warmup_steps=10: training ends after 10 steps, before" in caplog.text
