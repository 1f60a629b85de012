"""How long a person would take to make a text fit to publish: reading it, and writing what is not right yet.

An estimate from the edits alone. Where editors' minutes are measured, use those.
"""

from rapidfuzz.distance import Indel

# Silent reading of English prose, words a minute: Brysbaert 2019, mean of 190 studies.
READING_WPM = 238.0
# Typing of 136 million keystrokes, words of five characters a minute: Dhakal et al. 2018.
TYPING_WPM = 52.0
CHARS_PER_WORD = 5.0
# Finding where and deciding what costs time beside the typing; one pause for each place that changes.
PAUSE_S = 3.0


def seconds_to_publishable(text: str, published: str) -> float:
    """Seconds to read `text` and turn it into `published`: reading, a pause at each change, and typing what is new.

    >>> seconds_to_publishable("", ""), round(seconds_to_publishable("Free returns.", "Free returns."), 2)
    (0.0, 0.5)
    """
    given, wanted = " ".join(text.split()), " ".join(published.split())
    reading = len(given.split()) / READING_WPM * 60
    if given == wanted:
        return reading
    operations = Indel.opcodes(given, wanted)
    typed = sum(op.dest_end - op.dest_start for op in operations if op.tag == "insert")
    writing = typed / CHARS_PER_WORD / TYPING_WPM * 60 + PAUSE_S * _places(operations)
    # Nobody mends word by word what is quicker to write anew.
    anew = len(wanted) / CHARS_PER_WORD / TYPING_WPM * 60 + PAUSE_S
    return reading + min(writing, anew)


def _places(operations: object) -> int:
    """Changes with fewer than five characters kept between them are one."""
    places, kept = 0, CHARS_PER_WORD
    for op in operations:  # type: ignore[attr-defined]
        if op.tag == "equal":
            kept += op.src_end - op.src_start
        else:
            places += kept >= CHARS_PER_WORD
            kept = 0.0
    return places
