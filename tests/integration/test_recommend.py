"""recexp recommend: a list for people or programs, or a file for many users."""

import json
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

import recexp
from recexp.cli import main
from recexp.serve import model as serving


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The run folder alone, of a model with titles."""
    folder = tmp_path_factory.mktemp("recommend")
    small = ("dataset.k_core=40", "embedding_dim=4", "trainer.max_epochs=1", "logger=none", "trainer.accelerator=cpu")
    made = recexp.train(*small, "attention=item", f"paths.runs={folder}/runs", f"paths.cache={folder}/cache")
    alone = shutil.copytree(made.folder, folder / "alone")
    shutil.rmtree(folder / "runs")
    shutil.rmtree(folder / "cache")
    return alone


def recommend(run, *arguments):
    return main(["recommend", f"run={run}", *arguments])


def test_a_table_with_titles(run, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    assert recommend(run, "user=[1,18]", "k=3") == 0
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in capsys.readouterr().out.splitlines()]
    rows = [cells for cells in lines if cells]
    expected = recexp.load(run).recommend(users=[1, 18], k=3)
    assert [cells[:4] for cells in rows] == expected[["user", "rank", "item", "title"]].astype(str).to_numpy().tolist()
    assert [float(cells[4]) for cells in rows] == pytest.approx(expected["score"].tolist(), abs=1e-4)


def test_json_and_csv_are_for_programs(run, capsys):
    history = [1, 260, 1196]
    expected = recexp.load(run).recommend(histories=[history], k=4)
    assert recommend(run, f"history={history}", "k=4", "format=json") == 0
    found = json.loads(capsys.readouterr().out)
    assert pd.DataFrame(found)[["history", "rank", "item", "title"]].equals(
        expected[["history", "rank", "item", "title"]]
    )
    assert not {entry["item"] for entry in found} & set(history)
    assert recommend(run, f"history={history}", "k=4", "format=csv") == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header == "history,rank,item,title,score"
    assert len(rows) == 4


def test_seen_items_may_stay(run, capsys):
    assert recommend(run, "user=1", "k=100000", "exclude_seen=false", "format=json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == len(recexp.load(run).item_ids)


def test_all_users_go_to_a_file(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(serving, "ROWS_PER_PIECE", 50)
    monkeypatch.setattr(serving, "users_per_block", lambda *arguments: 7)
    file = tmp_path / "new" / "top.parquet"
    assert recommend(run, "users=all", "k=5", f"output={file}") == 0
    model = recexp.load(run)
    assert f"{5 * len(model.user_ids):,} rows in {file}" in capsys.readouterr().out
    pd.testing.assert_frame_equal(pd.read_parquet(file), model.recommend(users=model.user_ids, k=5))
    metadata = pq.ParquetFile(file).metadata
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert len(sizes) > 2
    assert set(sizes[:-1]) == {50}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "user, users, history: got nothing, expected user=ID, history=[...], or users=all"),
        (["user=1", "users=all"], "got user and users"),
        (["users=1"], "users: got 1, expected users=all"),
        (["users=all"], "add output=FILE.parquet"),
        (["users=all", "output=top.csv"], "output: got 'top.csv', expected a file that ends in .parquet"),
        (["user=0"], "the run does not know user 0"),
        (["user=1,2"], "user: got several values, expected one, or a list: user=[A,B]"),
        (["user=1.5"], "got 1.5, expected an id"),
        (["history=5"], "history: got 5, expected a list"),
        (["history=[260,x]"], "the run does not know item 'x'"),
        (["user=1", "k=0"], "k: got 0, expected a whole number from 1"),
        (["user=1", "k=many"], "k: got 'many'"),
        (["user=1", "format=tabel"], "Did you mean 'table'?"),
        (["user=1", "exclude_seen=2"], "exclude_seen: got 2, expected true or false"),
        (["user=1", "device=abacus"], "device: got 'abacus'"),
        (["histroy=[1]"], "unknown key 'histroy'. Did you mean 'history'?"),
        (["user=1", "trust=[/etc]"], "trust: got '/etc', expected a module"),
        (["user=1", "trust=null"], "trust: got None, expected a list of modules"),
        (["user=1", "run=absent"], "has no record.json"),
    ],
)
def test_bad_input_is_one_message_and_code_2(arguments, message, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert recommend(run, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert list(tmp_path.iterdir()) == []


def test_without_a_run(capsys):
    assert main(["recommend", "user=1"]) == 2
    assert "run: got nothing, expected the folder of a finished run" in capsys.readouterr().err


def test_titles_of_a_stranger_command_no_terminal(run, tmp_path, capsys, monkeypatch):
    """What comes from files is escaped in all formats."""
    frame = pd.DataFrame({"user": [1], "rank": [1], "item": ["a\x1b[2J"], "title": ["b\x1b]0;x\x07"], "score": [0.5]})
    monkeypatch.setattr("recexp.serve.model.TrainedModel.recommend_in_pieces", lambda *_, **__: iter([frame]))
    for format in ("table", "json", "csv"):
        assert recommend(run, "user=1", f"format={format}") == 0
        out = capsys.readouterr().out
        assert "[2J" in out
        assert "\x1b" not in out
        assert "\x07" not in out
