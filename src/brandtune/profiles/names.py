"""Whether two first names can be one person: spelling, initials and common short forms."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from brandtune.core.records import Scalar

SIMILAR = 0.8
_SHORT_FORMS = (
    "alexander alexandra alex sandra sasha xander",
    "andrew andy drew",
    "anthony tony",
    "benjamin ben benny",
    "catherine katherine kathryn cathy kathy kate katie kat",
    "charles charlie chuck",
    "christopher christine christina chris tina kristina",
    "daniel danielle dan danny",
    "david dave davey",
    "deborah debra deb debbie",
    "dorothy dot dottie",
    "edward ed eddie ted teddy",
    "elizabeth elisabeth liz lizzie beth betty eliza libby lisa",
    "frances francis fran frank frankie",
    "gregory greg",
    "henry harry hank",
    "jacob jake",
    "james jim jimmy jamie",
    "jennifer jen jenny",
    "jessica jess jessie",
    "john johnny jack jonathan jon",
    "joseph joe joey",
    "joshua josh",
    "kenneth ken kenny",
    "lawrence larry",
    "leonard leo len lenny",
    "margaret maggie meg peggy greta margot",
    "matthew matt",
    "michael mike mick mikey",
    "nicholas nicole nick nicky",
    "patricia patrick pat patty tricia paddy",
    "peter pete",
    "philip phillip phil",
    "rebecca becky becca",
    "richard rick ricky dick rich",
    "robert rob bob bobby robbie bert",
    "ronald ron ronnie",
    "samuel samantha sam sammy",
    "stephen steven stephanie steve steph",
    "susan suzanne sue susie",
    "theodore theo ted teddy",
    "thomas tom tommy",
    "timothy tim timmy",
    "victoria vicky tori",
    "vincent vince vinny",
    "william bill billy will willy liam",
    "zachary zach zack",
)
_GROUPS: dict[str, frozenset[int]] = {}
for _number, _line in enumerate(_SHORT_FORMS):
    for _name in _line.split():
        _GROUPS[_name] = _GROUPS.get(_name, frozenset()) | {_number}
_TITLES = frozenset(["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "sir", "madam"])


def first_name(traits: Mapping[str, Scalar]) -> str:
    """The first name in a person's traits, folded to plain lower-case letters; empty when there is none."""
    plain = {re.sub(r"[\W_]", "", key).lower(): value for key, value in traits.items()}
    given = plain.get("firstname") or plain.get("givenname")
    if isinstance(given, str) and given.strip():
        return folded(given.split()[0])
    full = plain.get("name") or plain.get("fullname") or plain.get("displayname")
    if not isinstance(full, str):
        return ""
    if "," in full:  # "Lopez, Ana"
        full = full.split(",", 1)[1]
    words = [word for word in map(folded, full.split()) if word and word not in _TITLES]
    return words[0] if words else ""


def folded(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if letter.isalpha())


def may_be_same(one: str, other: str) -> bool:
    """True unless the two first names clearly differ; an unknown name fits every name.

    >>> may_be_same("liz", "elizabeth"), may_be_same("j", "jane"), may_be_same("ana", "ben")
    (True, True, False)
    """
    if not one or not other or one.startswith(other) or other.startswith(one):
        return True
    if _GROUPS.get(one, frozenset()) & _GROUPS.get(other, frozenset()):
        return True
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= SIMILAR


def clusters(names: Iterable[str]) -> dict[str, str]:
    """Each name to the first (in alphabet) of the names that it can be the same as, directly or through others."""
    cluster: dict[str, str] = {}
    for name in sorted(set(names)):
        fits = {cluster[other] for other in cluster if may_be_same(name, other)}
        chosen = min(fits, default=name)
        cluster = {known: chosen if home in fits else home for known, home in cluster.items()}
        cluster[name] = chosen
    return cluster
