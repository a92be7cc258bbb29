"""The figure of parallel coordinates."""

from xml.etree import ElementTree

from optuna.trial import TrialState

from recexp.search.parallel import parallel_coordinates
from tests.unit.search.studies import SPACE, finished_study

SVG = "{http://www.w3.org/2000/svg}"


def drawn(study):
    text = parallel_coordinates(study.get_trials(), SPACE, metric="val/ndcg@10", best=study.best_trial)
    return ElementTree.fromstring(text)


def test_a_line_a_trial_and_an_axis_a_parameter():
    study = finished_study(6)
    study.tell(study.ask(dict(SPACE)), state=TrialState.FAIL)
    figure = drawn(study)
    paths = figure.findall(f"{SVG}path")
    assert len(paths) == 7
    assert [len(path.get("d").split()) for path in paths] == [3, 4, 4, 4, 4, 4, 4]  # the failed one has no result
    assert [path.get("class") for path in paths] == ["unfinished", *[None] * 5, "best"]
    assert len(figure.findall(f"{SVG}line")) == len(SPACE) + 1
    texts = [text.text for text in figure.findall(f"{SVG}text")]
    assert {*SPACE, "val/ndcg@10", "0.0001", "0.01", "4", "8", "1", "3"} <= set(texts)


def test_a_line_is_named_and_lies_on_the_scale_of_its_parameter():
    study = finished_study(2)
    best = study.best_trial
    path = drawn(study).findall(f"{SVG}path")[-1]
    title = path.find(f"{SVG}title").text
    assert title.startswith(f"trial {best.number}, optimizer.lr {best.params['optimizer.lr']:.4g}")
    heights = [float(point.split(",")[1]) for point in path.get("d").removeprefix("M").split(" L")]
    assert heights[-1] == min(heights)  # the best value is at the top of its axis


def test_one_trial_alone_can_be_drawn():
    assert len(drawn(finished_study(1)).findall(f"{SVG}path")) == 1
