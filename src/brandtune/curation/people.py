"""The names a company knows: its customers from their traits, its agents from the turns they signed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from brandtune.core.records import Conversation, Record, Subject

_FIRST = frozenset(("firstname", "first", "givenname", "given", "forename", "fname", "vorname", "prenom"))
_LAST = frozenset(("lastname", "last", "surname", "familyname", "lname", "nachname"))
_FULL = frozenset(("name", "fullname", "displayname", "customername", "contactname", "realname"))
_STREET = frozenset(
    ("address", "street", "streetaddress", "addressline", "address1", "addressline1", "shippingaddress")
)
_NAME = re.compile(r"[^\W\d_][\w'’.-]{0,30}(?: [^\W\d_][\w'’.-]{0,30}){0,3}")

# Names that are everyday words too: alone they count only after a cue such as a greeting.
_EVERYDAY_TEXT = """
will may mark rose grace hope joy faith dawn bill sue art gene jack frank pat drew max ray rob dean june april
august summer autumn holly ivy hazel heather ruby amber robin jean guy chase page young brown white green black long
king west hill stone wood bell ford cook baker carter mason hunter fisher parker walker gardner field rice price
park lane wren iris violet daisy lily fern olive sage clay cliff dale glen reed brook forest river jade pearl
crystal star sky miles rich victor earnest ernest earl major christian angel charity constance prudence patience
mercy sunny misty penny bond best love day knight bishop pope abbott archer smith potter taylor shepherd marsh moss
burns frost snow waters wells rivers bridges banks street ball case cross drake fox wolf wolfe lamb swan bird little
small short sharp strong swift wise good hall house church temple chambers rooms hand head power powers grant ward
warren lance wade chuck skip buck van see sun an so do in on he she no yes dan don ann winter winters spring mars
jordan china india sierra asia paris london austin dallas florence sydney victoria georgia virginia carolina dakota
savannah madison lincoln jackson houston hale held hart masters sloane vega lima ali mina pia era lin lea lee mae
mai tess tim tom solomon
"""
EVERYDAY = frozenset(_EVERYDAY_TEXT.split())


@dataclass(frozen=True)
class Person:
    """One person's names, lower-cased: `full` are spellings of two words or more."""

    first: str = ""
    last: str = ""
    full: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def singles(self) -> tuple[str, ...]:
        return tuple(name for name in (self.first, self.last) if len(name) > 1)


def person(subject: Subject) -> Person:
    """The names, streets and account ids in a subject's traits and identifiers."""
    traits = {_plain_key(key): str(value).strip() for key, value in subject.traits.items() if isinstance(value, str)}
    first, last = _pick(traits, _FIRST), _pick(traits, _LAST)
    whole = _pick(traits, _FULL)
    if whole and not (first and last):
        words = whole.split()
        first, last = first or words[0], last or (words[-1] if len(words) > 1 else "")
    ids = (identifier.value for identifier in subject.identifiers if identifier.type not in ("email", "phone"))
    return Person(
        first=first.lower(),
        last=last.lower(),
        full=_full_names(first, last, whole),
        streets=tuple(value.lower() for key, value in traits.items() if key in _STREET and len(value) >= 8),
        ids=tuple(sorted({value.lower() for value in ids if len(value) >= 5 and any(c.isdigit() for c in value)})),
    )


def named(name: str) -> Person | None:
    """A person by the name on a turn, None when it does not look like one (an id, an address, a desk's mailbox)."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name) or not name[0].isupper():
        return None
    words = name.split()
    last = words[-1] if len(words) > 1 else ""
    return Person(first=words[0].lower(), last=last.lower(), full=_full_names(words[0], last, name))


def authors(records: Iterable[Record], *, role: str) -> dict[str, Person]:
    """Everyone who signed turns in that role, by the name as it is written there."""
    found: dict[str, Person] = {}
    for record in records:
        if isinstance(record.payload, Conversation):
            for turn in record.payload.turns:
                if turn.role == role and turn.author and turn.author not in found:
                    someone = named(turn.author)
                    if someone:
                        found[turn.author] = someone
    return found


def without_accents(text: str) -> str:
    """The text with plain letters, as people type names in a hurry.

    >>> without_accents("josé")
    'jose'
    """
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _full_names(first: str, last: str, whole: str) -> tuple[str, ...]:
    spellings = {whole} if " " in whole else set()
    if first and last:
        spellings |= {f"{first} {last}", f"{last}, {first}", f"{last} {first}", f"{first[0]}. {last}"}
    lowered = {" ".join(spelling.lower().split()) for spelling in spellings}
    return tuple(sorted(lowered | {without_accents(name) for name in lowered}))


def _plain_key(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _pick(traits: dict[str, str], keys: frozenset[str]) -> str:
    return next((traits[key] for key in traits if key in keys and traits[key]), "")
