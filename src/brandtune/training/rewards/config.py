"""The parts a reward is added up from, as settings; each says what it gives, mostly between 0 and 1."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config


class RewardConfig(Config):
    """What all parts of a reward have."""

    weight: float = 1.0
    """Multiplies what the part gives; below 0 it is a penalty."""


class RulesReward(RewardConfig):
    """The share of the brand's rules that an answer passes; an empty answer passes none."""

    kind: Literal["rules"]
    """Always `rules`."""
    level: Literal["suggestion", "warning", "error"] = "error"
    """Only rules of this level or worse count."""


class FactsReward(RewardConfig):
    """The share of an answer's figures that the brand's facts support, of those they speak about; 1 where there are none."""

    kind: Literal["facts"]
    """Always `facts`."""


class LengthReward(RewardConfig):
    """1 for an answer of usual length, less in proportion to what is missing or too much."""

    kind: Literal["length"]
    """Always `length`."""
    shortest: int | None = Field(default=None, ge=1)
    """Shortest usual answer in characters. None: half the shortest that people wrote, the outermost hundredth aside."""
    longest: int | None = Field(default=None, ge=1)
    """Longest usual answer in characters. None: one and a half times the longest that people wrote."""

    @model_validator(mode="after")
    def _in_order(self) -> "LengthReward":
        if self.shortest and self.longest and self.shortest > self.longest:
            raise ValueError("shortest is longer than longest")
        return self


class FormReward(RewardConfig):
    """A third each for ending by itself, for no marks of the chat template, and for no placeholder made up."""

    kind: Literal["form"]
    """Always `form`."""


class ReferenceReward(RewardConfig):
    """How much an answer is like the one that people gave: 1 minus the share of characters to edit."""

    kind: Literal["reference"]
    """Always `reference`."""


class ModelReward(RewardConfig):
    """What a reward model gives, which was trained with `objective: reward`; any number."""

    kind: Literal["model"]
    """Always `model`."""
    path: Path | None = None
    """Folder of the reward model. None: the one trained by an earlier phase of `training.then`."""


class PythonReward(RewardConfig):
    """What a function of your own gives: `def reward(prompt, answer) -> float`, the prompt as turns with role and content."""

    kind: Literal["python"]
    """Always `python`."""
    entry: str = Field(pattern=r"^[^:]+:[A-Za-z_]\w*$")
    """Where it is: `package.module:function`, or `file.py:function` beside brandtune.yaml."""


AnyReward = Annotated[
    RulesReward | FactsReward | LengthReward | FormReward | ReferenceReward | ModelReward | PythonReward,
    Field(discriminator="kind"),
]
"""One part of `training.reward`; `kind` selects it."""
