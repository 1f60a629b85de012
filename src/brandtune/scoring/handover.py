"""Whether a reply hands the customer over to somebody else instead of answering."""

import re
from collections.abc import Sequence

_SOMEBODY = (
    r"(?:colleague|manager|supervisor|specialist|expert|engineer|agent|team|department|desk|workshop"
    r"|somebody|someone)s?"
)
_WHO = rf"(?:my|our|the|a|one of our) (?:[\w-]+ )?{_SOMEBODY}"
_HANDS_OVER = re.compile(
    rf"\b(?:escalat\w+|transfer(?:r(?:ed|ing))? (?:you|this)|put you through|speak (?:to|with) {_WHO}"
    rf"|(?:pass|hand|forward|send)(?:ed|ing)? (?:you|this|it|your \w+)(?: on| over)? to {_WHO}"
    rf"|{_WHO} (?:will|is going to) (?:be in touch|contact|call|get back|reply|write|review)"
    r"|(?:please )?(?:call|phone|ring) (?:us|our))\b",
    re.IGNORECASE,
)


def hands_over(text: str, *, phrases: Sequence[str] = ()) -> bool:
    """True when `text` passes the matter on to a person or another channel.

    Args:
        phrases: The company's own ways to say so, beside the usual English ones.

    >>> hands_over("I've passed this on to our warranty team."), hands_over("Send it back within 45 days.")
    (True, False)
    """
    lower = text.casefold()
    return _HANDS_OVER.search(text) is not None or any(phrase.casefold() in lower for phrase in phrases)
