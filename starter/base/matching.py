"""Whether a text holds a value or has a form: the checks that probes are scored with."""

import re
from collections.abc import Iterable


def has_letters(text: str) -> bool:
    """Whether there is anything to tell large from small by."""
    return any(letter.isalpha() for letter in text)


def each_line(text: str, mark: str) -> bool:
    """Whether every line begins with the mark, and there is one."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(line.startswith(mark) for line in lines)


def num_sentences(text: str) -> int:
    """How many runs of text end in a full stop, a question or an exclamation mark."""
    marks = text.replace("...", ".").replace("!", ".").replace("?", ".")
    return len([part for part in marks.split(".") if part.strip()])


def names_only(reply: str, *, right: str, answers: Iterable[str]) -> bool:
    """Whether a reply names the right answer and no other one."""
    others = [answer for answer in answers if answer != right and not stands_in(answer, right)]
    return stands_in(right, reply) and not any(stands_in(other, reply) for other in others)


def stands_in(value: str, text: str) -> bool:
    """Whether the whole value stands there: `5 kg` is not in `15 kg` or `5 kgs`, nor `€2` in `€2.50`."""
    return whole(value).search(text.casefold()) is not None


def whole(value: str) -> re.Pattern[str]:
    """Finds the whole value in text that is in small letters."""
    return re.compile(rf"(?<![\w.,]){re.escape(value.casefold())}(?![\w]|[.,:]\d)")
