"""Personal data out, typed marks in: known people from the customer data, everyone else by shape and by cue.

What the customer data does not know is found by shape and check digit, by cue, and by the bundled name model.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from brandtune.core.brand import Brand
from brandtune.core.placeholders import PATTERN as MARK
from brandtune.core.placeholders import PlaceholderType
from brandtune.core.records import Conversation, Record, Subject
from brandtune.curation.cues import Cued, cued_names
from brandtune.curation.guard import Guard, automaton, matches
from brandtune.curation.people import EVERYDAY, Person, authors, named, person, without_accents
from brandtune.curation.personal.originals import Original
from brandtune.curation.personal.spans import Replacements, literals, lower, occurrences, replace, touches
from brandtune.curation.personal.strangers import Strangers, ordinary_words
from brandtune.curation.personal.surrogates import NAME_TYPES, Surrogates
from brandtune.curation.texts import ABOUT_NOBODY, Speaker, own_text, own_texts, rewrite_texts, without_authors
from brandtune.scoring.personal.detector import Detector
from brandtune.scoring.personal.entities import Found
from brandtune.scoring.personal_patterns import Span, find_leftovers, find_personal_patterns, without_overlaps

NOBODY = Person()


class Pseudonyms:
    """Finds and replaces personal data in records.

    Args:
        subjects: Everyone the company knows.
        records: All records, for agents' names and product titles.
        brand: Its names and public contacts are never taken for personal data.
        regions: Countries whose national phone numbers are recognised.
        order_id: Pattern of the company's order numbers.
        detector: Finds people and numbers that the customer data does not know; None looks for shapes and cues only.
        surrogates: Makes natural values in place of marks; None writes marks.
        keep_marks: Types that are marks even so.
    """

    def __init__(
        self,
        subjects: Mapping[str, Subject],
        records: Sequence[Record],
        brand: Brand,
        *,
        regions: tuple[str, ...],
        order_id: str,
        detector: Detector | None = None,
        surrogates: Surrogates | None = None,
        keep_marks: frozenset[str] = frozenset(),
    ) -> None:
        self._people = {subject_id: person(subject) for subject_id, subject in subjects.items()}
        self._agents = authors(records, role="agent")
        self._guard = Guard(brand, records)
        self._regions, self._order_id = regions, order_id
        ordinary = ordinary_words(own_text(record) for record in records) if detector else frozenset[str]()
        self._strangers = Strangers(detector, self._guard, ordinary=ordinary) if detector else None
        self._surrogates, self._keep_marks = surrogates, keep_marks
        self.originals: list[Original] = []
        everyone = [*self._people.values(), *self._agents.values()]
        self._full_names = automaton(name for someone in everyone for name in someone.full)
        self._known = frozenset(name for someone in everyone for name in someone.singles)

    def record(self, record: Record, *, counts: Counter[str] | None = None) -> Record:
        """The record with every mention replaced; one person or value has one mark throughout.

        Args:
            counts: Receives how many mentions of each type were replaced; then `originals` grows too.
        """
        instead = self._replacements(record.subject)
        customers, agents = self._participants(record)
        nobody = isinstance(record.payload, ABOUT_NOBODY)
        named = self._strangers.named_in(own_texts(record)) if self._strangers and not nobody else {}

        def rewrite(text: str, speaker: Speaker) -> str:
            spans = self._contacts(text) if nobody else self._spans(text, speaker, customers, agents, named)
            return replace(text, spans, instead, Counter() if counts is None else counts)

        rewritten = without_authors(rewrite_texts(record, rewrite))
        if counts is not None:
            self.originals += instead.originals
        return rewritten

    def look_ahead(self, records: Sequence[Record]) -> None:
        """Let the detector see the texts of records together; `record` of them is faster then."""
        if self._strangers:
            self._strangers.look_ahead([text for record in records for text in own_texts(record)])

    def not_searched(self) -> dict[str, int]:
        """Texts in which strangers' names were not looked for so far, by why; everything else was."""
        found = self._strangers
        counts = {"too long": found.num_too_long, "in another script": found.num_other_script} if found else {}
        return {why: count for why, count in counts.items() if count}

    def beginning(self, record: Record, *, chars: int) -> Record:
        """The pseudonymised record with each text cut at about `chars`, for excerpts."""
        return self.record(rewrite_texts(record, lambda text, _: text[: 2 * chars]))

    def text(self, text: str, *, subject: str | None) -> str:
        """One text by itself, as if the company had written it."""
        customers = [self._people[subject]] if subject in self._people else []
        return replace(text, self._spans(text, "agent", customers, [], {}), self._replacements(subject), Counter())

    def _replacements(self, subject: str | None) -> Replacements:
        return Replacements(self._surrogates, keep_marks=self._keep_marks, subject=subject)

    def remaining(self, texts: Sequence[str]) -> list[list[Found]]:
        """What the detector still sees in finished texts, the brand's own left out; nothing without a detector."""
        return self._strangers.remaining(texts) if self._strangers else [[] for _ in texts]

    def others_named(self, text: str, *, subject: str | None) -> int:
        """How many full names of known people but `subject` stand in a text."""
        own = self._people[subject].full if subject in self._people else ()
        return sum(name not in own for _, _, name in matches(self._full_names, lower(text)))

    def is_vocabulary(self, word: str) -> bool:
        """True for words of the brand, its products and documents, the calendar, and everyday openings."""
        return not self._guard.is_name(word)

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

    def _spans(
        self, text: str, speaker: Speaker, customers: list[Person], agents: list[Person], named: Mapping[str, str]
    ) -> list[Span]:
        lowered = lower(text)
        marks = [match.span() for match in MARK.finditer(text)]
        closed = [*self._guard.protected(lowered), *marks]
        names = [
            *self._participant_names(text, lowered, customers, "CUSTOMER_NAME"),
            *self._participant_names(text, lowered, agents, "AGENT_NAME"),
            *self._other_names(text, lowered, customers, agents),
            *self._cued(text, speaker, customers, agents),
        ]
        names = [span for span in names if not touches(span, closed)]
        patterns = [
            span
            for span in find_personal_patterns(text, regions=self._regions, order_id=self._order_id)
            if span.value not in self._guard.contacts and not touches(span, closed)
        ]
        known = without_overlaps([*patterns, *literals(lowered, customers), *names])
        known = without_overlaps([*known, *self._unknown(text, known, customers, agents)])
        again = [
            Span(start, end, *self._whose(key, "PERSON_NAME", customers, agents))
            for name, key in named.items()
            for start, end in occurrences(lowered, name)
            if text[start].isupper() and not touches(Span(start, end, "PERSON_NAME", key), closed)
        ]
        return without_overlaps([*known, *again])

    def _unknown(self, text: str, known: list[Span], customers: list[Person], agents: list[Person]) -> list[Span]:
        """What only the detector sees. Where it sees more of a name than is known ("Ana Maria"), the name grows."""
        found: list[Span] = []
        for span in self._strangers.spans(text) if self._strangers else ():
            inside = [other for other in known if span.start < other.end and other.start < span.end]
            if not inside:
                type_, key = span.type, span.value
                if type_ == "PERSON_NAME":
                    type_, key = self._whose(key, type_, customers, agents)
                found.append(Span(span.start, span.end, type_, key))
            elif len(inside) == 1 and inside[0].type in NAME_TYPES and span.type == "PERSON_NAME":
                other = inside[0]
                start, end = min(span.start, other.start), max(span.end, other.end)
                found.append(Span(start, end, other.type, other.value))
        return found

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


def _plain(word: str) -> str:
    return word.lower().removesuffix("'s").removesuffix("’s").strip(".'’-")
