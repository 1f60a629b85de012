"""What the curation page shows, worked out before any HTML: funnel rows, cards, shares of customers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from brandtune.core.examples import Dropped, Example
from brandtune.core.ids import content_id
from brandtune.curation.overrides import FINAL_STEPS
from brandtune.curation.results import CurationReport, FunnelRow

CARDS_PER_REASON, PLACES_PER_REASON, KEPT_PER_TASK, DOUBTFUL_SHARE = 24, 3, 30, 0.5
TEXT_CHARS, INSTEAD_CHARS = 700, 200
FIRST = "tasks"
TITLES = {
    "tasks": "Wanted by a task", "consent": "Consent", "retention": "Retention", "repair": "Text repaired",
    "clean": "Cleaned", "macros": "Canned text", "boilerplate": "Notices", "outcome": "Ended well",
    "personal_data": "Personal data replaced", "format": "Made into examples", "length": "Length",
    "language": "Language", "personal_data_check": "No personal data left", "rules": "Brand rules",
    "facts": "Agrees with the facts", "contradictions": "No contradictions", "quality": "Quality",
    "exact_duplicates": "No duplicates", "near_duplicates": "No near-duplicates", "per_customer": "Cap per customer",
    "balance": "Balance", "max_examples": "Limit of the task", "overrides": "Your choices",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One step of the funnel; widths are percentages of the widest bar, None where the scale is another one."""

    step: str
    title: str
    row: FunnelRow
    gone: int
    entered_width: float | None
    left_width: float | None


@dataclass(frozen=True, kw_only=True)
class Card:
    """One row that a person can look at and decide about. `text` is empty where it may not be shown."""

    id: str
    step: str
    reason: str
    task: str
    detail: str
    where: str
    question: str
    text: str
    instead: str
    open: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """Cards of one reason. `count` is how many rows there are, shown or not."""

    key: str
    title: str
    reason: str
    count: int
    cards: list[Card]


def step_title(step: str) -> str:
    """A step's name for people; another package's step is called as it calls itself."""
    return TITLES.get(step, step.replace("_", " ").capitalize())


def bars(funnel: Sequence[FunnelRow]) -> list[Bar]:
    """The steps that did something, on one scale; what no task reads is told in numbers only, or it would dwarf the rest."""
    shown = [row for row in funnel if row.step == FIRST or row.entered != row.left or row.changed]
    widest = max((row.entered for row in shown if row.step != FIRST), default=1) or 1

    def width(row: FunnelRow, count: int) -> float | None:
        return None if row.step == FIRST else 100 * count / widest

    return [
        Bar(
            step=row.step, title=step_title(row.step), row=row, gone=row.entered - row.left,
            entered_width=width(row, row.entered), left_width=width(row, row.left),
        )
        for row in shown
    ]  # fmt: skip


def idle(funnel: Sequence[FunnelRow]) -> list[str]:
    """Titles of the steps that found nothing to do."""
    shown = {bar.step for bar in bars(funnel)}
    return [step_title(row.step) for row in funnel if row.step not in shown]


def dropped_groups(report: CurationReport, dropped: Iterable[Dropped], kept: Sequence[Example]) -> list[Group]:
    """Every reason with some of its rows: first those with a text to look at, the most frequent reason first."""
    counts = {(row.step, reason): count for row in report.funnel for reason, count in row.reasons.items()}
    rows: dict[tuple[str, str], list[Dropped]] = defaultdict(list)
    for row in dropped:
        if (row.step, row.reason) in counts:
            rows[row.step, row.reason].append(row)
    answers = {example.example_id: example.reference for example in kept}
    order = sorted(counts, key=lambda key: (-counts[key], key))
    groups = [
        Group(
            key=f"{step}: {reason}", title=step_title(step), reason=reason, count=counts[step, reason],
            cards=[_dropped_card(row, answers) for row in _some(rows[step, reason])],
        )
        for step, reason in order
        if rows[step, reason]
    ]  # fmt: skip
    return sorted(groups, key=lambda group: not any(card.text for card in group.cards))


def _some(rows: list[Dropped]) -> list[Dropped]:
    """A stable choice; where no text may be shown, a few places are enough."""
    with_text = [row for row in rows if row.excerpt]
    chosen = sorted(with_text or rows, key=lambda row: content_id(row.id))
    return chosen[: CARDS_PER_REASON if with_text else PLACES_PER_REASON]


def _dropped_card(row: Dropped, answers: Mapping[str, str]) -> Card:
    return Card(
        id=row.id, step=row.step, reason=row.reason, task="", detail=row.detail, where=str(row.origin or ""),
        question="", text=row.excerpt, instead=cut(answers.get(row.kept_instead, ""), INSTEAD_CHARS),
        open=row.step not in FINAL_STEPS and row.step != "format",
    )  # fmt: skip


def kept_groups(kept: Sequence[Example], *, show_text: bool) -> list[Group]:
    """For each task the most doubtful examples first, then others by a stable choice."""
    by_task: dict[str, list[Example]] = defaultdict(list)
    for example in kept:
        by_task[example.task].append(example)
    groups = []
    for task, rows in by_task.items():
        doubtful = sorted(rows, key=lambda row: (row.quality, row.example_id))[: int(KEPT_PER_TASK * DOUBTFUL_SHARE)]
        seen = {row.example_id for row in doubtful}
        others = sorted((row for row in rows if row.example_id not in seen), key=lambda row: content_id(row.example_id))
        cards = [_kept_card(row, show_text=show_text) for row in [*doubtful, *others][:KEPT_PER_TASK]]
        title = task.replace("_", " ").capitalize()
        groups.append(Group(key=f"kept: {task}", title=title, reason="kept", count=len(rows), cards=cards))
    return sorted(groups, key=lambda group: (-group.count, group.key))


def _kept_card(example: Example, *, show_text: bool) -> Card:
    asked = next((message.content for message in reversed(example.prompt) if message.role == "user"), "")
    return Card(
        id=example.example_id, step="", reason="kept", task=example.task, detail=f"quality {example.quality:.2f}",
        where=str(example.origin or ""), question=cut(asked, INSTEAD_CHARS) if show_text else "",
        text=cut(example.reference, TEXT_CHARS) if show_text else "", instead="", open=True,
    )  # fmt: skip


def cut(text: str, chars: int) -> str:
    """At most `chars` characters, with an ellipsis where something is missing."""
    return text if len(text) <= chars else text[: chars - 1].rstrip() + "…"
