"""The one verb of this room. It reads as the order of things: choose, record steps, format, example steps, report."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from brandtune.core.brand import Brand
from brandtune.core.errors import ConfigError
from brandtune.core.examples import Example
from brandtune.core.progress import Progress, Silent
from brandtune.core.records import Record, Subject
from brandtune.core.tasks import Task
from brandtune.curation.config import CurationConfig
from brandtune.curation.context import Context
from brandtune.curation.extra_steps import ExampleStep, extra_step
from brandtune.curation.formatting import NOT_USED, make_examples, wanted_kinds
from brandtune.curation.funnel import Funnel
from brandtune.curation.governance import GovernanceConfig
from brandtune.curation.order import EXAMPLE_STEPS, EXTRA_BEFORE, RECORD_STEPS
from brandtune.curation.outcomes.gathering import gather
from brandtune.curation.outcomes.gathering import report as outcome_report
from brandtune.curation.outcomes.made import Made
from brandtune.curation.overrides import LEFT_OUT, Overrides
from brandtune.curation.personal.making import pseudonyms_for
from brandtune.curation.personal.originals import Originals
from brandtune.curation.personal.risk import residual_risk
from brandtune.curation.representation import representation, traits_of
from brandtune.curation.results import Curated, CurationReport, PersonalDataReport, Representation, StepResult
from brandtune.curation.step_functions import EXAMPLE_FUNCTIONS, RECORD_FUNCTIONS
from brandtune.curation.steps.personal_data import personal_data

UNLIKELY, FAR = 0.01, 0.1


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
    """One pass; fills the funnel as it goes."""

    def __init__(self, context: Context, progress: Progress, originals: Originals | None = None) -> None:
        self.context, self.progress, self.originals = context, progress, originals
        self.funnel = Funnel(context)
        self.personal = PersonalDataReport()
        self.badly_ended: list[Record] = []

    def all(self, records: list[Record]) -> Curated:
        active, extra = self.context.config.active, self.context.config.extra_steps
        if not self.context.governance.pseudonymize:
            self.funnel.notes.append("`governance.pseudonymize` is false: personal data was left in the examples.")
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
                examples = self.funnel.step(name, examples, step(examples, self.context))
                bar.advance(note=name)
            examples = self._left_out(examples)
        self.personal = self._with_risk(examples)
        by_task = {task.kind: 0 for task in self.context.tasks}
        by_task |= Counter(example.task for example in examples)
        report = CurationReport(
            funnel=self.funnel.rows, by_task=by_task, notes=self.funnel.notes, personal_data=self.personal,
            outcomes=outcome_report(outcomes), representation=self._representation(examples),
            pseudonymized=self.context.governance.pseudonymize,
        )  # fmt: skip
        return Curated(examples, self.funnel.dropped, report, preferences=outcomes.preferences, rated=outcomes.rated)

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
        self.funnel.add("tasks", records, chosen, reasons={NOT_USED: left_out} if left_out else {})
        return chosen

    def _record_step(self, name: str, records: list[Record]) -> list[Record]:
        if name != "personal_data":
            return self.funnel.step(name, records, RECORD_FUNCTIONS[name](records, self.context))
        if not self.context.governance.pseudonymize:
            return records
        result, self.personal = personal_data(records, self.context)
        replaced = {f"{kind.lower().replace('_', ' ')} replaced": num for kind, num in self.personal.mentions.items()}
        return self.funnel.step(name, records, dataclasses.replace(result, changed=replaced))

    def _outcomes(self, records: list[Record]) -> Made:
        """Preferences and rated answers; conversations that ended badly are no examples, but they are evidence."""
        badly_ended = self.badly_ended
        if self.context.governance.pseudonymize:
            badly_ended = [self.context.pseudonyms.record(record) for record in badly_ended]
        outcomes = gather([*records, *badly_ended], self.context)
        self.funnel.dropped += outcomes.dropped
        self.funnel.notes += outcomes.notes
        return outcomes

    def _format(self, records: list[Record], outcomes: Made) -> list[Example]:
        made = make_examples(records, self.context, outcomes=outcomes)
        self.funnel.add("format", records, made.used, reasons=made.reasons)
        self.funnel.dropped += made.unused
        self.funnel.notes.append(f"{len(made.used)} records became {len(made.examples)} examples.")
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
            examples = self.funnel.step("overrides", examples, StepResult(kept, dropped))
        left_out = {row.id for row in self.funnel.dropped if row.step == "overrides"}
        self.funnel.notes += overrides.notes(dropped=left_out, kept=self.funnel.kept_by_people)
        return examples

    def _representation(self, examples: list[Example]) -> list[Representation]:
        subjects = self.context.subjects
        traits = traits_of(subjects.values(), wanted=self.context.config.balance.traits)
        found = representation(subjects, examples, traits=traits)
        for report in found:
            if report.p_value is not None and report.p_value < UNLIKELY and report.distance >= FAR:
                self.funnel.notes.append(
                    f"The people who are learnt from differ from all customers in `{report.trait}`: "
                    f"{report.distance:.0%} of them would have to be others (p = {report.p_value:.1g})."
                )
        return found
