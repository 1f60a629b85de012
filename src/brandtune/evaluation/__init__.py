"""Stage: does the tuned model beat not tuning, by how much, and may it be released? Read `comparison` next."""

from typing import TYPE_CHECKING, Any

from brandtune.evaluation.config import EvaluationConfig, GatesConfig
from brandtune.evaluation.results import Report, RunContext

__all__ = [
    "EvaluationConfig",
    "GatesConfig",
    "Report",
    "RunContext",
    "evaluate",
    "render",
    "render_markdown",
    "require",
]


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        from brandtune.evaluation.comparison import evaluate

        return evaluate
    if name == "require":
        from brandtune.evaluation.verdict import require

        return require
    if name in ("render", "render_markdown"):
        from brandtune.evaluation import report

        return getattr(report, name)
    raise AttributeError(f"module 'brandtune.evaluation' has no attribute {name!r}")


if TYPE_CHECKING:
    from brandtune.evaluation.comparison import evaluate
    from brandtune.evaluation.report import render, render_markdown
    from brandtune.evaluation.verdict import require
