"""A table in LaTeX, with the package booktabs."""

from recexp.tables.output.grid import LEFT, body, header, notes_of
from recexp.tables.output.layout import Layout, Shown

MARKS = {0: "{}", 1: "\\textbf{{{}}}", 2: "\\underline{{{}}}"}
SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "✓": r"$\checkmark$", "↑": r"$\uparrow$",
    "↓": r"$\downarrow$", "<": r"$<$", ">": r"$>$",
}  # fmt: skip


def latex(of: Layout) -> str:
    """Compiles after `\\usepackage{booktabs,amssymb}`; footnotes and sources stand below the table."""
    names = header(of)
    kinds = "".join("l" if name in LEFT else "r" for name in names)
    rows = [" & ".join(cells) + r" \\" for cells in body(of, text=escaped, ours=_ours, published=_published)]
    notes = [rf"\par\footnotesize {escaped(text)}" for text in (*of.footnotes, *of.sources)]
    return "\n".join(
        [
            "% needs \\usepackage{booktabs,amssymb}",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{escaped(of.title)}}}",
            rf"\begin{{tabular}}{{{kinds}}}",
            r"\toprule",
            " & ".join(map(escaped, names)) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            *notes,
            r"\end{table}",
            "",
        ]
    )


def escaped(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in text)


def _ours(cell: Shown) -> str:
    letters = f"$^{{{cell.letters}}}$" if cell.letters else ""
    verdict = f" {escaped(cell.verdict)}" if cell.verdict else ""
    return f"{MARKS[cell.place].format(escaped(cell.ours))}{letters}{verdict}"


def _published(cell: Shown) -> str:
    return f"{cell.published}{f'$^{{{notes_of(cell)}}}$' if cell.notes else ''}"
