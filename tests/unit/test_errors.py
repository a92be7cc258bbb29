"""Text from files reaches a terminal as text: it neither obeys nor hides anything of it."""

import json
import logging
from dataclasses import replace

import pytest

from recexp.cli import main
from recexp.errors import DataError, printable
from recexp.logs import log_to_console, log_to_file
from tests.records import finish

RED, TITLE = "\x1b[31m", "\x1b]0;owned\x07"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a{RED}b", "a\\x1b[31mb"),
        (f"{TITLE}b", "\\x1b]0;owned\\x07b"),
        ("a\x9b31mb", "a\\x9b31mb"),
        ("user\u202eresu", "user\\u202eresu"),
        ("two\n\tlines", "two\n\tlines"),
        ("a\rb", "a\\rb"),
        ("Köln 東京 \U0001f600", "Köln 東京 \U0001f600"),
        ("lone \udcff", "lone \\udcff"),
    ],
)
def test_printable(text, shown):
    assert printable(text) == shown
    assert str(DataError(text)) == shown


def test_the_log_is_text(tmp_path, capsys):
    log_to_console(logging.INFO)
    with log_to_file(tmp_path / "train.log"):
        logging.getLogger("recexp.test").warning("dataset %s", f"x{RED}")
    assert capsys.readouterr().err == "dataset x\\x1b[31m\n"
    assert RED not in (tmp_path / "train.log").read_text()


def test_a_header_is_text(tmp_path, capsys):
    file = tmp_path / "own.csv"
    file.write_text(f"us{TITLE}er,{RED}item\n1,2\n")
    assert main(["data", "dataset=csv", f"dataset.path={file}", f"paths.cache={tmp_path}"]) == 2
    error = capsys.readouterr().err
    assert "it has: us\\x1b]0;owned\\x07er" in error
    assert "\x1b" not in error


@pytest.mark.parametrize("format", ["table", "csv", "markdown"])
def test_the_record_of_a_run_is_text(tmp_path, capsys, format):
    """Neither markup nor what a terminal obeys: a folder may come from anyone."""
    folder, record = finish(tmp_path, "recommender=popularity")
    hostile = replace(
        record,
        label=f"[red]best[/red]{RED}",
        dataset=f"ml{TITLE}",
        protocol=record.protocol | {"split": f"[b]leave-one-out[/b]{RED}"},
    )
    folder.record.write_text(json.dumps(hostile.to_dict()))
    assert main(["results", f"paths.runs={tmp_path}", "sort=test/ndcg@10", f"format={format}"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[red]best[/red]\\x1b[31m" in out
    assert "[b]leave-one-out[/b]" in out


def test_the_terms_of_a_dataset_are_text(tmp_path, capsys):
    (tmp_path / "own.csv").write_text("user,item\n1,2\n")
    licence = f"[red]mine[/red] {RED}"
    arguments = [f"dataset.path={tmp_path}/own.csv", f"+dataset.licence='{licence}'", f"paths.cache={tmp_path}"]
    assert main(["data", "dataset=csv", *arguments]) == 0
    assert "[red]mine[/red] \\x1b[31m" in capsys.readouterr().out
