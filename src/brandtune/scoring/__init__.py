"""Floor 1b: shared judgement. The same rules, style score and fact check decide in curation, evaluation and serving."""

from typing import TYPE_CHECKING, Any

from brandtune.scoring.claims import ClaimFinding, ClaimReport, FactBook
from brandtune.scoring.edits import edit_similarity, needs_revision
from brandtune.scoring.marks import unexpected_marks
from brandtune.scoring.rules import RuleFinding, RuleSet, UnsupportedRule, load_rules

if TYPE_CHECKING:
    from brandtune.scoring.style import StyleModel

__all__ = [
    "ClaimFinding",
    "ClaimReport",
    "FactBook",
    "RuleFinding",
    "RuleSet",
    "StyleModel",
    "UnsupportedRule",
    "edit_similarity",
    "load_rules",
    "needs_revision",
    "unexpected_marks",
]


def __getattr__(name: str) -> Any:
    """The style score needs scikit-learn, which takes a second to load; most commands never score a style."""
    if name == "StyleModel":
        from brandtune.scoring.style import StyleModel

        return StyleModel
    raise AttributeError(f"module 'brandtune.scoring' has no attribute {name!r}")
