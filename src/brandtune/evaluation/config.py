"""Settings of evaluation: which arms, what counts, which gates."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PositiveInt, field_validator, model_validator

from brandtune.core.config import Config
from brandtune.evaluation.endpoints.config import EndpointConfig
from brandtune.evaluation.judges.config import JudgeConfig
from brandtune.evaluation.optimizer.config import PromptOptimizerConfig
from brandtune.models.settings import Decoding

ArmName = Literal["base", "prompt", "few_shot", "rag", "tuned", "tuned_rag"]
ARMS: tuple[ArmName, ...] = ("base", "prompt", "few_shot", "rag", "tuned", "tuned_rag")


class GatesConfig(Config):
    """Conditions for release. Margins are shares: 0.05 allows five points worse, at one-sided 95 % confidence."""

    primary: bool = True
    """The tuned arm must beat the best other arm on the primary metric."""
    heldout_loss: float | None = 0.0
    """Held-out loss must be lower than the base's by at least this share."""
    format_margin: float | None = Field(default=0.05, ge=0)
    """How much worse than the best other arm well-formedness may be."""
    facts_margin: float | None = Field(default=0.05, ge=0)
    """How much worse than the best other arm agreement with the facts may be."""
    safety_margin: float | None = Field(default=0.02, ge=0)
    """How much worse than the best other arm keeping clear of abuse and off-limits terms may be, once any was seen."""
    latency_s: float | None = Field(default=None, gt=0)
    """Longest time in seconds that 19 of 20 replies of the tuned arm may take. None shows the time and sets no limit."""
    overfitting: float | None = Field(default=0.25, ge=0)
    """How far validation loss may have risen above its best, as a share of it."""
    forgetting: float | None = Field(default=0.5, ge=0)
    """How far the loss on general texts may have risen, as a share of the base's, at worst. A small base loses
    a third; for a large one 0.05 is a fair demand."""


class EvaluationConfig(Config):
    """How the tuned model is compared with not tuning."""

    arms: tuple[ArmName, ...] = ARMS
    """What is compared, on the same held-out examples."""
    primary: Literal["auto", "on_brand", "accuracy"] = "auto"
    """The one metric that decides, declared before the run. `auto`: on_brand where texts are written, else accuracy."""
    max_test: int | None = Field(default=200, ge=1)
    """Held-out examples that are generated for and scored; a stable choice of all of them. None takes all."""
    max_validation: int = Field(default=40, ge=1)
    """Validation examples on which prompt variants are chosen."""
    style_negatives: int = Field(default=96, ge=8)
    """Base-model answers to training prompts that the style score learns to tell from the brand's own texts."""
    few_shot_k: PositiveInt | tuple[PositiveInt, ...] = (1, 2, 3, 5)
    """Worked examples in the few-shot arm, the nearest of the training set. Of several numbers validation chooses one."""
    rag_k: int = Field(default=3, ge=1)
    """Passages in the retrieval arms."""
    embedding_model: Path | None = None
    """Folder of an embedding model, by which examples and passages are retrieved. None takes BM25 (SQLite FTS5)."""
    prompt_optimizer: PromptOptimizerConfig | None = None
    """Proposes further instructions for the prompted arm, e.g. `dspy`; validation chooses. None: the usual wordings."""
    endpoints: tuple[EndpointConfig, ...] = ()
    """OpenAI-compatible services that are compared as further arms, for instance a hosted model with your best prompt."""
    worthwhile: float = Field(default=0.05, gt=0, lt=1)
    """The smallest gain in the primary metric that would be worth tuning for."""
    resamples: int = Field(default=4000, ge=200)
    """Bootstrap and permutation resamples."""
    samples: int = Field(default=12, ge=0)
    """Held-out examples shown side by side in the report."""
    decoding: Decoding = Decoding()
    """How every arm generates."""
    gates: GatesConfig = GatesConfig()
    """Conditions for release."""
    general_texts: Path | None = None
    """Texts of your own on which forgetting is measured, instead of the shipped ones: `.txt` apart by blank lines, or
    `.jsonl` with `text` or `messages`."""
    on_brand_labels: Path | None = None
    """CSV or JSONL of texts that people called on-brand or not (`text`, `on_brand`, `task`); sets the style threshold."""
    votes: Path | None = None
    """CSV or JSONL of blind comparisons by people (`example_id`, `arm`, `preferred`: ours, human or tie)."""
    judge: JudgeConfig | None = None
    """A model that compares outputs blindly with what people wrote. None leaves that line blank."""
    suites: tuple[str, ...] = ()
    """External suites that the base and the tuned model are run on: `lm-eval:TASK`, `inspect:TASK`, when installed."""
    seed: int = 0
    """Seed of every random choice here."""

    @property
    def shots(self) -> tuple[int, ...]:
        """The numbers of worked examples to try."""
        return (self.few_shot_k,) if isinstance(self.few_shot_k, int) else self.few_shot_k

    @field_validator("arms")
    @classmethod
    def _has_both_sides(cls, arms: tuple[ArmName, ...]) -> tuple[ArmName, ...]:
        if "tuned" not in arms or not set(arms) - {"tuned", "tuned_rag"}:
            raise ValueError("arms must hold `tuned` and at least one arm that is not tuned, or nothing is compared")
        return tuple(arm for arm in ARMS if arm in arms)

    @field_validator("prompt_optimizer", mode="before")
    @classmethod
    def _by_its_name(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @field_validator("few_shot_k")
    @classmethod
    def _some_number(cls, number: int | tuple[int, ...]) -> int | tuple[int, ...]:
        if number == ():
            raise ValueError("few_shot_k needs at least one number; leave few_shot out of arms to have none")
        return number if isinstance(number, int) else tuple(sorted(set(number)))

    @model_validator(mode="after")
    def _endpoints_have_names_of_their_own(self) -> Self:
        names = [*ARMS, "human", *(endpoint.name for endpoint in self.endpoints)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"endpoints: the name `{twice[0]}` is taken; give each endpoint a name of its own")
        proposer = self.prompt_optimizer.proposer if self.prompt_optimizer else ""
        if proposer and proposer not in names[len(ARMS) + 1 :]:
            raise ValueError(f"prompt_optimizer: no endpoint is named `{proposer}`; list it in evaluation.endpoints")
        return self
