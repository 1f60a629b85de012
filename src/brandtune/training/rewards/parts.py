"""The parts that need no trained model: rules, facts, length, form, likeness, and functions of your own."""

import importlib
import importlib.util
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Example
from brandtune.scoring.claims import FactBook
from brandtune.scoring.edits import edit_similarity
from brandtune.scoring.lengths import usual_length
from brandtune.scoring.marks import unexpected_marks
from brandtune.scoring.rules import LEVELS, Level, RuleSet
from brandtune.training.rewards.answers import Answer, Reward

_TEMPLATE_MARK = re.compile(r"<\|[a-z_]+\|>")
# People greet and sign by name although the message may not say it.
_NAMES = {"CUSTOMER_NAME", "AGENT_NAME"}


@dataclass(frozen=True)
class RulesPassed:
    """The share of the rules that apply to the task and that the answer passes; 0 for an empty answer."""

    rules: RuleSet
    level: Level = "error"

    def __call__(self, answers: Sequence[Answer]) -> list[float]:
        return [self._one(answer) for answer in answers]

    def _one(self, answer: Answer) -> float:
        task, counted = answer.example.task, LEVELS[LEVELS.index(self.level) :]
        if not answer.text.strip():
            return 0.0
        asked = [r for r in self.rules.rules if r.level in counted and (not r.tasks or task in r.tasks)]
        broken = {found.rule for found in self.rules.check(answer.text, task=task) if found.level in counted}
        return 1 - len(broken) / len(asked) if asked else 1.0


@dataclass(frozen=True)
class FactsRight:
    """The share of an answer's figures that the facts support, of those that they support or contradict."""

    facts: FactBook

    def __call__(self, answers: Sequence[Answer]) -> list[float]:
        return [self._one(answer) for answer in answers]

    def _one(self, answer: Answer) -> float:
        example = answer.example
        context = " ".join([*(message.content for message in example.prompt), *example.facts.values()])
        found = self.facts.check(answer.text, context=context)
        right, wrong = len(found.matched), len(found.contradicted)
        return right / (right + wrong) if wrong else 1.0


@dataclass(frozen=True)
class UsualLength:
    """1 within the usual length of the task's texts in characters; outside, the shorter divided by the longer."""

    limits: Mapping[str, tuple[int, int]]
    otherwise: tuple[int, int]

    @classmethod
    def of(cls, examples: Sequence[Example], *, shortest: int | None, longest: int | None) -> "UsualLength":
        """Limits that are not given come from what people wrote for each task."""
        texts: dict[str, list[str]] = {}
        for example in examples:
            texts.setdefault(example.task, []).append(example.reference)

        def limits(written: Sequence[str]) -> tuple[int, int]:
            low, high = usual_length(written)
            return shortest or low, longest or high

        overall = limits([text for written in texts.values() for text in written])
        return cls({task: limits(written) for task, written in texts.items()}, overall)

    def __call__(self, answers: Sequence[Answer]) -> list[float]:
        return [
            self._one(len(answer.text), *self.limits.get(answer.example.task, self.otherwise)) for answer in answers
        ]

    def _one(self, length: int, shortest: int, longest: int) -> float:
        return min(1.0, length / shortest, longest / max(1, length))


def form(answers: Sequence[Answer]) -> list[float]:
    """A third each for ending by itself, for no marks of the template, and for no placeholder that nothing can fill."""
    return [_form(answer) for answer in answers]


def _form(answer: Answer) -> float:
    given = [message.content for message in answer.example.prompt]
    made_up = {mark for mark in unexpected_marks(answer.text, context=given) if mark not in _NAMES}
    return (answer.ended + (not _TEMPLATE_MARK.search(answer.text)) + (not made_up)) / 3


def likeness(answers: Sequence[Answer]) -> list[float]:
    """How much each answer is like the one that people gave, 0 to 1."""
    return [edit_similarity(answer.text, answer.example.reference) for answer in answers]


def function_at(entry: str, *, directory: Path) -> Reward:
    """The function that `package.module:function` or `file.py:function` names.

    Raises:
        ConfigError: No such file, module or function, or it cannot be imported; says why.
    """
    place, _, name = entry.rpartition(":")
    where = "training.reward"
    try:
        module = _file(directory / place) if place.endswith(".py") else importlib.import_module(place)
    except FileNotFoundError:
        raise ConfigError(f"there is no file {directory / place}.", where=where, fix="Correct the path.") from None
    except Exception as error:  # somebody else's code: anything may come
        raise ConfigError(
            f"{place} cannot be imported ({type(error).__name__}: {error}).", where=where, fix="Run it by itself."
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ConfigError(f"{place} has no function `{name}`.", where=where, fix="Correct the name.")
    found: Reward = function
    return found


def _file(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(path)
    spec = importlib.util.spec_from_file_location(f"brandtune_reward_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
