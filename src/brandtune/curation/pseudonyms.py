"""Personal data out, typed marks in: known people from the customer data, everyone else by shape and by cue.

No language model is involved: a stranger's name without any cue stays. The report says so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from brandtune.core.brand import Brand
from brandtune.core.placeholders import PATTERN as MARK
from brandtune.core.placeholders import PlaceholderType, mark
from brandtune.core.records import Conversation, Record, Subject
from brandtune.curation.cues import Cued, cued_names
from brandtune.curation.guard import Guard, automaton, matches, whole_word
from brandtune.curation.people import EVERYDAY, Person, authors, named, person, without_accents
from brandtune.curation.texts import ABOUT_NOBODY, Speaker, rewrite_texts
from brandtune.scoring.personal_patterns import Span, find_leftovers, find_personal_patterns, without_overlaps

NOBODY = Person()


class Numbers:
    """Which mark each distinct value has within one record, in order of first appearance."""

    def __init__(self) -> None:
        self._seen: dict[PlaceholderType, dict[str, int]] = {}

    def mark(self, type_: PlaceholderType, value: str) -> str:
        seen = self._seen.setdefault(type_, {})
        return mark(type_, seen.setdefault(value, len(seen) + 1))


class Pseudonyms:
    """Finds and replaces personal data in records.

    Args:
        subjects: Everyone the company knows.
        records: All records, for agents' names and product titles.
        brand: Its names and public contacts are never taken for personal data.
        regions: Countries whose national phone numbers are recognised.
        order_id: Pattern of the company's order numbers.
    """

    def __init__(
        self,
        subjects: Mapping[str, Subject],
        records: Sequence[Record],
        brand: Brand,
        *,
        regions: tuple[str, ...],
        order_id: str,
    ) -> None:
        self._people = {subject_id: person(subject) for subject_id, subject in subjects.items()}
        self._agents = authors(records, role="agent")
        self._guard = Guard(brand, records)
        self._regions, self._order_id = regions, order_id
        everyone = [*self._people.values(), *self._agents.values()]
        self._full_names = automaton(name for someone in everyone for name in someone.full)
        self._known = frozenset(name for someone in everyone for name in someone.singles)

    def record(self, record: Record, *, counts: Counter[str] | None = None) -> Record:
        """The record with every mention replaced; one person or value has one mark throughout.

        Args:
            counts: Receives how many mentions of each type were replaced.
        """
        numbers, counts = Numbers(), Counter[str]() if counts is None else counts
        customers, agents = self._participants(record)
        nobody = isinstance(record.payload, ABOUT_NOBODY)

        def rewrite(text: str, speaker: Speaker) -> str:
            spans = self._contacts(text) if nobody else self._spans(text, speaker, customers, agents)
            return replace(text, spans, numbers, counts)

        return _without_authors(rewrite_texts(record, rewrite))

    def beginning(self, record: Record, *, chars: int) -> Record:
        """The pseudonymised record with each text cut at about `chars`, for excerpts."""
        return self.record(rewrite_texts(record, lambda text, _: text[: 2 * chars]))

    def text(self, text: str, *, subject: str | None) -> str:
        """One text by itself, as if the company had written it."""
        customers = [self._people[subject]] if subject in self._people else []
        return replace(text, self._spans(text, "agent", customers, []), Numbers(), Counter())

    def is_public(self, span: Span) -> bool:
        """True for contacts that the brand publishes itself."""
        return span.value in self._guard.contacts

    def _participants(self, record: Record) -> tuple[list[Person], list[Person]]:
        customers = [self._people[record.subject]] if record.subject in self._people else []
        agents: list[Person] = []
        if isinstance(record.payload, Conversation):
            for turn in record.payload.turns:
                someone = named(turn.author) if turn.author else None
                if someone and turn.role == "customer":
                    customers.append(someone)
                elif someone and turn.role == "agent":
                    agents.append(someone)
        return list(dict.fromkeys(customers)), list(dict.fromkeys(agents))

    def _contacts(self, text: str) -> list[Span]:
        return [span for span in find_leftovers(text, regions=self._regions) if span.value not in self._guard.contacts]

    def _spans(self, text: str, speaker: Speaker, customers: list[Person], agents: list[Person]) -> list[Span]:
        lowered = lower(text)
        marks = [match.span() for match in MARK.finditer(text)]
        closed = [*self._guard.protected(lowered), *marks]
        names = [
            *self._participant_names(text, lowered, customers, "CUSTOMER_NAME"),
            *self._participant_names(text, lowered, agents, "AGENT_NAME"),
            *self._other_names(text, lowered, customers, agents),
            *self._cued(text, speaker, customers, agents),
        ]
        names = [span for span in names if not _touches(span, closed)]
        patterns = [
            span
            for span in find_personal_patterns(text, regions=self._regions, order_id=self._order_id)
            if span.value not in self._guard.contacts and not _touches(span, closed)
        ]
        return without_overlaps([*patterns, *_literals(lowered, customers), *names])

    def _participant_names(self, text: str, lowered: str, people: list[Person], type_: PlaceholderType) -> list[Span]:
        found: list[Span] = []
        for number, someone in enumerate(people):
            key = f"participant {number}" if type_ == "AGENT_NAME" else "participant"
            for name in someone.full:
                found += [Span(a, b, type_, key) for a, b in occurrences(lowered, name)]
            for name in {*someone.singles, *map(without_accents, someone.singles)}:
                found += [
                    Span(a, b, type_, key) for a, b in occurrences(lowered, name) if self._stands_alone(text, a, name)
                ]
        return found

    def _stands_alone(self, text: str, start: int, name: str) -> bool:
        """A participant's single name: capitalised, and not an everyday word."""
        return text[start].isupper() and name not in EVERYDAY

    def _other_names(self, text: str, lowered: str, customers: list[Person], agents: list[Person]) -> list[Span]:
        own = {name for someone in (*customers, *agents) for name in someone.full}
        staff = {name for someone in self._agents.values() for name in someone.full}
        found = []
        for start, end, name in matches(self._full_names, lowered):
            if name not in own and all(word[0].isupper() for word in text[start:end].split() if word[0].isalpha()):
                type_: PlaceholderType = "AGENT_NAME" if name in staff else "PERSON_NAME"
                found.append(Span(start, end, type_, name.split()[0]))
        return found

    def _cued(self, text: str, speaker: Speaker, customers: list[Person], agents: list[Person]) -> list[Span]:
        spans = []
        for cued in cued_names(text, speaker):
            span = self._accepted(cued, customers, agents)
            if span:
                spans.append(span)
        return spans

    def _accepted(self, cued: Cued, customers: list[Person], agents: list[Person]) -> Span | None:
        """The cue's words up to the first that cannot be a name."""
        words: list[str] = []
        for word in cued.text.split(" "):
            if not self._can_be_name(word, cued, customers, agents):
                break
            words.append(word)
        if not words:
            return None
        end = cued.start + len(" ".join(words).removesuffix("'s").removesuffix("’s"))
        type_, key = self._whose(_plain(words[0]), cued.type, customers, agents)
        return Span(cued.start, end, type_, key)

    def _can_be_name(self, word: str, cued: Cued, customers: list[Person], agents: list[Person]) -> bool:
        """A participant's always; a known one unless it is an everyday word written small; others on a sure cue."""
        plain = _plain(word)
        if any(plain in someone.singles for someone in (*customers, *agents)):
            return True
        if plain in self._known:
            introduced = (cued.sure or cued.small) and cued.type == "PERSON_NAME"
            written_so = plain not in EVERYDAY or word[0].isupper() or cued.small
            return written_so and self._guard.is_name(word, introduced=introduced)
        return cued.sure and self._guard.is_name(word, introduced=cued.type == "PERSON_NAME")

    def _whose(
        self, name: str, type_: PlaceholderType, customers: list[Person], agents: list[Person]
    ) -> tuple[PlaceholderType, str]:
        """A participant when the name is theirs, or when the cue speaks of them; else the person by that name."""
        if any(name in someone.singles for someone in customers) and type_ != "AGENT_NAME":
            return "CUSTOMER_NAME", "participant"
        for number, someone in enumerate(agents):
            if name in someone.singles:
                return "AGENT_NAME", f"participant {number}"
        return type_, "participant" if type_ == "CUSTOMER_NAME" else name


def replace(text: str, spans: list[Span], numbers: Numbers, counts: Counter[str]) -> str:
    """The text with each span's mark in its place."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], numbers.mark(span.type, span.value)]
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


def _literals(lowered: str, customers: list[Person]) -> list[Span]:
    found: list[Span] = []
    for someone in customers:
        for street in someone.streets:
            found += [Span(a, b, "ADDRESS", street) for a, b in occurrences(lowered, street)]
        for account in someone.ids:
            found += [Span(a, b, "ID", account) for a, b in occurrences(lowered, account)]
    return found


def _touches(span: Span, places: list[tuple[int, int]]) -> bool:
    return any(span.start < end and start < span.end for start, end in places)


def _plain(word: str) -> str:
    return word.lower().removesuffix("'s").removesuffix("’s").strip(".'’-")


def _without_authors(record: Record) -> Record:
    payload = record.payload
    if not isinstance(payload, Conversation) or not any(turn.author for turn in payload.turns):
        return record
    turns = tuple(msgspec.structs.replace(turn, author="") for turn in payload.turns)
    return msgspec.structs.replace(record, payload=msgspec.structs.replace(payload, turns=turns))
