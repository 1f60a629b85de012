"""What a run leaves for people: the HTML and Markdown report, the model card, the lineage entries."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from brandtune.core.examples import Dropped
from brandtune.core.storage import read_json, write_text
from brandtune.curation import curation_page
from brandtune.curation.page.view import step_title
from brandtune.evaluation import render, render_markdown
from brandtune.evaluation.results import DropExample, Gate, PhaseCurve, Report, RunContext, StageFact
from brandtune.evaluation.spending import priced
from brandtune.execution import RunDirectory, describe_machine
from brandtune.lineage import Ledger, Release
from brandtune.workflows import expecting, keeping, searching, tuning
from brandtune.workflows.foreseeing import foreseen
from brandtune.workflows.next_steps import next_steps
from brandtune.workflows.plan import Plan
from brandtune.workflows.reported import reported
from brandtune.workflows.trained import caption, summary

EXAMPLES_PER_REASON = 3
STAGES = ("ingest", "link", "curate", "freeze", "train", "evaluate", "serving", "release")


def write(run: RunDirectory, *, plan: Plan) -> Path:
    """Render `report.html` and `report.md` from what the run's folders hold; returns the HTML file."""
    report = reported(run).report
    if plan.costs is not None:
        prices = plan.costs.input_tokens_million, plan.costs.output_tokens_million
        report = priced(report, prices=prices, currency=plan.costs.currency)
    context = describe(run, plan=plan, report=report)
    write_text(run.path / "report.md", render_markdown(report, context))
    write_text(run.path / "report.html", render(report, context))
    return run.path / "report.html"


def write_curation(run: RunDirectory, *, brand: str) -> Path:
    """Render `curation.html`: what was kept and dropped, for people to agree or disagree with."""
    curated = keeping.load_curated(run.path / "curate")
    page = curation_page(curated.report, kept=curated.kept, dropped=curated.dropped, brand=brand, run=run.run_id)
    write_text(run.path / "curation.html", page)
    return run.path / "curation.html"


def describe(run: RunDirectory, *, plan: Plan, report: Report) -> RunContext:
    """Everything around the evaluation that the report shows."""
    curated = keeping.load_curated(run.path / "curate")
    trained = tuning.load_trained(run.path / "train")
    records = [record for name in STAGES if (record := run.finished(name))]
    return RunContext(
        run_id=run.run_id,
        title=f"{plan.brand.name}: fine-tuned against not fine-tuned",
        created_at=next(record.finished_at for record in records if record.name == "evaluate"),
        funnel=tuple(msgspec.structs.replace(step, title=step_title(step.step)) for step in curated.funnel),
        dropped=tuple(drop_examples(curated.dropped)),
        dropped_counts=tuple(_beside(curated)),
        curve=trained.curve,
        curve_caption=caption(trained),
        training_phases=tuple(
            PhaseCurve(name=phase.name, summary=summary(phase), caption=caption(phase), curve=phase.curve)
            for phase in trained.phases
        ),
        losses=_losses(report),
        stages=tuple(
            StageFact(name=r.name, seconds=r.seconds, summary=r.summary, fingerprint=r.fingerprint) for r in records
        ),
        lineage=tuple(_lineage(run, trained)),
        facts=tuple(_facts(plan, trained, run)),
        protocol=tuple(_protocol(plan, run)),
        settings=plan.resolved_yaml(),
        next_steps=tuple(next_steps(report, released=run.finished("release") is not None)),
    )


def drop_examples(dropped: list[Dropped]) -> list[DropExample]:
    """A few rows of each reason, in the order they were dropped."""
    shown: dict[tuple[str, str], int] = {}
    examples: list[DropExample] = []
    for row in dropped:
        key = (row.step, row.reason)
        shown[key] = shown.get(key, 0) + 1
        if shown[key] <= EXAMPLES_PER_REASON:
            where = str(row.origin) if row.origin else ""
            examples.append(
                DropExample(step=row.step, reason=row.reason, detail=row.detail, excerpt=row.excerpt, where=where)
            )
    return examples


def _beside(curated: keeping.Curated) -> Iterator[tuple[str, str, int]]:
    """How many rows the steps beside the funnel dropped, for each reason."""
    steps = {step.step for step in curated.funnel}
    for (step, reason), count in Counter((row.step, row.reason) for row in curated.dropped).items():
        if step not in steps:
            yield step, reason, count


def _protocol(plan: Plan, run: RunDirectory) -> list[tuple[str, str]]:
    settings, planned = plan.evaluation, foreseen(run)
    return [
        *([("Said before training", planned)] if planned else []),
        ("Worth it from", f"{100 * settings.worthwhile:g} points of gain (evaluation.worthwhile)"),
        ("Resamples", f"{settings.resamples:,} of the bootstrap, as many of the permutation test"),
        (
            "Seeds",
            f"evaluation {settings.seed} (resampling, choice of examples), decoding {settings.decoding.seed}, "
            f"training {plan.training.seed}",
        ),
    ]


def _losses(report: Report) -> dict[str, float]:
    return {
        (cell.arm if cell.task == "all" else f"{cell.task}/{cell.arm}"): cell.estimate.value
        for cell in report.cells
        if cell.metric == "loss"
    }


def _lineage(run: RunDirectory, trained: tuning.Trained) -> list[tuple[str, str, str]]:
    files = read_json(run.path / "ingest" / "files.json")
    rows = [
        ("Source", file["path"], f"{file['num_records']:,} records, sha256 {file['sha256'][:12]}") for file in files
    ]
    version = read_json(run.path / "freeze" / "dataset.json")["version"]
    rows.append(("Dataset", version, _summary(run, "freeze")))
    rows.append(("Base model", trained.base, f"{trained.num_parameters / 1e6:.1f} M parameters"))
    first = trained.phases[0] if trained.phases else trained
    if first.start:
        rows.append(("Went on from", first.start, "training.start"))
    rows += [("Training phase", phase.name, summary(phase)) for phase in trained.phases]
    rows.append(("Checkpoint", _fingerprint(run, "train"), _summary(run, "train")))
    if run.finished("release"):
        release = keeping.load_release(run.path / "release")
        rows.append(("Release", release.model_id, f"champion since {release.created_at}"))
    return rows


def _summary(run: RunDirectory, stage: str) -> str:
    record = run.finished(stage)
    return record.summary if record else ""


def _fingerprint(run: RunDirectory, stage: str) -> str:
    record = run.finished(stage)
    return record.fingerprint if record else ""


def _facts(plan: Plan, trained: tuning.Trained, run: RunDirectory) -> list[tuple[str, str]]:
    machine = describe_machine(plan.directory)
    training = searching.trained_with(run.path / "train", otherwise=plan.training)
    mixed = f" and {trained.num_mixed:,} general ones an epoch" if trained.num_mixed else ""
    return [
        ("Base", f"{plan.base}, {trained.num_parameters / 1e6:.1f} M parameters, {trained.precision}"),
        ("Method", f"LoRA rank {training.lora.rank}, {trained.num_trainable / 1e6:.2f} M trainable parameters"),
        (
            "Trained on",
            f"{trained.num_examples:,} examples{mixed}, {trained.tokens:,} tokens, {trained.num_steps} steps",
        ),
        *([("Privacy", trained.privacy.said())] if trained.privacy else []),
        ("Weights kept", f"step {trained.best_step} ({training.keep} validation loss)"),
        ("Training took", expecting.cost_in_words(trained)),
        ("Seed", str(training.seed)),
        ("Machine", f"{machine.cores} cores, {machine.memory / 2**30:.0f} GB, {machine.system}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in machine.libraries.items())),
    ]


def evidence(report: Report, *, overrides: Sequence[Mapping[str, object]] = ()) -> dict[str, object]:
    """What a release rests on, as JSON: verdict and gates with their numbers, and who answers for which failed gate."""
    facts: dict[str, object] = {"verdict": report.verdict, "gates": report.gates, "num_test": report.num_test}
    if report.served is not None:
        facts["served"] = report.served
    plain = msgspec.to_builtins(facts | ({"overrides": list(overrides)} if overrides else {}))
    found = keeping.finite(plain)
    assert isinstance(found, dict)
    return found


def model_card(
    plan: Plan, report: Report, *, model_id: str, dataset: str, overrides: Sequence[Mapping[str, object]] = ()
) -> str:
    """A Hugging Face model card, written from facts only."""
    gates = "\n".join(f"- {_mark(gate)}: {gate.sentence}" for gate in report.gates)
    gates += "".join(f"\n- OVERRIDDEN: {one['gate']}, by {one['by']}: {one['reason']}" for one in overrides)
    tasks = ", ".join(report.tasks)
    return f"""---
base_model: {plan.base}
library_name: peft
pipeline_tag: text-generation
tags: [brandtune, lora]
---
# {model_id}

LoRA adapter for {plan.brand.name}, trained with Brandtune on dataset version `{dataset}` for: {tasks}.

{report.verdict.sentence}

Gates, on {report.num_test} held-out examples of {report.num_customers} customers:

{gates}

Personal data: governed by `lawful_basis: {plan.governance.lawful_basis}`; names, contact data and references were
{"replaced by typed placeholders" if plan.governance.pseudonymize else "NOT replaced"} before training.
"""


def _mark(gate: Gate) -> str:
    return "not measured" if not gate.measured else "passed" if gate.passed else "FAILED"


def record_lineage(ledger: Ledger, run: RunDirectory, release: Release) -> None:
    """Write source -> dataset -> checkpoint -> release into the ledger."""
    files = [f"file:{file['sha256'][:16]}" for file in read_json(run.path / "ingest" / "files.json")]
    checkpoint = f"checkpoint:{_fingerprint(run, 'train')}"
    ledger.record("dataset", f"dataset:{release.dataset}", parents=files, detail={"run": run.run_id})
    data = [f"dataset:{release.dataset}", f"base:{release.base}"]
    trained = tuning.load_trained(run.path / "train")
    for phase in trained.phases:
        judge = [f"{checkpoint}/{phase.judged_by}"] if phase.judged_by else []
        detail = {"run": run.run_id, "objective": phase.objective, "steps": phase.num_steps}
        parents = [*data, *_start(phase, checkpoint), *judge]
        ledger.record("phase", f"{checkpoint}/{phase.name}", parents=parents, detail=detail)
    parents = [f"{checkpoint}/{trained.name}"] if trained.phases else _start(trained, checkpoint)
    ledger.record("checkpoint", checkpoint, parents=[*data, *parents])
    ledger.record("release", f"model:{release.model_id}", parents=[checkpoint], detail={"run": run.run_id})


def _start(trained: tuning.Trained, checkpoint: str) -> list[str]:
    """What a phase went on from, as the ledger names it; nothing for the base."""
    kind, _, name = trained.start.partition(":")
    return [f"{checkpoint}/{name}" if kind == "phase" else trained.start] if trained.start else []
