"""Advice over a plan: what its records promise before any training, what its runs have proven and what that is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from brandtune.advice import pilot as pilots
from brandtune.advice.config import FactsFile
from brandtune.advice.costing import Situation, work_out
from brandtune.advice.deciding import decide
from brandtune.advice.facts import FEWEST, load_facts, published_usable, shown
from brandtune.advice.markdown import render_markdown
from brandtune.advice.measured import measured, usable_shares
from brandtune.advice.outcomes import with_use
from brandtune.advice.page import render
from brandtune.advice.results import WORDS, Advice, Check, Choice, Curve, Opportunity, Return
from brandtune.core.errors import DataError, UsageError
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress, Silent
from brandtune.core.storage import write_json, write_text
from brandtune.evaluation.results import Report
from brandtune.execution import RunDirectory
from brandtune.lineage import Ledger
from brandtune.workflows import keeping
from brandtune.workflows.plan import Plan

PILOT = "pilot.json"


@dataclass(frozen=True)
class PilotAsked:
    """What `--pilot` was called with; without an owner nothing is agreed, and the standing one is shown."""

    owner: str = ""
    until: str = ""
    kpis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What advice is wanted on.

    Attributes:
        run: The run whose arms count; the newest evaluated one if None.
        records: Look at the records as before any training, although a run was evaluated.
        facts: Facts file.
    """

    run: RunDirectory | None = None
    records: bool = False
    facts: Path | None = None
    learning_curve: bool = False
    pilot: PilotAsked | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


def advise(plan: Plan, asked: Asked, *, progress: Progress | None = None) -> tuple[Advice, Path]:
    """Should this company fine-tune, and why? Returns the advice and its page.

    Raises:
        NotFoundError: The run or the facts file does not exist.
        ConfigError: The facts file is wrong; says where.
        DataError: The records cannot be used.
    """
    progress = progress or Silent()
    facts = load_facts(asked.facts) if asked.facts else None
    run = asked.run or _newest(plan, "evaluate")
    if asked.pilot and asked.pilot.owner:
        _agree(plan, asked.pilot, today=asked.today)
    if run is None or asked.records or not run.finished("evaluate"):
        run = _prepared(plan, asked.run, progress=progress)
        advice = _before(plan, run, curve=_curve(plan, run, asked, progress))
        folder = plan.workspace
    else:
        advice = _after(plan, run, facts=facts, asked=asked, curve=_curve(plan, run, asked, progress))
        folder = run.path
    advice = msgspec.structs.replace(advice, pilot=_pilot(plan, today=asked.today))
    write_text(folder / "advice.md", render_markdown(advice))
    write_text(folder / "advice.html", render(advice))
    write_json(folder / "advice.json", document(advice))
    return advice, folder / "advice.html"


def document(advice: Advice) -> Any:
    """Advice as JSON."""
    return keeping.finite(msgspec.to_builtins(advice))


def _newest(plan: Plan, stage: str) -> RunDirectory | None:
    return next((run for run in reversed(RunDirectory.all(plan.workspace)) if run.finished(stage)), None)


def _prepared(plan: Plan, run: RunDirectory | None, *, progress: Progress) -> RunDirectory:
    """A run whose examples are frozen; nothing is trained."""
    from brandtune.workflows.journey import run_journey

    latest = RunDirectory.latest(plan.workspace)
    chosen = run or _newest(plan, "freeze") or (latest if latest and latest.status == "incomplete" else None)
    chosen = chosen or RunDirectory.create(plan.workspace)
    if not chosen.finished("freeze"):
        with chosen.locked():
            run_journey(plan, run=chosen, until="freeze", progress=progress)
    return chosen


def _curve(plan: Plan, run: RunDirectory, asked: Asked, progress: Progress) -> Curve | None:
    if not asked.learning_curve:
        return None
    from brandtune.workflows.learning import learning_curve

    with run.locked():
        return learning_curve(plan, run, progress=progress)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# After a run


def _after(plan: Plan, run: RunDirectory, *, facts: FactsFile | None, asked: Asked, curve: Curve | None) -> Advice:
    report = keeping.load_report(run.path / "evaluate")
    usable = published_usable(facts, folder=asked.facts.parent) if facts and asked.facts else {}
    returns = _returns(plan, report, facts=facts, usable=usable)
    decision = decide(report, returns=returns, curve=curve)
    return Advice(
        choice=decision.choice,
        headline=decision.headline,
        sure=decision.sure,
        reasons=decision.reasons,
        fix_first=decision.fix_first,
        made_at=_now(),
        title=f"{plan.brand.name}: should you fine-tune?",
        run_id=run.run_id,
        verdict=report.verdict.outcome,
        returns=returns,
        curve=curve,
        facts=with_use(shown(facts, usable), costs=plan.costs, returns=returns) if facts else (),
    )


def _returns(
    plan: Plan, report: Report, *, facts: FactsFile | None, usable: dict[str, tuple[int, int]]
) -> Return | None:
    """Money, where costs are given; raises DataError where the run kept no scores of single examples."""
    primary = report.verdict.primary
    if plan.costs is None or primary is None:
        return None
    found = measured(report.examples, metric=primary.metric, arm="tuned", baseline=primary.baseline)
    if not len(found.gain):
        raise DataError(
            "the run kept no scores of single examples, so its return cannot be worked out.",
            where="evaluate",
            fix="An earlier version evaluated it; evaluate it again: brandtune evaluate",
        )
    shares = usable_shares(report.examples, metric=primary.metric)
    shares |= {arm: kept / total for arm, (kept, total) in usable.items() if total >= FEWEST and arm in shares}
    return work_out(
        Situation(
            costs=plan.costs,
            measured=found,
            usable=shares,
            titles={arm.name: arm.title for arm in report.arms},
            tokens={arm.name: (arm.mean_prompt_tokens, arm.mean_reply_tokens) for arm in report.arms},
            baseline=primary.baseline,
            facts=facts,
            published=usable,
            seed=plan.evaluation.seed,
        )
    )


# Before any training


def _before(plan: Plan, run: RunDirectory, *, curve: Curve | None) -> Advice:
    from brandtune.workflows.prospecting import opportunities_of, readiness_of

    found = opportunities_of(plan, run)
    checks = readiness_of(plan, run, pilot=pilots.load(plan.workspace / PILOT))
    choice, reasons = _prospect(found, checks)
    missing = [check.sentence for check in checks if check.state == "missing"]
    weak = [check.sentence for check in checks if check.state == "weak"]
    if curve is not None:
        weak.insert(0, curve.sentence)
    return Advice(
        choice=choice,
        headline=WORDS[choice],
        sure=False,
        reasons=tuple(reasons),
        fix_first=tuple(missing + weak),
        made_at=_now(),
        title=f"{plan.brand.name}: is tuning worth a pilot?",
        opportunities=found,
        readiness=checks,
        curve=curve,
    )


def _prospect(found: Sequence[Opportunity], checks: Sequence[Check]) -> tuple[Choice, list[str]]:
    """What the records promise; nothing is proven before arms were measured."""
    worth = [one for one in found if one.reading == "worth_a_pilot"]
    blocked = [check for check in checks if check.state == "missing" and check.name == "consent"]
    if worth and not blocked:
        best = worth[0]
        often = f", about {best.per_month:,.0f} a month" if best.per_month else ""
        more = [f"{one.task}: {one.num_examples:,} examples; {one.sentence.lower()}" for one in worth[1:]]
        first = (
            f"{best.task} is the most promising: {best.num_examples:,} examples{often}, {best.repetitive * 100:.0f} % of "
            "them asked like another one."
        )
        return "start_pilot", [first, *more, "Whether tuning beats a good prompt is not known before it is measured."]
    if blocked:
        return "collect_data", [blocked[0].sentence]
    if any(one.reading == "too_few" for one in found) or not found:
        return "collect_data", [f"{one.task}: {one.sentence}" for one in found] or ["The records hold no task."]
    return "prompt", [f"{one.task}: {one.sentence}" for one in found]


# The pilot


def _agree(plan: Plan, asked: PilotAsked, *, today: date) -> None:
    try:
        until = date.fromisoformat(asked.until)
    except ValueError:
        raise UsageError(
            f"{asked.until!r} is no date." if asked.until else "a pilot needs a date on which it is decided.",
            where="--until",
            fix="Write it as YYYY-MM-DD.",
        ) from None
    agreed = pilots.plan_pilot(
        owner=asked.owner,
        started=today,
        until=until,
        kpis=asked.kpis,
        tasks=[task.kind for task in plan.tasks],
        worthwhile=plan.evaluation.worthwhile,
    )
    detail = msgspec.to_builtins(agreed)
    Ledger(plan.database).record("pilot", f"pilot:{content_id(detail)}", detail=detail)
    pilots.save(agreed, plan.workspace / PILOT)


def _pilot(plan: Plan, *, today: date) -> dict[str, Any] | None:
    """The pilot and how every run since stands against it."""
    agreed = pilots.load(plan.workspace / PILOT)
    if agreed is None:
        return None
    runs = [(run, run.finished("evaluate")) for run in RunDirectory.all(plan.workspace)]
    reports = [
        (run.run_id, record.finished_at, keeping.load_report(run.path / "evaluate")) for run, record in runs if record
    ]
    standings = pilots.track(agreed, reports)
    plain = {
        "plan": msgspec.to_builtins(agreed),
        "standings": msgspec.to_builtins(standings),
        "sentence": pilots.sentence(agreed, standings, today=today),
    }
    found = keeping.finite(plain)
    assert isinstance(found, dict)
    return found
