"""The forms of a table: what each must show, and what must not break it."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest

from recexp.tables.output.figure import cost, points
from recexp.tables.output.files import write_table
from recexp.tables.output.html import html
from recexp.tables.output.latex import latex
from recexp.tables.output.layout import layout
from recexp.tables.output.markdown import markdown
from recexp.tables.output.terminal import print_table
from tests.unit.tables.test_result import result  # noqa: F401 (a fixture)


@pytest.fixture
def shown(result):  # noqa: F811
    return layout(result)


def test_the_best_is_marked_with_the_row_that_it_beats(shown):
    good, bad, absent = (line.cells[0] for line in shown.lines)
    assert (good.place, good.letters, good.verdict, good.notes) == (1, "b", "✓", (1,))
    assert (bad.place, bad.letters, bad.verdict) == (2, "", "↓")
    assert (absent.ours, absent.place, absent.published) == ("not built", 0, "")
    assert [line.letter for line in shown.lines] == ["a", "b", "c"]


def test_every_form_names_protocol_seeds_day_and_version(shown, result):  # noqa: F811
    sha = result.entries[0].runs[0][1].git_sha or "unknown"
    day = result.entries[0].runs[0][1].finished[:10]
    for text in (markdown(shown), latex(shown), html(shown, [])):
        for part in ("ffffffffffff", "1, 2", day, sha, "a paper", "0.8000"):
            assert part in text


def test_markdown_has_as_many_cells_in_each_line(shown):
    lines = [line for line in markdown(shown).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {5}
    assert "| good (a) |  | **0.8000 ± 0.0707** <sup>b</sup> ✓ | 0.8000 [1] |" in lines


def test_latex_escapes_what_would_break_it_and_marks_the_second(shown):
    text = latex(shown)
    assert r"Best of 100 \% of the runs." in text
    assert r"\underline{0.1000 $\pm$ 0.0000}" in text
    assert r"\textbf{0.8000 $\pm$ 0.0707}$^{b}$ $\checkmark$" in text
    assert text.count(r"\begin") == text.count(r"\end") == 2
    rows = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    assert {line.count(" & ") for line in rows.splitlines() if line.endswith(r"\\")} == {3}


def test_html_is_closed_and_escaped(shown):
    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open_tags = []

        def handle_starttag(self, tag, attributes):
            if tag not in ("meta",):
                self.open_tags.append(tag)

        def handle_endtag(self, tag):
            assert self.open_tags.pop() == tag

    tags = Tags()
    tags.feed(html(shown, []))
    assert tags.open_tags == []


def test_the_terminal_shows_reasons(shown, capsys):
    print_table(shown, ["absent | small: not built: there is no attention=absent"])
    printed = capsys.readouterr().out
    assert "not built: there is no attention=absent" in printed
    assert "[1] Best of 100 % of the runs." in printed


def test_figures_show_each_row_that_has_numbers(result):  # noqa: F811
    root = ElementTree.fromstring(points(result, "small", "hr@10"))
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 4  # two means and two published values
    assert len(list(ElementTree.fromstring(cost(result, "small", "hr@10", "seconds")).iter())) > 4
    assert cost(result, "small", "hr@10", "energy_j") is None


def test_files_are_written_together(result, shown, tmp_path):  # noqa: F811
    files = {file.name for file in write_table(result, shown, tmp_path / "out")}
    assert {"table.md", "table.tex", "table.html", "table.csv", "comparisons.csv", "points-small-hr@10.svg"} <= files
    frame = pd.read_csv(tmp_path / "out" / "table.csv", comment="#")
    assert frame["row"].tolist() == ["good", "bad", "absent"]
