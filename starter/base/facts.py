"""Kinds of facts: how each is stated, asked for and answered, read from the files in `grammar/`."""

from dataclasses import dataclass
from functools import cache

from starter.base.phrases import GRAMMAR


@dataclass(frozen=True)
class FactKind:
    """One kind of fact about somebody (`{s}`) with a value (`{v}`)."""

    name: str
    slot: str
    statements: tuple[str, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]

    @property
    def templates(self) -> tuple[str, ...]:
        return self.statements + self.questions + self.answers


@cache
def fact_kinds(file: str) -> tuple[FactKind, ...]:
    """Kinds in a file: `# name | slot`, then lines that begin with S (statement), Q (question) or A (answer).

    Raises:
        ValueError: A line of another form, named by its number.
    """
    kinds: list[FactKind] = []
    lines: dict[str, list[str]] = {}
    heading = ""
    for number, line in enumerate([*(GRAMMAR / file).read_text(encoding="utf-8").splitlines(), "# end | end"], 1):
        mark, _, rest = line.partition(" ")
        if mark == "#":
            if heading:
                name, _, slot = heading.partition(" | ")
                kinds.append(FactKind(name, slot, tuple(lines["S"]), tuple(lines["Q"]), tuple(lines["A"])))
            heading, lines = rest, {"S": [], "Q": [], "A": []}
        elif mark in lines and rest:
            lines[mark].append(rest)
        elif line.strip():
            raise ValueError(f"{file}, line {number}: begins with none of `#`, `S`, `Q`, `A`.")
    return tuple(kinds)
