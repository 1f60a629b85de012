"""From the settings of a reward to the reward: reads the brand's rules, loads what has to be loaded."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Example
from brandtune.scoring.claims import FactBook
from brandtune.scoring.rules import LEVELS, RuleSet
from brandtune.training.rewards import parts
from brandtune.training.rewards.answers import Answer, Part, Rewards, Scorer, plain
from brandtune.training.rewards.config import (
    AnyReward,
    FactsReward,
    FormReward,
    LengthReward,
    ModelReward,
    PythonReward,
    ReferenceReward,
    RulesReward,
)

WHERE = "training.reward"


@dataclass(frozen=True)
class Means:
    """What rewards may need.

    Attributes:
        rules: The brand's rules.
        facts: What the brand's documents state.
        examples: What people wrote, which says what length is usual.
        directory: From where paths are read.
        trained: The reward model that an earlier phase trained.
        base: The base of that reward model; None for the one it names itself.
    """

    rules: RuleSet = field(default_factory=RuleSet)
    facts: FactBook = field(default_factory=FactBook)
    examples: Sequence[Example] = ()
    directory: Path = Path()
    trained: Path | None = None
    base: str | None = None
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    device: str = "auto"


def rewards_of(settings: Sequence[AnyReward], *, means: Means) -> Rewards:
    """Make every part ready.

    Raises:
        ConfigError: There is nothing to go by (no rules, no facts, no reward model), or no such function.
    """
    seen: Counter[str] = Counter()
    made = []
    for one in settings:
        seen[one.kind] += 1
        name = one.kind if seen[one.kind] == 1 else f"{one.kind}_{seen[one.kind]}"
        made.append(Part(name, _MAKERS[one.kind](one, means), one.weight))
    return Rewards(tuple(made))


def _rules(settings: RulesReward, means: Means) -> Scorer:
    counted = LEVELS[LEVELS.index(settings.level) :]
    if not any(rule.level in counted for rule in means.rules.rules):
        raise ConfigError(
            f"the brand has no rules of level {' or '.join(counted)}.",
            where=f"{WHERE}: rules",
            fix="Name a folder of rules as brand.rules, or lower the level.",
        )
    return parts.RulesPassed(means.rules, settings.level)


def _facts(_settings: FactsReward, means: Means) -> Scorer:
    if means.facts.empty:
        raise ConfigError(
            "the brand's facts state no figures to go by.",
            where=f"{WHERE}: facts",
            fix="Name a folder of facts as brand.facts, or take this part out.",
        )
    return parts.FactsRight(means.facts)


def _length(settings: LengthReward, means: Means) -> Scorer:
    return parts.UsualLength.of(means.examples, shortest=settings.shortest, longest=settings.longest)


def _form(_settings: FormReward, _means: Means) -> Scorer:
    return parts.form


def _reference(_settings: ReferenceReward, _means: Means) -> Scorer:
    return parts.likeness


def _python(settings: PythonReward, means: Means) -> Scorer:
    return plain(parts.function_at(settings.entry, directory=means.directory), name=settings.entry)


def require_reward_model(path: Path | None) -> Path:
    """The folder, if there is a reward model in it.

    Raises:
        ConfigError: There is none.
    """
    from brandtune.training.rewards.reward_model import is_reward_model

    if path is None or not is_reward_model(path):
        raise ConfigError(
            f"there is no reward model at {path}." if path else "there is no reward model.",
            where=f"{WHERE}: model",
            fix="Train one with objective: reward, and name its folder.",
        )
    return path


def _model(settings: ModelReward, means: Means) -> Scorer:
    from brandtune.training.rewards.reward_model import load_reward_model

    given = settings.path is not None
    path = require_reward_model(means.directory / settings.path if settings.path is not None else means.trained)
    found = load_reward_model(path, base=None if given else means.base, precision=means.precision, device=means.device)

    def score(answers: Sequence[Answer]) -> list[float]:
        return found.score([answer.example.prompt for answer in answers], [answer.text for answer in answers])

    return score


_MAKERS: dict[str, Callable[..., Scorer]] = {
    "rules": _rules, "facts": _facts, "length": _length, "form": _form, "reference": _reference, "model": _model,
    "python": _python,
}  # fmt: skip
