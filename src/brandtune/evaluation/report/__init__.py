"""The run report: one self-contained page for a marketing lead first, for a statistician second. Read `page` next."""

from brandtune.evaluation.report.markdown import render_markdown
from brandtune.evaluation.report.page import render

__all__ = ["render", "render_markdown"]
