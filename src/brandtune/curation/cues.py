"""Words that announce a name ("Hi …,", "my name is …", "Thanks, …") and who is meant by it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from brandtune.core.placeholders import PlaceholderType
from brandtune.curation.texts import Speaker

_NAME = r"[A-ZÀ-Þ][a-zà-ÿ][\w'’-]{0,24}"
_FULL = rf"(?P<name>{_NAME}(?: {_NAME}){{0,2}})"
_ANY = r"(?P<name>[^\W\d_][\w'’-]{1,24}(?: [^\W\d_][\w'’-]{1,24})?)"
_THANKS = (
    "thanks|thank you|many thanks|thanks a lot|thanks in advance|thank you so much|ta|cheers|best|all the best|best"
    " wishes"
    "|best regards|kind regards|warm regards|warmly|regards|with kind regards|yours|yours sincerely|yours faithfully"
    "|yours truly"
    "|sincerely|take care|love|gracias|muchas gracias|un saludo|saludos|atentamente|merci|merci d'avance|merci beaucoup"
    "|bien à vous|cordialement|danke|vielen dank|viele grüße|liebe grüße|mit freundlichen grüßen|mfg|grazie|obrigado"
    "|happy trails"
)
_RELATION = (
    "sister|brother|friend|partner|neighbour|neighbor|colleague|mum|mom|mother|dad|father|cousin|roommate|flatmate|husband"
    "|wife|son|daughter|girlfriend|boyfriend|fiancée?|aunt|uncle|nephew|niece|grandma|grandpa|grandmother|grandfather"
    "|boss|manager|assistant|coworker|co-worker|mate|buddy|kid|child|boy|girl|twin|guide|coach"
)
_OPENING = (
    r"(?:[a-z]{2,4} )?(?:hi{1,6}|hello|hey{1,6}(?: hey)?|dear|hola|bonjour|salut|good (?:morning|afternoon|evening)"
    r"|morning"
    r"|hallo|ciao|lieber?|guten tag|buenas)(?: there)?"
)
_END = r"[^\w\n]{0,12}(?=\n|$)"
_VERBS = frozenset(
    ("will", "may", "can", "mark", "hope", "love", "see", "bill", "sue", "grant", "drew", "chase", "says")
)
GREETING = re.compile(
    rf"(?:^|\n)[ \t]*(?:{_OPENING})[ ,]{{1,2}}(?-i:{_FULL}) ?(?:[,!.:\n–-]|$)", re.IGNORECASE
)  # fmt: skip
GREETING_LOWER = re.compile(rf"(?:^|\n)[ \t]*(?:{_OPENING}) {_ANY} ?[,!:\n]", re.IGNORECASE)
SIGNED = re.compile(
    rf"(?:^|[\n.!?]|, )[ \t]*(?:{_THANKS})[,.!;]?[ \t]*(?P<gap>\n{{0,2}})[ \t]*[-–~]?[ \t]*(?-i:{_FULL}){_END}", re.I
)
SIGNED_LOWER = re.compile(rf"(?:^|[\n.!?]|, )[ \t]*(?:{_THANKS})[,.!;]?[ \t\n]{{1,3}}{_ANY}{_END}", re.I)
INTRODUCED = re.compile(
    rf"\b(?:my name is|my name's|name's|i am called|je m'appelle|me llamo|ich heiße) (?-i:{_FULL})", re.I
)
WEAKLY = re.compile(rf"\b(?:this is|i'm|i am|it's|it is|soy|ich bin) (?-i:{_FULL})", re.I)
HERE = re.compile(rf"(?:^|[\n.!?,])[ \t]*{_FULL} here\b")
LAST_LINE = re.compile(rf"\n[ \t]*{_ANY}[^\w\n]{{0,12}}\s{{0,20}}$")
RELATED = re.compile(
    rf"\b(?:my|our|his|her|their|a|the) (?:(?:dear|late|little|old|best|good|older|younger|elder|big|eldest"
    rf"|youngest) )?(?:{_RELATION})"
    rf"(?:'s name is|’s name is| is called| called| named|,)? (?-i:{_FULL})", re.IGNORECASE
)  # fmt: skip
RELATED_PLAIN = re.compile(
    rf"\b(?:my|our|his|her|their) (?:dear )?(?:{_RELATION}),? (?P<name>[^\W\d_]{{3,24}})\b", re.IGNORECASE
)
RELATED_LOWER = re.compile(
    r"\b(?:my|our|his|her|their) (?:dear )?(?:\w{3,12}) (?P<name>[^\W\d_]{3,24}) (?:said|told|has|had|can"
    r"|swears|says|and)\b"
    r"|\bfor my (?:dear )?\w{3,12} (?P<other>[^\W\d_]{3,24})\b", re.IGNORECASE
)  # fmt: skip
SPOKE = re.compile(rf"\b(?:spoke|talked|chatted|dealt|speaking|talking|emailed|wrote) (?:to|with) (?-i:{_FULL})", re.I)
COLLEAGUE = re.compile(rf"\b(?:colleague|agent|advisor|rep|representative|teammate|manager),? (?-i:{_FULL})", re.I)
TITLED = re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Señora?|Madame|Monsieur)\.? {_FULL}")


@dataclass(frozen=True)
class Cued:
    """A word or two that a cue announced. `sure` needs no list of names; `small` takes everyday words uncapitalised."""

    start: int
    end: int
    text: str
    type: PlaceholderType
    sure: bool
    small: bool = False


def cued_names(text: str, speaker: Speaker) -> Iterator[Cued]:
    """Every name that the wording announces, with who is meant: speaker, listener, or a third person."""
    self_type: PlaceholderType = _ROLES[speaker][0]
    other_type: PlaceholderType = _ROLES[speaker][1]
    yield from _found(GREETING, text, other_type, sure=True)
    yield from _found(GREETING_LOWER, text, other_type, sure=False)
    for match in SIGNED.finditer(text):
        yield _cued(match, self_type, sure=bool(match["gap"]))
    yield from _found(SIGNED_LOWER, text, self_type, sure=False)
    yield from _found(INTRODUCED, text, self_type, sure=True)
    yield from _found(WEAKLY, text, self_type, sure=False)
    yield from _found(HERE, text, self_type, sure=False)
    yield from _found(LAST_LINE, text, self_type, sure=False)
    yield from _found(RELATED, text, "PERSON_NAME", sure=True)
    for match in RELATED_PLAIN.finditer(text):
        if match["name"].lower() not in _VERBS:
            yield replace(_cued(match, "PERSON_NAME", sure=False), small=True)
    yield from _found(RELATED_LOWER, text, "PERSON_NAME", sure=False)
    if speaker == "customer":
        yield from _found(SPOKE, text, "AGENT_NAME", sure=True)
    if speaker == "agent":
        yield from _found(COLLEAGUE, text, "AGENT_NAME", sure=True)
    yield from _found(TITLED, text, other_type if speaker == "agent" else "PERSON_NAME", sure=True)


_ROLES: dict[Speaker, tuple[PlaceholderType, PlaceholderType]] = {
    "customer": ("CUSTOMER_NAME", "AGENT_NAME"),
    "agent": ("AGENT_NAME", "CUSTOMER_NAME"),
    None: ("PERSON_NAME", "PERSON_NAME"),
}


def _found(pattern: re.Pattern[str], text: str, type_: PlaceholderType, *, sure: bool) -> Iterator[Cued]:
    for match in pattern.finditer(text):
        yield _cued(match, type_, sure=sure)


def _cued(match: re.Match[str], type_: PlaceholderType, *, sure: bool) -> Cued:
    group = "name" if match["name"] else "other"
    return Cued(match.start(group), match.end(group), match[group], type_, sure)
