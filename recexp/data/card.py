"""The dataset card: what a prepared dataset is, in numbers, printed and kept beside every result."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from recexp.errors import printable

if TYPE_CHECKING:
    from rich.table import Table

INCOMPLETE = "rows without user, item or time"


@dataclass(frozen=True)
class DatasetCard:
    """Counts after the filters; `str` gives one line, a rich console prints the whole card.

    density: interactions / (users * items). history_*: interactions a user.
    tied_share: share of interactions that have the time of another of the same user (T12).
    order: the rule that orders a history, in words. filters: name -> value, None = off.
    sha256: of the arrays of the interactions: the same hash is the same data.
    left_out: rows of the raw file without user, item or time, which `dataset.drop_missing` left out.
    notes: what one should know of the data, in words; None where nothing is.
    """

    name: str
    users: int
    items: int
    interactions: int
    density: float
    history_min: int
    history_median: float
    history_mean: float
    history_max: int
    tied_share: float
    order: str
    filters: dict[str, float | int | None]
    sha256: str
    licence: str | None
    citation: str | None
    left_out: int
    notes: str | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "DatasetCard":
        return cls(**values)

    def rows(self) -> list[tuple[str, str]]:
        """Name and value of each line of the card, for people."""
        notes = [("notes", self.notes)] if self.notes else []
        left_out = [("left out", f"{self.left_out:,} {INCOMPLETE}")] if self.left_out else []
        return [
            ("users", f"{self.users:,}"),
            ("items", f"{self.items:,}"),
            ("interactions", f"{self.interactions:,}"),
            ("density", f"{self.density:.4%}"),
            ("history length", f"{self.history_min:,} to {self.history_max:,}"),
            ("history mean", f"{self.history_mean:,.1f} (median {self.history_median:,g})"),
            ("tied in time", f"{self.tied_share:.2%} of the interactions"),
            ("order", self.order),
            ("filters", self._filters()),
            *notes,
            *left_out,
            ("sha256", self.sha256),
            ("licence", self.licence or "not stated"),
            ("citation", self.citation or "not stated"),
        ]

    def _filters(self) -> str:
        on = [f"{name} = {value:g}" for name, value in self.filters.items() if value is not None]
        return ", ".join(on) or "none"

    def __str__(self) -> str:
        left_out = f"; left out: {self.left_out:,} {INCOMPLETE}" if self.left_out else ""
        return (
            f"{self.name}: {self.users:,} users, {self.items:,} items, {self.interactions:,} interactions "
            f"(filters: {self._filters()}{left_out}; sha256 {self.sha256[:12]})"
        )

    def __rich__(self) -> "Table":
        from rich.table import Table  # here, because only a console needs it
        from rich.text import Text

        table = Table(title=Text(f"Dataset card: {self.name}"), show_header=False)
        table.add_column()
        table.add_column(overflow="fold")  # the hash stays whole
        for row in self.rows():
            table.add_row(*(Text(printable(cell)) for cell in row))  # a licence may hold [brackets]
        return table
