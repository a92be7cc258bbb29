"""The command line: light help, errors without traceback and with code 2, and nothing left behind."""

import subprocess
import sys
import time

import pytest

from recexp import __version__
from recexp.cli import COMMANDS, main
from recexp.config.compose import choices
from tests.integration.overrides import popularity

HEAVY = {"torch", "hydra", "omegaconf", "pandas", "numpy", "pytorch_lightning", "rich"}


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    code = f"import sys; from recexp.cli import main; main({arguments}); print(*sys.modules, file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(run.stderr.split())
    assert __version__ in run.stdout


def test_help_answers_in_half_a_second():
    def seconds():
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "recexp", "--help"], capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.5


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "train"])
def test_every_command_has_help(command, capsys):
    assert main([command, "--help"]) == 0
    assert f"recexp {command}" in capsys.readouterr().out


def test_help_of_train_lists_groups_and_choices(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "--help"])
    assert stop.value.code == 0
    assert f"attention: {', '.join(choices('attention'))}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("recexp tr", "train"),
        ("recexp train attention=us", "attention=user"),
        ("recexp train optimizer.l", "optimizer.lr="),
    ],
)
def test_shell_completion(line, answer, capsys, monkeypatch):
    monkeypatch.setenv("COMP_LINE", line)
    assert main(["-sc", "query=bash"]) == 0
    assert answer in capsys.readouterr().out.split()


# --- errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "unknown command 'trian'. Did you mean 'train'?"),
        (["train", "embeding_dim=3"], "unknown key 'embeding_dim'. Did you mean 'embedding_dim'?"),
        (["train", "+embeding_dim=3"], "unknown key 'embeding_dim'. Did you mean 'embedding_dim'?"),
        (["train", "-m", "seed=1,2", "+foo=1"], "unknown key 'foo'"),
        (["train", "-m", "attention=item,itm"], "unknown choice attention=itm"),
        (["train", "attention=itemm"], "unknown choice attention=itemm. Did you mean 'item'?"),
        (["train", "--config-dir", ".", "attentoin=item"], "Did you mean 'attention'?"),
        (["train", "dataset=csv"], "dataset.path has no value"),
        (["train", "dataset=csv", "dataset.path=absent.csv"], "absent.csv"),
        (["train", "optimizer.lr=-1"], "optimizer.lr: got -1"),
        (["train", "optimizer.betas=[2,0.9]"], "optimizer.betas: got [2, 0.9], which the optimiser refuses"),
        (["train", "scorer=cosine", "scorer.temperature=0"], "scorer.temperature: got 0, expected a number above 0"),
        (["train", "attention/similarity=cosine", "attention.similarity.temperature=-1"], "attention.similarity.temp"),
        (["train", "trainer.limit_train_batches=0.0001"], "trainer: You requested to check 0.0001"),
        (["data", "dataset.k_core=two"], "dataset.k_core: got 'two', expected a whole number or null"),
        (["train", "trainer.accelerator=abacus"], "trainer: "),
        (["train", "seed=1,2"], "Ambiguous value for argument 'seed=1,2'"),
        (["data", "seed=3"], "unknown key 'seed'. Known: dataset, debug, paths."),
        (["data", "dataset.k_core=100000"], "dataset.k_core=100000"),
        (["results", "datset=x"], "unknown key 'datset'. Did you mean 'dataset'?"),
        (["results", "format=tabel"], "Did you mean 'table'?"),
        (["evaluate"], "run: got nothing, expected the folder of a finished run"),
        (["evaluate", "run=absent"], "has no record.json"),
        (["evaluate", "rnu=absent"], "unknown key 'rnu'. Did you mean 'run'?"),
    ],
)
def test_bad_input_is_one_message_and_code_2(arguments, message, place, capsys):
    fast = ["logger=none", "trainer.max_epochs=1"] if arguments[:1] == ["train"] and "-m" not in arguments else []
    assert main([*arguments, *fast]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert list((place / "here").iterdir()) == []


def test_debug_raises(place):
    with pytest.raises(ValueError, match=r"optimizer.lr"):
        main(["train", "optimizer.lr=-1", "debug=true"])


def test_unexpected_error_is_code_1_without_traceback(place, monkeypatch, capsys):
    def fail(cfg):
        raise KeyError("inside")

    monkeypatch.setattr("recexp.experiment.run", fail)
    assert main(["train", *popularity(place)]) == 1
    assert "KeyError: 'inside'" in capsys.readouterr().err


def test_interruption_says_how_to_go_on(place, monkeypatch, capsys):
    def interrupt(cfg):
        raise KeyboardInterrupt

    monkeypatch.setattr("recexp.experiment.run", interrupt)
    assert main(["train", "-m", "seed=1,2", *popularity(place)]) == 130
    assert "Repeat the command" in capsys.readouterr().err


def test_home_folder(place, monkeypatch):
    """Hydra's grammar refuses a value that begins with ~, which the shell leaves as it is after `paths.runs=`."""
    monkeypatch.setenv("HOME", str(place / "home"))
    assert main(["train", *popularity(place), "paths.runs=~/runs"]) == 0
    assert len(list(place.glob("home/runs/*/*/*/record.json"))) == 1
    assert list((place / "here").iterdir()) == []


def test_folder_that_cannot_be_written(place, capsys):
    (place / "blocked").write_text("a file")
    assert main(["train", *popularity(place), f"paths.runs={place}/blocked"]) == 2
    assert f"cannot write {place}/blocked" in capsys.readouterr().err
