"""The one verb of this room. It reads as the order of things: choose, record steps, format, example steps, report."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from brandtune.core.brand import Brand
from brandtune.core.errors import ConfigError
from brandtune.core.examples import Dropped, Example
from brandtune.core.progress import Progress, Silent
from brandtune.core.records import Record, Subject
from brandtune.core.tasks import Task
from brandtune.curation.config import CurationConfig
from brandtune.curation.context import Context
from brandtune.curation.formatting import NOT_USED, make_examples, wanted_kinds
from brandtune.curation.governance import GovernanceConfig
from brandtune.curation.order import EXAMPLE_STEPS, RECORD_STEPS
from brandtune.curation.personal.making import pseudonyms_for
from brandtune.curation.personal.originals import Originals
from brandtune.curation.personal.risk import residual_risk
from brandtune.curation.results import Curated, CurationReport, FunnelRow, PersonalDataReport, StepResult
from brandtune.curation.steps.clean import clean
from brandtune.curation.steps.consent import consent
from brandtune.curation.steps.contradictions import contradictions
from brandtune.curation.steps.exact_duplicates import exact_duplicates
from brandtune.curation.steps.facts import facts
from brandtune.curation.steps.language import language
from brandtune.curation.steps.length import length
from brandtune.curation.steps.max_examples import max_examples
from brandtune.curation.steps.near_duplicates import near_duplicates
from brandtune.curation.steps.outcome import outcome
from brandtune.curation.steps.per_customer import per_customer
from brandtune.curation.steps.personal_data import personal_data
from brandtune.curation.steps.personal_data_check import personal_data_check
from brandtune.curation.steps.repair import repair
from brandtune.curation.steps.retention import retention
from brandtune.curation.steps.rules import rules

log = logging.getLogger(__name__)

RECORD_FUNCTIONS: dict[str, Callable[[Sequence[Record], Context], StepResult[Record]]] = {
    "consent": consent, "retention": retention, "repair": repair, "clean": clean, "outcome": outcome,
}  # fmt: skip
EXAMPLE_FUNCTIONS: dict[str, Callable[[Sequence[Example], Context], StepResult[Example]]] = {
    "length": length, "language": language, "personal_data_check": personal_data_check, "rules": rules, "facts": facts,
    "contradictions": contradictions, "exact_duplicates": exact_duplicates, "near_duplicates": near_duplicates,
    "per_customer": per_customer, "max_examples": max_examples,
}  # fmt: skip


def curate(
    records: Sequence[Record],
    *,
    subjects: Sequence[Subject],
    tasks: Sequence[Task],
    brand: Brand,
    governance: GovernanceConfig,
    config: CurationConfig,
    key: str,
    originals: Originals | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Curated:
    """Turn linked records into examples; every row that is not used is counted, with one reason.

    Args:
        records: After `profiles.link`, so that `subject` is set where somebody is known.
        subjects: Everyone who is known, with their consent.
        tasks: What the model is to learn.
        key: Secret that stable random choices hang on.
        originals: Keeps what surrogates stand for; None keeps nothing, so that they cannot be turned back.

    Raises:
        ConfigError: The steps left out contradict the governance, or a rule file is wrong.
    """
    _check(config, governance)
    run = _Run(_context(records, subjects, tasks, brand, governance, config, key), progress, originals)
    return run.all(list(records))


def _check(config: CurationConfig, governance: GovernanceConfig) -> None:
    if governance.lawful_basis != "not_personal" and "consent" not in config.active:
        raise ConfigError(
            f"the step `consent` cannot be left out under `lawful_basis: {governance.lawful_basis}`.",
            where="curation.steps", fix="Add `consent` to the steps.",
        )  # fmt: skip
    if governance.pseudonymize and "personal_data" not in config.active:
        raise ConfigError(
            "the step `personal_data` is left out, but `governance.pseudonymize` is true.",
            where="curation.steps", fix="Add `personal_data` to the steps, or write `pseudonymize: false`.",
        )  # fmt: skip


def _context(
    records: Sequence[Record],
    subjects: Sequence[Subject],
    tasks: Sequence[Task],
    brand: Brand,
    governance: GovernanceConfig,
    config: CurationConfig,
    key: str,
) -> Context:
    by_id = {subject.subject_id: subject for subject in subjects}
    settings = config.personal_data
    names = pseudonyms_for(by_id, records, brand, settings=settings, governance=governance, key=key)
    return Context(
        subjects=by_id, tasks=tasks, brand=brand, governance=governance, config=config, key=key, pseudonyms=names
    )


class _Run:
    """One pass; collects the funnel as it goes."""

    def __init__(self, context: Context, progress: Progress, originals: Originals | None = None) -> None:
        self.context, self.progress, self.originals = context, progress, originals
        self.funnel: list[FunnelRow] = []
        self.dropped: list[Dropped] = []
        self.notes: list[str] = []
        self.personal = PersonalDataReport()

    def all(self, records: list[Record]) -> Curated:
        active = self.context.config.active
        if not self.context.governance.pseudonymize:
            self.notes.append("`governance.pseudonymize` is false: personal data was left in the examples.")
        with self.progress.task("Curating", total=len(active) + 2) as bar:
            records = self._choose(records)
            bar.advance(note="tasks")
            for name in (step for step in RECORD_STEPS if step in active):
                records = self._record_step(name, records)
                bar.advance(note=name)
            examples = self._format(records)
            bar.advance(note="format")
            for name in (step for step in EXAMPLE_STEPS if step in active):
                examples = self._step(name, examples, EXAMPLE_FUNCTIONS[name](examples, self.context))
                bar.advance(note=name)
        self.personal = self._with_risk(examples)
        by_task = {task.kind: 0 for task in self.context.tasks}
        by_task |= Counter(example.task for example in examples)
        report = CurationReport(funnel=self.funnel, by_task=by_task, notes=self.notes, personal_data=self.personal)
        return Curated(examples, self.dropped, report)

    def _with_risk(self, examples: list[Example]) -> PersonalDataReport:
        """The report with what is left in the finished examples."""
        context = self.context
        if "personal_data" not in context.config.active or not context.governance.pseudonymize:
            return self.personal
        detected = context.config.personal_data.names == "bundled"
        left = residual_risk(
            examples, names=context.pseudonyms, replaced=self.personal.mentions, key=context.key, detected=detected
        )
        return msgspec.structs.replace(self.personal, risk=left)

    def _choose(self, records: list[Record]) -> list[Record]:
        """Events, profiles and purchases serve linking; what no task reads is counted here and goes no further."""
        kinds = wanted_kinds(records, self.context)
        chosen = [record for record in records if record.kind in kinds]
        left_out = len(records) - len(chosen)
        self.funnel.append(_row("tasks", records, chosen, {NOT_USED: left_out} if left_out else {}))
        return chosen

    def _record_step(self, name: str, records: list[Record]) -> list[Record]:
        if name != "personal_data":
            return self._step(name, records, RECORD_FUNCTIONS[name](records, self.context))
        if not self.context.governance.pseudonymize:
            return records
        result, self.personal = personal_data(records, self.context)
        if self.originals:
            self.originals.add(self.context.pseudonyms.originals)
        return self._step(name, records, result)

    def _format(self, records: list[Record]) -> list[Example]:
        examples, used, unused = make_examples(records, self.context)
        self._step("format", records, StepResult(used, unused))
        self.notes.append(f"{len(used)} records became {len(examples)} examples.")
        return examples

    def _step(self, name: str, entered: Sequence[Any], result: StepResult[Any]) -> list[Any]:
        reasons = dict(Counter(row.reason for row in result.dropped).most_common())
        self.funnel.append(_row(name, entered, result.kept, reasons))
        self.dropped += result.dropped
        self.notes += result.notes
        log.info("step=%s entered=%d left=%d", name, len(entered), len(result.kept))
        return result.kept


def _row(name: str, entered: Sequence[Any], left: Sequence[Any], reasons: dict[str, int]) -> FunnelRow:
    return FunnelRow(step=name, entered=len(entered), left=len(left), reasons=reasons)
