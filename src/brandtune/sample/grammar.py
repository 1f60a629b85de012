"""A recursive text grammar: weighted alternatives, slots, optional parts, conditions on a record.

The language itself is data in `language/`; read `language/frame.py` next.

Notation::

    symbol:                      its indented lines are the alternatives
        3* text                  weight 3 (default 1)
        ?gift ?case=lost|late x  only when record["gift"] is truthy and record["case"] is lost or late; ?!gift negates
        <symbol> {slot} [maybe] [30% maybe] (one|other)
        //                       blank line;  / new line;  a lone - is the empty text
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"<(?P<symbol>[^<>]+)>|\{(?P<slot>\w+)\}|\[(?:(?P<chance>\d+)% )?|[\]()|]")
_PREFIX = re.compile(r"(?:(?P<weight>\d+)\*|\?(?P<condition>\S+))\s+")

Node = tuple[Any, ...]


@dataclass(frozen=True)
class Alternative:
    """One way to write a symbol, open to the records that meet all its conditions."""

    weight: int
    conditions: tuple[tuple[str, bool, tuple[str, ...]], ...]
    node: Node

    def fits(self, record: Mapping[str, Any]) -> bool:
        return all(_holds(record.get(name), values) == wanted for name, wanted, values in self.conditions)


class Grammar:
    """Symbols and their alternatives, read from blocks of text.

    Example:
        >>> Grammar("hi:\\n    Hi {first}[0% , friend].").write("hi", record={"first": "Ana"}, rng=random.Random(1))
        'Hi Ana.'
    """

    def __init__(self, *texts: str) -> None:
        self.symbols: dict[str, list[Alternative]] = {}
        for text in texts:
            self._read(text)

    def write(self, symbol: str, *, record: Mapping[str, Any], rng: random.Random) -> str:
        """Returns one text for `symbol`, tidied: spacing, punctuation and capitals at the start of sentences."""
        return tidy(self._symbol(symbol, record, rng))

    def phrase(self, symbol: str, *, record: Mapping[str, Any], rng: random.Random) -> str:
        """Returns one text for `symbol` to be used inside another sentence: spacing tidied, capitals untouched."""
        return _space(self._symbol(symbol, record, rng)).strip()

    def _read(self, text: str) -> None:
        current: list[Alternative] | None = None
        for line in text.splitlines():
            if not line.strip():
                continue
            if not line.startswith(" "):
                current = self.symbols.setdefault(line.strip().removesuffix(":"), [])
            elif current is None:
                raise ValueError(f"the alternative {line!r} belongs to no symbol")
            else:
                current.append(_alternative(line.strip()))

    def _symbol(self, name: str, record: Mapping[str, Any], rng: random.Random) -> str:
        name = name.format_map(record)
        open_to = [choice for choice in self.symbols.get(name, []) if choice.fits(record)]
        if not open_to:
            raise KeyError(f"no alternative of <{name}> fits intent={record.get('intent')} case={record.get('case')}")
        chosen = rng.choices(open_to, weights=[choice.weight for choice in open_to])[0]
        return self._node(chosen.node, record, rng)

    def _node(self, node: Node, record: Mapping[str, Any], rng: random.Random) -> str:
        match node:
            case ("text", text):
                return str(text)
            case ("slot", name):
                return str(record[name])
            case ("symbol", name):
                return self._symbol(name, record, rng)
            case ("maybe", chance, inner):
                return self._node(inner, record, rng) if rng.random() < chance else ""
            case ("any", branches):
                return self._node(branches[rng.randrange(len(branches))], record, rng)
            case (_, parts):
                return "".join(self._node(part, record, rng) for part in parts)
        raise TypeError(f"unknown node {node!r}")


def tidy(text: str) -> str:
    """Returns `text` with single spaces and stops, "an" where a size needs it, and a capital at each sentence start."""
    text = re.sub(r"\b([Aa]) (?=(?:[SML]|XL|8|11)\b)", r"\1n ", text)
    return re.sub(r"(^|[.?!]\s+|\n)([a-z])", lambda m: m[1] + m[2].upper(), _space(text).strip())


_VERBS = (
    "count", "earn", "add", "move", "leave", "get", "come", "arrive", "need", "look", "smell", "cost", "wait", "take",
    "fit", "run", "drip", "work", "shed", "let", "help",
)  # fmt: skip
_PLURAL = {"is": "are", "was": "were", "has": "have", "isn't": "aren't", "goes": "go", "reaches": "reach"} | {
    f"{verb}s": verb for verb in _VERBS
}


def agree(text: str, record: Mapping[str, Any]) -> str:
    """Returns `text` with the verb after the product's name in the plural where the product is one ("Boots are")."""
    if not record["plural"]:
        return text
    return re.sub(
        r"(?<!without )(?<!with )(?<!on )(?<!for )(?<!of )(?<!in )\b((?:[Tt]he|[Yy]our|[Mm]y|[Oo]ur) "
        + rf"{re.escape(record['product'])}) ({'|'.join(_PLURAL)})\b",
        lambda m: f"{m[1]} {_PLURAL[m[2]]}",
        text,
    )


def _space(text: str) -> str:
    text = re.sub(r"\s+//(?:\s+|$)", "\n\n", text)
    text = re.sub(r" / ", "\n", text)
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" (?=[.,?!;:\n])|(?<=\n) ", "", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"([.?!])\.(?!\.)", r"\1", text))


def _holds(value: Any, values: tuple[str, ...]) -> bool:
    return str(value) in values if values else bool(value)


def _alternative(line: str) -> Alternative:
    weight, conditions = 1, []
    while found := _PREFIX.match(line):
        if found["weight"]:
            weight = int(found["weight"])
        else:
            name, _, values = found["condition"].lstrip("!").partition("=")
            wanted = not found["condition"].startswith("!")
            conditions.append((name, wanted, tuple(values.split("|")) if values else ()))
        line = line[found.end() :]
    node, _ = _parse("" if line == "-" else line, 0, "")
    return Alternative(weight, tuple(conditions), node)


def _parse(line: str, at: int, closing: str) -> tuple[Node, int]:
    """Reads up to `closing`; returns the node and the position after it."""
    branches: list[list[Node]] = [[]]
    while found := _TOKEN.search(line, at):
        branches[-1].append(("text", line[at : found.start()]))
        at, mark = found.end(), found[0]
        if found["symbol"]:
            branches[-1].append(("symbol", found["symbol"]))
        elif found["slot"]:
            branches[-1].append(("slot", found["slot"]))
        elif mark.startswith("["):
            inner, at = _parse(line, at, "]")
            branches[-1].append(("maybe", int(found["chance"] or 50) / 100, inner))
        elif mark == "(":
            inner, at = _parse(line, at, ")")
            branches[-1].append(inner)
        elif mark == "|" and closing == ")":
            branches.append([])
        elif mark == closing:
            return _join(branches), at
        else:
            raise ValueError(f"stray {mark!r} in {line!r}")
    if closing:
        raise ValueError(f"missing {closing!r} in {line!r}")
    branches[-1].append(("text", line[at:]))
    return _join(branches), len(line)


def _join(branches: list[list[Node]]) -> Node:
    nodes: list[Node] = [("all", tuple(branch)) for branch in branches]
    return nodes[0] if len(nodes) == 1 else ("any", tuple(nodes))
