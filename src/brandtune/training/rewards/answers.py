"""Sampled answers and what they are worth: a weighted sum of parts, each noted by name."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Example, Message

Reward = Callable[[Sequence[Message], str], float]
"""What an answer to a prompt is worth; larger is better. Called once for every sampled answer."""


@dataclass(frozen=True)
class Answer:
    """One answer that the model gave.

    Attributes:
        example: What it was asked; `example.prompt` is the prompt, `example.reference` what people answered.
        ended: Whether the model itself ended its turn.
    """

    example: Example
    text: str
    ended: bool


Scorer = Callable[[Sequence[Answer]], Sequence[float]]
"""One number for each answer."""


@dataclass(frozen=True)
class Part:
    """One summand of a reward."""

    name: str
    score: Scorer
    weight: float = 1.0


@dataclass(frozen=True)
class Worth:
    """What one answer earned: in all, and by part before its weight."""

    total: float
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Rewards:
    """A reward made of parts."""

    parts: tuple[Part, ...]

    def of(self, answers: Sequence[Answer]) -> list[Worth]:
        """What each answer is worth.

        Raises:
            BrandtuneError: A part gave something that is no finite number, or not one for each answer.
        """
        by_part = {part.name: self._scores(part, answers) for part in self.parts}
        return [
            Worth(
                total=sum(part.weight * by_part[part.name][index] for part in self.parts),
                parts={name: scores[index] for name, scores in by_part.items()},
            )
            for index in range(len(answers))
        ]

    def _scores(self, part: Part, answers: Sequence[Answer]) -> list[float]:
        scores = [float(score) for score in part.score(answers)]
        strange = next((score for score in scores if not math.isfinite(score)), None)
        if strange is not None or len(scores) != len(answers):
            found = f"gave {strange}" if strange is not None else f"gave {len(scores)} for {len(answers)} answers"
            raise BrandtuneError(
                f"the reward `{part.name}` {found}.", where="training.reward", fix="A reward must be a finite number."
            )
        return scores


def rewards_from(reward: "Reward | Rewards") -> Rewards:
    """A plain function as a reward of one part."""
    return reward if isinstance(reward, Rewards) else Rewards((Part("given", plain(reward, name="given")),))


def plain(function: Reward, *, name: str) -> Scorer:
    """A function of prompt and answer, asked answer by answer.

    Raises:
        BrandtuneError: When called: the function failed, or gave no number.
    """

    def score(answers: Sequence[Answer]) -> list[float]:
        try:
            return [float(function(answer.example.prompt, answer.text)) for answer in answers]
        except BrandtuneError:
            raise
        except Exception as error:  # somebody else's code: anything may come
            raise BrandtuneError(
                f"the reward `{name}` failed with {type(error).__name__}.",
                where="training.reward",
                fix="Call it yourself with a prompt and an answer; it must return a number.",
            ) from error

    return score


def mean_worth(worth: Sequence[Worth]) -> dict[str, float]:
    """The mean in all as `reward`, and of each part as `reward/NAME`."""
    count = max(1, len(worth))
    found = {"reward": sum(one.total for one in worth) / count}
    for name in worth[0].parts if worth else ():
        found[f"reward/{name}"] = sum(one.parts[name] for one in worth) / count
    return found
