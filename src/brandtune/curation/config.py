"""Which curation steps run, and the settings of each."""

import difflib
from pathlib import Path

from pydantic import field_validator

from brandtune.core.config import Config
from brandtune.curation.order import ALL_STEPS, DEFAULT_STEPS
from brandtune.curation.outcomes.config import OutcomesConfig
from brandtune.curation.steps.balance import BalanceConfig
from brandtune.curation.steps.boilerplate import BoilerplateConfig
from brandtune.curation.steps.language import LanguageConfig
from brandtune.curation.steps.length import LengthConfig
from brandtune.curation.steps.macros import MacrosConfig
from brandtune.curation.steps.near_duplicates import NearDuplicatesConfig
from brandtune.curation.steps.outcome import OutcomeConfig
from brandtune.curation.steps.per_customer import PerCustomerConfig
from brandtune.curation.steps.personal_data import PersonalDataConfig
from brandtune.curation.steps.quality import QualityConfig


class CurationConfig(Config):
    """The steps and their settings; the defaults suit support tickets and campaigns."""

    steps: tuple[str, ...] | None = None
    """Which steps run. None runs the defaults; the order is always the house's."""
    extra_steps: tuple[str, ...] = ()
    """Steps that other packages bring (entry points `brandtune.curation_steps`), in the order they run."""
    overrides: Path | None = None
    """Choices exported from the curation page: rows to keep despite a step, and examples to leave out."""
    macros: MacrosConfig = MacrosConfig()
    """What counts as canned text that agents paste."""
    boilerplate: BoilerplateConfig = BoilerplateConfig()
    """What counts as a footer or notice that nobody wrote for this customer."""
    outcome: OutcomeConfig = OutcomeConfig()
    """Which conversations ended well enough to learn from."""
    personal_data: PersonalDataConfig = PersonalDataConfig()
    """How personal data is found."""
    length: LengthConfig = LengthConfig()
    """How short and how long an example may be."""
    language: LanguageConfig = LanguageConfig()
    """Which languages are kept."""
    quality: QualityConfig = QualityConfig()
    """How good an example must be, and how much like the rest of the brand's own texts."""
    near_duplicates: NearDuplicatesConfig = NearDuplicatesConfig()
    """What counts as the same text twice."""
    per_customer: PerCustomerConfig = PerCustomerConfig()
    """How much of the model one customer may be."""
    outcomes: OutcomesConfig = OutcomesConfig()
    """How tests, ratings and edits become preferences and rated answers."""
    balance: BalanceConfig = BalanceConfig()
    """How much of the model one task or one group of customers may be."""

    @field_validator("steps")
    @classmethod
    def _known(cls, steps: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in steps or ():
            if name not in ALL_STEPS:
                nearest = difflib.get_close_matches(name, ALL_STEPS, n=1)
                hint = f"Did you mean `{nearest[0]}`?" if nearest else f"Known steps: {', '.join(ALL_STEPS)}."
                raise ValueError(f"unknown curation step `{name}`. {hint}")
        return steps

    @property
    def active(self) -> tuple[str, ...]:
        """The steps that run, in the order they run."""
        wanted = DEFAULT_STEPS if self.steps is None else self.steps
        return tuple(name for name in ALL_STEPS if name in wanted)
