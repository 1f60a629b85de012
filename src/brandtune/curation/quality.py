"""One number for how good an example is, so that of two alike the better is kept."""

from brandtune.core.examples import Example
from brandtune.core.records import Conversation, Record
from brandtune.curation.context import Context

_UNKNOWN = 0.7
_PENALTY = {"error": 0.5, "warning": 0.2, "suggestion": 0.05}


def quality(example: Example, record: Record, context: Context) -> float:
    """0 to 1: customer satisfaction 0.4, resolution 0.3, house style 0.3; crumbs lose a tenth."""
    talk = record.payload
    csat = talk.csat if isinstance(talk, Conversation) and talk.csat is not None else _UNKNOWN
    solved = _solved(talk) if isinstance(talk, Conversation) else _UNKNOWN
    style = max(0.0, 1.0 - sum(_PENALTY[finding.level] for finding in context.findings_of(example)))
    crumbs = 0.1 if example.label is None and len(example.reference) < 40 else 0.0
    return round(max(0.0, min(1.0, 0.4 * csat + 0.3 * solved + 0.3 * style - crumbs)), 4)


def _solved(talk: Conversation) -> float:
    if talk.resolved is None:
        return _UNKNOWN
    return 0.0 if not talk.resolved else 0.5 if talk.reopened else 1.0
