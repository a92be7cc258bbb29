"""scripts/plot_leaderboard.py: a row for each configuration, bars in proportion, one protocol."""

import importlib.util
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.records import finish, protocol

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "scripts" / "plot_leaderboard.py"
spec = importlib.util.spec_from_file_location("plot_leaderboard", SCRIPT)
plot_leaderboard = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plot_leaderboard)
SVG = "{http://www.w3.org/2000/svg}"


def plotted(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["plot_leaderboard.py", str(tmp_path), str(tmp_path / "board.svg")])
    plot_leaderboard.main()
    return ElementTree.parse(tmp_path / "board.svg").getroot()


def test_the_best_stands_first_and_bars_are_in_proportion(tmp_path, monkeypatch):
    for name, value in (("attention=mean", 0.1), ("attention=item", 0.4), ("recommender=popularity", 0.2)):
        finish(tmp_path, name, metrics={"test/hr@10": value, "test/ndcg@10": value / 2})
    root = plotted(tmp_path, monkeypatch)
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert words[:3] == ["item-dot-cross_entropy", "popularity", "mean-dot-cross_entropy"]
    assert words[3:8] == ["HR@10", "0.4000", "0.2000", "0.1000", "NDCG@10"]
    bars = list(root.iter(f"{SVG}rect"))
    widths = [float(bar.get("width")) for bar in bars]
    assert [width / widths[0] for width in widths] == pytest.approx(2 * [1, 0.5, 0.25], abs=0.01)
    assert [bar.get("fill") == plot_leaderboard.BLUE for bar in bars] == 2 * [True, False, False]


def test_two_protocols_are_no_picture(tmp_path, monkeypatch):
    """T9."""
    finish(tmp_path, "attention=item")
    finish(tmp_path, "attention=item", "protocol=sampled", under=protocol("a" * 12, "100 uniform negatives"))
    with pytest.raises(SystemExit, match="one dataset and protocol, found ml-latest-small under"):
        plotted(tmp_path, monkeypatch)


def test_the_figure_of_the_readme_shows_its_table():
    rows = re.findall(r"│ (\S+) +│ 1 +│ +([\d.]+) │ +([\d.]+) │", (REPOSITORY / "README.md").read_text())
    labels, *columns = zip(*rows, strict=True)
    shown = [text.text for text in ElementTree.parse(REPOSITORY / "docs" / "leaderboard.svg").iter(f"{SVG}text")]
    assert shown == [*labels, "HR@10", *columns[0], "NDCG@10", *columns[1]]
