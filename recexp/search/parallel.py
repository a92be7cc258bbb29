"""Draws parallel coordinates as SVG: one axis per parameter, the metric as the last axis, one line per trial."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from recexp.search.space import Distribution

BETWEEN, HEIGHT, TOP, SIDE = 170, 300, 50, 90  # pixels: between axes, their length, margins above and beside them
STYLE = (
    "text{font:12px sans-serif;text-anchor:middle} .tick{text-anchor:end} "
    ".axis{stroke:#444} path{fill:none;stroke-width:1.5} "
    ".unfinished{stroke:#bbb;stroke-dasharray:3 3} .best{stroke:#d1495b;stroke-width:3} "
    "path:hover{stroke:#000;stroke-width:4}"
)


@dataclass(frozen=True)
class Axis:
    """place: maps a value to its height, from 0 (bottom) to 1 (top). ticks: values written beside the axis."""

    name: str
    place: Callable[[Any], float]
    ticks: Sequence[Any]


def parallel_coordinates(
    trials: Sequence[FrozenTrial], space: Mapping[str, Distribution], *, metric: str, best: FrozenTrial
) -> str:
    """The SVG text. Trials with a better metric are darker, and the best trial is red.

    Trials without a result are dashed and end before the last axis. A line shows its trial's name under the mouse.
    """
    finished = sorted((it for it in trials if it.state == TrialState.COMPLETE), key=lambda it: it.number == best.number)
    unfinished = [trial for trial in trials if trial.state != TrialState.COMPLETE]
    values = [trial.values[0] for trial in finished]
    result = _range(metric, min(values), max(values), log=False)
    axes = [*(_axis(key, distribution) for key, distribution in space.items()), result]
    parts = [_drawn(axis, _x(index)) for index, axis in enumerate(axes)]
    parts += [_line(f"trial {trial.number}", trial.params, axes[:-1], 'class="unfinished"') for trial in unfinished]
    for trial in finished:
        grey = round(200 - 160 * result.place(trial.values[0]))
        look = 'class="best"' if trial.number == best.number else f'stroke="rgb({grey},{grey},{grey + 50})"'
        parts.append(_line(f"trial {trial.number}", trial.params | {metric: trial.values[0]}, axes, look))
    size = f'width="{_x(len(axes) - 1) + SIDE}" height="{TOP + HEIGHT + 30}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"


def _axis(name: str, distribution: Distribution) -> Axis:
    if isinstance(distribution, CategoricalDistribution):
        choices = list(distribution.choices)
        return Axis(name, lambda choice: (choices.index(choice) + 0.5) / len(choices), choices)
    return _range(name, distribution.low, distribution.high, log=distribution.log)


def _range(name: str, low: float, high: float, *, log: bool) -> Axis:
    scale = math.log if log else float
    span = scale(high) - scale(low)
    return Axis(name, lambda value: (scale(value) - scale(low)) / span if span else 0.5, sorted({low, high}))


def _x(index: int) -> int:
    return SIDE + BETWEEN * index


def _y(share: float) -> float:
    return round(TOP + HEIGHT * (1 - share), 1)


def _drawn(axis: Axis, x: int) -> str:
    name = f'<text x="{x}" y="{TOP - 20}" font-weight="bold">{escape(axis.name)}</text>'
    line = f'<line class="axis" x1="{x}" x2="{x}" y1="{TOP}" y2="{TOP + HEIGHT}"/>'
    ticks = (
        f'<text x="{x - 6}" y="{_y(axis.place(tick)) + 4}" class="tick">{escape(_in_words(tick))}</text>'
        for tick in axis.ticks
    )
    return name + line + "".join(ticks)


def _line(name: str, values: Mapping[str, Any], axes: Sequence[Axis], look: str) -> str:
    points = [f"{_x(index)},{_y(axis.place(values[axis.name]))}" for index, axis in enumerate(axes)]
    title = ", ".join([name, *(f"{axis.name} {_in_words(values[axis.name])}" for axis in axes)])
    return f'<path d="M{" L".join(points)}" {look}><title>{escape(title)}</title></path>'


def _in_words(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
