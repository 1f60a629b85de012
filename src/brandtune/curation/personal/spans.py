"""Places in a text: finding words whole, replacing spans."""

from collections import Counter

from brandtune.core.placeholders import PlaceholderType, mark
from brandtune.curation.guard import whole_word
from brandtune.curation.people import Person
from brandtune.curation.personal.originals import Original
from brandtune.curation.personal.surrogates import Surrogates
from brandtune.scoring.personal_patterns import Span

FILLED_WHEN_SERVING = frozenset(("CUSTOMER_NAME", "AGENT_NAME", "ORDER_ID"))


class Replacements:
    """What stands in place of each value within one record: a mark, or a surrogate.

    Args:
        surrogates: Makes natural values; None writes marks for everything.
        keep_marks: Types that stay marks all the same.
        subject: Whose record it is, for the originals.
    """

    def __init__(
        self,
        surrogates: Surrogates | None = None,
        *,
        keep_marks: frozenset[str] = frozenset(),
        subject: str | None = None,
    ) -> None:
        self._surrogates, self._keep_marks, self._subject = surrogates, keep_marks, subject
        self._seen: dict[PlaceholderType, dict[str, int]] = {}
        self.originals: list[Original] = []

    def of(self, span: Span, text: str) -> str:
        """What to write in place of `span` of `text`."""
        if self._surrogates is None or span.type in self._keep_marks:
            seen = self._seen.setdefault(span.type, {})
            return mark(span.type, seen.setdefault(span.value, len(seen) + 1))
        written = text[span.start : span.end]
        before = text[max(0, span.start - 12) : span.start]
        made = self._surrogates.of(span.type, written, value=span.value, before=before)
        self.originals.append(Original(subject=self._subject, type=span.type, surrogate=made, original=written))
        return made


def replace(text: str, spans: list[Span], replacements: Replacements, counts: Counter[str]) -> str:
    """The text with each span's mark or surrogate in its place."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], replacements.of(span, text)]
        counts[span.type] += 1
        at = span.end
    return "".join([*parts, text[at:]])


def lower(text: str) -> str:
    """Lower case that keeps every character's place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def occurrences(lowered: str, name: str) -> list[tuple[int, int]]:
    """Whole-word places of `name`."""
    found, at = [], lowered.find(name) if name else -1
    while at >= 0:
        if whole_word(lowered, at, at + len(name)):
            found.append((at, at + len(name)))
        at = lowered.find(name, at + len(name))
    return found


def touches(span: Span, places: list[tuple[int, int]]) -> bool:
    return any(span.start < end and start < span.end for start, end in places)


def literals(lowered: str, customers: list[Person]) -> list[Span]:
    """Streets and account ids of people who take part, as they stand in the customer data."""
    found: list[Span] = []
    for someone in customers:
        for street in someone.streets:
            found += [Span(a, b, "ADDRESS", street) for a, b in occurrences(lowered, street)]
        for account in someone.ids:
            found += [Span(a, b, "ID", account) for a, b in occurrences(lowered, account)]
    return found
