"""Floor 1b: shared judgement. The same rules, style score and fact check decide in curation, evaluation and serving."""

from brandtune.scoring.claims import ClaimFinding, ClaimReport, FactBook
from brandtune.scoring.edits import edit_similarity, needs_revision
from brandtune.scoring.marks import unexpected_marks
from brandtune.scoring.rules import RuleFinding, RuleSet, UnsupportedRule, load_rules
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
