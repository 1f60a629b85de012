"""Small talk between a customer and a house: a message, and plain sentences that could answer it."""

from dataclasses import dataclass
from functools import cache

from starter.base.phrases import GRAMMAR
from starter.base.slots import Slots


@dataclass(frozen=True)
class Topic:
    """What a customer may write (U) and sentences of a reply (R), with slots such as `{item}`."""

    name: str
    messages: tuple[str, ...]
    replies: tuple[str, ...]


@cache
def topics(file: str) -> tuple[Topic, ...]:
    """Topics in a file: `# name`, then lines that begin with U or R."""
    found: list[Topic] = []
    for block in (GRAMMAR / file).read_text(encoding="utf-8").split("# ")[1:]:
        name, *lines = block.strip().splitlines()
        sides = {mark: tuple(line[2:] for line in lines if line.startswith(f"{mark} ")) for mark in "UR"}
        found.append(Topic(name, sides["U"], sides["R"]))
    return tuple(found)


def exchange(slots: Slots, topic: Topic, *, sentences: int) -> tuple[str, list[str]]:
    """A message and that many sentences of a reply; a slot of one name has one value throughout."""
    values = _Values(slots)
    message = slots.chance.choice(topic.messages)
    replies = [topic.replies[i] for i in sorted(slots.chance.sample(range(len(topic.replies)), sentences))]
    filled = [line.format_map(values) for line in (message, *replies)]
    return filled[0], [_capital(line) for line in filled[1:]]


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


class _Values(dict[str, str]):
    def __init__(self, slots: Slots) -> None:
        super().__init__()
        self._slots = slots

    def __missing__(self, kind: str) -> str:
        self[kind] = self._slots.value(kind)
        return self[kind]
