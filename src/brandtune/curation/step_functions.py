"""The function of each step, by the name that `order` and the settings use. `personal_data` also reports: see `curating`."""

from collections.abc import Callable, Sequence

from brandtune.core.examples import Example
from brandtune.core.records import Record
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.steps.balance import balance
from brandtune.curation.steps.boilerplate import boilerplate
from brandtune.curation.steps.clean import clean
from brandtune.curation.steps.consent import consent
from brandtune.curation.steps.contradictions import contradictions
from brandtune.curation.steps.exact_duplicates import exact_duplicates
from brandtune.curation.steps.facts import facts
from brandtune.curation.steps.language import language
from brandtune.curation.steps.length import length
from brandtune.curation.steps.macros import macros
from brandtune.curation.steps.max_examples import max_examples
from brandtune.curation.steps.near_duplicates import near_duplicates
from brandtune.curation.steps.outcome import outcome
from brandtune.curation.steps.per_customer import per_customer
from brandtune.curation.steps.personal_data_check import personal_data_check
from brandtune.curation.steps.quality import quality
from brandtune.curation.steps.repair import repair
from brandtune.curation.steps.retention import retention
from brandtune.curation.steps.rules import rules

RECORD_FUNCTIONS: dict[str, Callable[[Sequence[Record], Context], StepResult[Record]]] = {
    "consent": consent, "retention": retention, "repair": repair, "clean": clean, "macros": macros,
    "boilerplate": boilerplate, "outcome": outcome,
}  # fmt: skip
EXAMPLE_FUNCTIONS: dict[str, Callable[[Sequence[Example], Context], StepResult[Example]]] = {
    "length": length, "language": language, "personal_data_check": personal_data_check, "rules": rules, "facts": facts,
    "contradictions": contradictions, "quality": quality, "exact_duplicates": exact_duplicates,
    "near_duplicates": near_duplicates, "per_customer": per_customer, "balance": balance, "max_examples": max_examples,
}  # fmt: skip
