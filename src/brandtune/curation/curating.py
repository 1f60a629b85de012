"""The one verb of this room. It reads as the order of things: choose, record steps, format, example steps, report."""

import dataclasses
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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
from brandtune.curation.extra_steps import ExampleStep, extra_step
from brandtune.curation.formatting import NOT_USED, make_examples, wanted_kinds
from brandtune.curation.governance import GovernanceConfig
from brandtune.curation.order import EXAMPLE_STEPS, EXTRA_BEFORE, RECORD_STEPS
from brandtune.curation.outcomes.gathering import gather
from brandtune.curation.outcomes.gathering import report as outcome_report
from brandtune.curation.outcomes.made import Made
from brandtune.curation.overrides import KEPT_BY_PEOPLE, LEFT_OUT, Overrides
from brandtune.curation.personal.making import pseudonyms_for
from brandtune.curation.personal.originals import Originals
from brandtune.curation.personal.risk import residual_risk
from brandtune.curation.representation import representation, traits_of
from brandtune.curation.results import (
    Curated,
    CurationReport,
    FunnelRow,
    PersonalDataReport,
    Representation,
    StepResult,
)
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
from brandtune.curation.steps.near_duplicates import near_duplicates, tied
from brandtune.curation.steps.outcome import outcome
from brandtune.curation.steps.per_customer import per_customer
from brandtune.curation.steps.personal_data import personal_data
from brandtune.curation.steps.personal_data_check import personal_data_check
from brandtune.curation.steps.quality import quality
from brandtune.curation.steps.repair import repair
from brandtune.curation.steps.retention import retention
from brandtune.curation.steps.rules import rules

log = logging.getLogger(__name__)
UNLIKELY, FAR = 0.01, 0.1

RECORD_FUNCTIONS: dict[str, Callable[[Sequence[Record], Context], StepResult[Record]]] = {
    "consent": consent, "retention": retention, "repair": repair, "clean": clean, "macros": macros,
    "boilerplate": boilerplate, "outcome": outcome,
}  # fmt: skip
EXAMPLE_FUNCTIONS: dict[str, Callable[[Sequence[Example], Context], StepResult[Example]]] = {
    "length": length, "language": language, "personal_data_check": personal_data_check, "rules": rules, "facts": facts,
    "contradictions": contradictions, "quality": quality, "exact_duplicates": exact_duplicates,
    "near_duplicates": near_duplicates, "per_customer": per_customer, "balance": balance, "max_examples": max_examples,
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
    overrides: Overrides = Overrides(),  # noqa: B008 - frozen
    originals: Originals | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Curated:
    """Turn linked records into examples; every row that is not used is counted, with one reason.

    Args:
        records: After `profiles.link`, so that `subject` is set where somebody is known.
        subjects: Everyone who is known, with their consent.
        tasks: What the model is to learn.
        key: Secret that stable random choices hang on.
        overrides: What people decided against a step.
        originals: Keeps what surrogates stand for; None keeps nothing, so that they cannot be turned back.

    >>> from brandtune.core.records import Origin, Pair
    >>> from brandtune.core.tasks import PromptCompletion
    >>> pair = Pair(prompt="Is the atlas in stock?", completion="It is, on the second shelf by the door.")
    >>> row = Record(record_id="r1", payload=pair, origin=Origin(source="desk"), subject="ana")
    >>> curated = curate(
    ...     [row], subjects=[Subject(subject_id="ana", training_consent="granted")], tasks=[PromptCompletion()],
    ...     brand=Brand(name="Quill"), governance=GovernanceConfig(), config=CurationConfig(), key="secret",
    ... )
    >>> len(curated.kept), curated.report.by_task
    (1, {'prompt_completion': 1})

    Raises:
        ConfigError: The steps left out contradict the governance, or a rule file is wrong.
    """
    _check(config, governance)
    context = _context(records, subjects, tasks, brand, governance, config, key, overrides)
    run = _Run(context, progress, originals)
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
    overrides: Overrides,
) -> Context:
    by_id = {subject.subject_id: subject for subject in subjects}
    settings = config.personal_data
    names = pseudonyms_for(by_id, records, brand, settings=settings, governance=governance, key=key)
    return Context(
        subjects=by_id, tasks=tasks, brand=brand, governance=governance, config=config, key=key, pseudonyms=names,
        overrides=overrides,
    )  # fmt: skip


class _Run:
    """One pass; collects the funnel as it goes."""

    def __init__(self, context: Context, progress: Progress, originals: Originals | None = None) -> None:
        self.context, self.progress, self.originals = context, progress, originals
        self.funnel: list[FunnelRow] = []
        self.dropped: list[Dropped] = []
        self.notes: list[str] = []
        self.personal = PersonalDataReport()
        self.badly_ended: list[Record] = []
        self.kept_by_people: frozenset[str] = frozenset()

    def all(self, records: list[Record]) -> Curated:
        active, extra = self.context.config.active, self.context.config.extra_steps
        if not self.context.governance.pseudonymize:
            self.notes.append("`governance.pseudonymize` is false: personal data was left in the examples.")
        with self.progress.task("Curating", total=len(active) + len(extra) + 2) as bar:
            records = self._choose(records)
            bar.advance(note="tasks")
            for name in (step for step in RECORD_STEPS if step in active):
                entered, records = records, self._record_step(name, records)
                if name == "outcome":
                    left = {record.record_id for record in records}
                    self.badly_ended = [record for record in entered if record.record_id not in left]
                bar.advance(note=name)
            outcomes = self._outcomes(records)
            if self.originals:
                self.originals.add(self.context.pseudonyms.originals)
            examples = self._format(records, outcomes)
            bar.advance(note="format")
            for name, step in self._example_steps():
                examples = self._step(name, examples, step(examples, self.context))
                bar.advance(note=name)
            examples = self._left_out(examples)
        self.personal = self._with_risk(examples)
        by_task = {task.kind: 0 for task in self.context.tasks}
        by_task |= Counter(example.task for example in examples)
        report = CurationReport(
            funnel=self.funnel, by_task=by_task, notes=self.notes, personal_data=self.personal,
            outcomes=outcome_report(outcomes), representation=self._representation(examples),
            pseudonymized=self.context.governance.pseudonymize,
        )  # fmt: skip
        return Curated(examples, self.dropped, report, preferences=outcomes.preferences, rated=outcomes.rated)

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
        replaced = {f"{kind.lower().replace('_', ' ')} replaced": num for kind, num in self.personal.mentions.items()}
        return self._step(name, records, dataclasses.replace(result, changed=replaced))

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
        self.funnel.append(_row("format", records, made.used, made.reasons, {}))
        self.dropped += made.unused
        self.notes.append(f"{len(made.used)} records became {len(made.examples)} examples.")
        return made.examples

    def _example_steps(self) -> Iterator[tuple[str, ExampleStep]]:
        """The steps over examples in order, other packages' before duplicates are looked for."""
        config = self.context.config
        extra = {name: extra_step(name) for name in config.extra_steps}
        for name in EXAMPLE_STEPS:
            if name == EXTRA_BEFORE:
                yield from extra.items()
            if name in config.active:
                yield name, EXAMPLE_FUNCTIONS[name]

    def _left_out(self, examples: list[Example]) -> list[Example]:
        """What people decided to leave out, and a word on their choices that changed nothing."""
        overrides = self.context.overrides
        if overrides.drop:
            gone = [row for row in examples if row.example_id in overrides.drop]
            dropped = [self.context.drop_example(row, step="overrides", reason=LEFT_OUT) for row in gone]
            kept = [row for row in examples if row.example_id not in overrides.drop]
            examples = self._step("overrides", examples, StepResult(kept, dropped))
        left_out = {row.id for row in self.dropped if row.step == "overrides"}
        self.notes += overrides.notes(dropped=left_out, kept=self.kept_by_people)
        return examples

    def _representation(self, examples: list[Example]) -> list[Representation]:
        subjects = self.context.subjects
        traits = traits_of(subjects.values(), wanted=self.context.config.balance.traits)
        found = representation(subjects, examples, traits=traits)
        for report in found:
            if report.p_value is not None and report.p_value < UNLIKELY and report.distance >= FAR:
                self.notes.append(
                    f"The people who are learnt from differ from all customers in `{report.trait}`: "
                    f"{report.distance:.0%} of them would have to be others (p = {report.p_value:.1g})."
                )
        return found

    def _step(self, name: str, entered: Sequence[Any], result: StepResult[Any]) -> list[Any]:
        kept, dropped, changed = result.kept, result.dropped, dict(result.changed)
        spared = self.context.overrides.kept(name) & {row.id for row in dropped}
        if spared:
            stays = {row_id(row) for row in kept} | spared
            changed_rows = {row_id(row): row for row in kept}
            kept = [changed_rows.get(row_id(row), row) for row in entered if row_id(row) in stays]
            dropped = [row for row in dropped if row.id not in spared]
            self.kept_by_people |= spared
        if name == "near_duplicates":
            kept = tied(kept, self.context)
        changed |= {KEPT_BY_PEOPLE: len(spared)}
        reasons = dict(Counter(row.reason for row in dropped).most_common())
        self.funnel.append(_row(name, entered, kept, reasons, changed))
        self.dropped += dropped
        self.notes += result.notes
        log.info("step=%s entered=%d left=%d", name, len(entered), len(kept))
        return kept


def row_id(row: Record | Example) -> str:
    """The id under which a row is dropped."""
    return row.record_id if isinstance(row, Record) else row.example_id


def _row(
    name: str,
    entered: Sequence[Any],
    left: Sequence[Any],
    reasons: dict[str, int],
    changed: dict[str, int] | None = None,
) -> FunnelRow:
    done = {what: count for what, count in (changed or {}).items() if count}
    return FunnelRow(step=name, entered=len(entered), left=len(left), reasons=reasons, changed=done)
