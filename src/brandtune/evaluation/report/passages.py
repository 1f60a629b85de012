"""Held-out examples side by side: texts cut at the findings so that each one is marked where it was found."""

from dataclasses import dataclass
from itertools import pairwise

from brandtune.core.examples import Message
from brandtune.evaluation.report.comparisons import arm_title
from brandtune.evaluation.report.numbers import title_text, value_text
from brandtune.evaluation.results import Finding, Metric, Output, Report, Sample

ON_BRAND = "on_brand"
LONG_CHARS = 1200
PREVIEW_CHARS = 96


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of text with what covers it; `ends` are the numbers of the findings that end here."""

    text: str
    title: str = ""
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutputView:
    """What one arm wrote. `badge` is `pass`, `fail` or `none`."""

    arm: str
    title: str
    tuned: bool
    segments: list[Segment]
    findings: list[tuple[int, Finding]]
    badge: str
    badge_text: str
    scores: list[tuple[str, str]]
    long: bool


@dataclass(frozen=True, kw_only=True)
class SampleView:
    """One example, its earlier turns apart from the one that is answered."""

    number: int
    sample: Sample
    task: str
    message: str
    earlier: list[Message]
    preview: str
    outputs: list[OutputView]
    tally: str


def sample_views(report: Report) -> list[SampleView]:
    """All samples in their order."""
    return [_view(sample, number=number, report=report) for number, sample in enumerate(report.samples, start=1)]


def segments(text: str, findings: tuple[Finding, ...]) -> list[Segment]:
    """Cut a text at the edges of its findings; overlapping findings share a segment.

    >>> [s.text for s in segments("so kindly wait", (Finding(rule="Kindly", message="Say please.", start=3, end=9),))]
    ['so ', 'kindly', ' wait']
    """
    spans = [(number, one, *_clamped(one, text)) for number, one in enumerate(findings, start=1)]
    spans = [span for span in spans if span[2] < span[3]]
    edges = sorted({0, len(text), *(edge for span in spans for edge in span[2:])})
    cut = []
    for start, end in pairwise(edges):
        over = [(number, one, last) for number, one, first, last in spans if first < end and last > start]
        title = "; ".join(f"{one.rule}: {one.message}" for _, one, _ in over)
        ends = tuple(number for number, _, last in over if last == end)
        cut.append(Segment(text=text[start:end], title=title, ends=ends))
    return cut


def _clamped(finding: Finding, text: str) -> tuple[int, int]:
    return max(0, finding.start), min(len(text), finding.end)


def _view(sample: Sample, *, number: int, report: Report) -> SampleView:
    at = _answered(sample.prompt)
    message = sample.prompt[at].content if sample.prompt else ""
    outputs = [_output(output, report=report) for output in sample.outputs]
    scored = [output for output in outputs if output.badge != "none"]
    passed = sum(output.badge == "pass" for output in scored)
    return SampleView(
        number=number,
        sample=sample,
        task=title_text(sample.task),
        message=message,
        earlier=[turn for index, turn in enumerate(sample.prompt) if index != at],
        preview=_preview(message),
        outputs=outputs,
        tally=f"{passed} of {len(scored)} on brand" if scored else "",
    )


def _answered(prompt: tuple[Message, ...]) -> int:
    users = [index for index, turn in enumerate(prompt) if turn.role == "user"]
    return users[-1] if users else len(prompt) - 1


def _preview(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= PREVIEW_CHARS:
        return line
    whole_words = line[:PREVIEW_CHARS].rpartition(" ")[0]
    # Scripts without spaces, and strings like links, are cut where they are.
    kept = whole_words if len(whole_words) > PREVIEW_CHARS // 2 else line[:PREVIEW_CHARS]
    return kept + "\N{HORIZONTAL ELLIPSIS}"


def _output(output: Output, *, report: Report) -> OutputView:
    badge, badge_text = _badge(output.scores.get(ON_BRAND))
    return OutputView(
        arm=output.arm,
        title=arm_title(report, output.arm),
        tuned=any(arm.tuned for arm in report.arms if arm.name == output.arm),
        segments=segments(output.text, output.findings),
        findings=list(enumerate(output.findings, start=1)),
        badge=badge,
        badge_text=badge_text,
        scores=_scores(output, metrics=tuple(metric for metric in report.metrics if not metric.detail)),
        long=len(output.text) > LONG_CHARS,
    )


def _badge(score: float | None) -> tuple[str, str]:
    if score is None:
        return "none", "Not judged"
    return ("pass", "On brand") if score >= 0.5 else ("fail", "Off brand")


def _score_text(score: float, *, metric: Metric) -> str:
    if metric.unit == "share" and score in (0.0, 1.0):
        return "yes" if score else "no"
    return value_text(score, unit=metric.unit)


def _scores(output: Output, *, metrics: tuple[Metric, ...]) -> list[tuple[str, str]]:
    rest = [metric for metric in metrics if metric.name != ON_BRAND]
    return [
        (metric.title, _score_text(score, metric=metric))
        for metric in rest
        if (score := output.scores.get(metric.name)) is not None
    ]
