"""The top of the report: the outcome in plain words, the deciding comparison, and the gates."""

from collections.abc import Callable
from dataclasses import dataclass

from brandtune.evaluation.report.comparisons import ComparisonRow, arm_title, comparison_row, forest, metric_named
from brandtune.evaluation.report.numbers import MISSING, difference_text, plain_text, title_text, value_text
from brandtune.evaluation.report.standing import Standing, standings
from brandtune.evaluation.report.tracks import TrackChart
from brandtune.evaluation.results import Gate, Metric, Report


def _points(value: float) -> str:
    return difference_text(value, unit="share")


def _percent(value: float) -> str:
    return value_text(value, unit="share")


def _seconds(value: float) -> str:
    return value_text(value, unit="seconds")


OUTCOMES = {"better": "Better", "not_better": "Not better", "cannot_tell": "Cannot tell"}
# A gate carries neither title nor unit; these are the gates that `evaluation.verdict` makes.
KNOWN_GATES: dict[str, tuple[str, Callable[[float], str]]] = {
    "primary": ("Gain over the best alternative, at worst", _points),
    "heldout_loss": ("Fall of held-out loss", _percent),
    "facts_ok": ("Facts against the best alternative, at worst", _points),
    "well_formed": ("Form against the best alternative, at worst", _points),
    "forgetting": ("Rise of loss on general texts, at worst", _percent),
    "overfitting": ("Rise of validation loss after its best", _percent),
    "safe": ("Safety against the best alternative, at worst", _points),
    "latency": ("Time of 19 in 20 replies", _seconds),
    "serving": ("Primary metric as served against as evaluated, at worst", _points),
    "serving_answered": ("Requests that failed as served", _percent),
    "memorization": ("What it repeats of its training texts", _percent),
}


@dataclass(frozen=True, kw_only=True)
class GateRow:
    """One gate as shown; `limit` says which side of it passes."""

    gate: Gate
    title: str
    value: str
    limit: str


@dataclass(frozen=True, kw_only=True)
class VerdictView:
    """Everything above the first rule of the page."""

    outcome: str
    word: str
    question: str
    sentence: str
    reasons: tuple[str, ...]
    needed: str
    primary: ComparisonRow | None
    metric: Metric | None
    forest: TrackChart | None
    standings: list[Standing]
    gates: list[GateRow]
    num_passed: int
    num_measured: int
    held_back: str


def verdict_view(report: Report) -> VerdictView:
    """Put the verdict of a report into words and rows."""
    verdict = report.verdict
    metric = metric_named(report, verdict.primary.metric) if verdict.primary else None
    primary = comparison_row(verdict.primary, report=report, metric=metric) if verdict.primary and metric else None
    return VerdictView(
        outcome=verdict.outcome,
        word=OUTCOMES[verdict.outcome],
        question=_question(report),
        sentence=verdict.sentence,
        reasons=verdict.reasons,
        needed=_needed(report),
        primary=primary,
        metric=metric,
        forest=forest(report),
        standings=standings(report),
        gates=[gate_row(gate) for gate in report.gates],
        num_passed=sum(gate.passed for gate in report.gates if gate.measured),
        num_measured=sum(gate.measured for gate in report.gates),
        held_back=_held_back(report),
    )


def gate_row(gate: Gate) -> GateRow:
    """A gate with its numbers in the unit that its name is known to have."""
    title, write = _known(gate.name)
    if not gate.measured:
        shown = write(gate.value) if gate.value else MISSING
        return GateRow(gate=gate, title=title, value=shown, limit="no limit set" if gate.value else "not measured")
    return GateRow(gate=gate, title=title, value=write(gate.value), limit=_limit(gate, write(gate.limit)))


def _held_back(report: Report) -> str:
    """That a better model may still not be released; a verdict that is not better says so by itself."""
    titles = (gate_row(gate).title for gate in report.gates if gate.measured and not gate.passed)
    failed = [title.partition(" against ")[0].partition(",")[0].lower() for title in titles]
    if report.verdict.outcome != "better" or not failed:
        return ""
    return f"But it may not be released as it is, because a gate failed: {', '.join(failed)}."


def _known(name: str) -> tuple[str, Callable[[float], str]]:
    """A gate's title and how its numbers are written; one that was run again as served has those of the first run."""
    if name in KNOWN_GATES:
        return KNOWN_GATES[name]
    first = name.removeprefix("serving_")
    title, write = KNOWN_GATES.get(first, (title_text(first), plain_text))
    return (title if first == name else f"As served: {title}"), write


def _limit(gate: Gate, limit: str) -> str:
    # A gate carries no direction; its outcome tells it, except exactly on the limit.
    if gate.value == gate.limit:
        return f"limit {limit}"
    return f"at least {limit}" if (gate.value > gate.limit) == gate.passed else f"at most {limit}"


def _question(report: Report) -> str:
    primary = report.verdict.primary
    if primary is None:
        return "Did fine-tuning beat a good prompt?"
    return (
        f"Did \N{LEFT DOUBLE QUOTATION MARK}{arm_title(report, primary.arm)}\N{RIGHT DOUBLE QUOTATION MARK} beat "
        + (f"\N{LEFT DOUBLE QUOTATION MARK}{arm_title(report, primary.baseline)}\N{RIGHT DOUBLE QUOTATION MARK}?")
    )


def _needed(report: Report) -> str:
    needed = report.verdict.needed_examples
    if needed is None or str(needed) in report.verdict.sentence.replace(",", ""):
        return ""
    return f"About {needed:,} held-out examples would settle it; this run had {report.num_test:,}."
