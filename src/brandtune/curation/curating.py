"""The one verb of this room. It reads as the order of things: choose, record steps, format, example steps, report."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

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
from brandtune.curation.outcomes.gathering import gather
from brandtune.curation.outcomes.gathering import report as outcome_report
from brandtune.curation.outcomes.made import Made
from brandtune.curation.pseudonyms import Pseudonyms
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
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Curated:
    """Turn linked records into examples; every row that is not used is counted, with one reason.

    Args:
        records: After `profiles.link`, so that `subject` is set where somebody is known.
        subjects: Everyone who is known, with their consent.
        tasks: What the model is to learn.
        key: Secret that stable random choices hang on.

    Raises:
        ConfigError: The steps left out contradict the governance, or a rule file is wrong.
    """
    _check(config, governance)
    run = _Run(_context(records, subjects, tasks, brand, governance, config, key), progress)
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
    names = Pseudonyms(by_id, records, brand, regions=settings.regions, order_id=settings.order_id)
    return Context(
        subjects=by_id, tasks=tasks, brand=brand, governance=governance, config=config, key=key, pseudonyms=names
    )


class _Run:
    """One pass; collects the funnel as it goes."""

    def __init__(self, context: Context, progress: Progress) -> None:
        self.context, self.progress = context, progress
        self.funnel: list[FunnelRow] = []
        self.dropped: list[Dropped] = []
        self.notes: list[str] = []
        self.personal = PersonalDataReport()
        self.badly_ended: list[Record] = []

    def all(self, records: list[Record]) -> Curated:
        active = self.context.config.active
        if not self.context.governance.pseudonymize:
            self.notes.append("`governance.pseudonymize` is false: personal data was left in the examples.")
        with self.progress.task("Curating", total=len(active) + 2) as bar:
            records = self._choose(records)
            bar.advance(note="tasks")
            for name in (step for step in RECORD_STEPS if step in active):
                entered, records = records, self._record_step(name, records)
                if name == "outcome":
                    left = {record.record_id for record in records}
                    self.badly_ended = [record for record in entered if record.record_id not in left]
                bar.advance(note=name)
            outcomes = self._outcomes(records)
            examples = self._format(records, outcomes)
            bar.advance(note="format")
            for name in (step for step in EXAMPLE_STEPS if step in active):
                examples = self._step(name, examples, EXAMPLE_FUNCTIONS[name](examples, self.context))
                bar.advance(note=name)
        by_task = {task.kind: 0 for task in self.context.tasks}
        by_task |= Counter(example.task for example in examples)
        report = CurationReport(
            funnel=self.funnel, by_task=by_task, notes=self.notes, personal_data=self.personal,
            outcomes=outcome_report(outcomes),
        )  # fmt: skip
        return Curated(examples, self.dropped, report, preferences=outcomes.preferences, rated=outcomes.rated)

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
        return self._step(name, records, result)

    def _outcomes(self, records: list[Record]) -> Made:
        """Preferences and rated answers; conversations that ended badly are no examples, but they are evidence."""
        badly_ended = self.badly_ended
        if self.context.governance.pseudonymize:
            badly_ended = [self.context.pseudonyms.record(record) for record in badly_ended]
        outcomes = gather([*records, *badly_ended], self.context)
        self.dropped += outcomes.dropped
        self.notes += outcomes.notes
        return outcomes

    def _format(self, records: list[Record], outcomes: Made) -> list[Example]:
        made = make_examples(records, self.context, outcomes=outcomes)
        self.funnel.append(_row("format", records, made.used, made.reasons))
        self.dropped += made.unused
        self.notes.append(f"{len(made.used)} records became {len(made.examples)} examples.")
        return made.examples

    def _step(self, name: str, entered: Sequence[Any], result: StepResult[Any]) -> list[Any]:
        reasons = dict(Counter(row.reason for row in result.dropped).most_common())
        self.funnel.append(_row(name, entered, result.kept, reasons))
        self.dropped += result.dropped
        self.notes += result.notes
        log.info("step=%s entered=%d left=%d", name, len(entered), len(result.kept))
        return result.kept


def _row(name: str, entered: Sequence[Any], left: Sequence[Any], reasons: dict[str, int]) -> FunnelRow:
    return FunnelRow(step=name, entered=len(entered), left=len(left), reasons=reasons)
