"""The page as one self-contained HTML text: no other file, no network, no script but its own."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from brandtune.core.examples import Dropped, Example
from brandtune.core.pages import asset, environment, policy, writable
from brandtune.curation.overrides import FORMAT
from brandtune.curation.page import view
from brandtune.curation.results import CurationReport

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = "brandtune.curation.page"


def curation_page(
    report: CurationReport, *, kept: Sequence[Example], dropped: Sequence[Dropped], brand: str, run: str
) -> str:
    """The funnel, some rows of every reason, some kept examples, and a way to disagree with each.

    The same facts always give the same text. What people wrote is escaped, and the page's content policy forbids any
    script and any style but its own.

    Args:
        report: What curation counted.
        kept: Examples in the state in which they are learnt from.
        dropped: Rows with their reasons; their excerpts are pseudonymised, or empty where nothing may be shown.
        brand: Whose page it is.
        run: The run's id, under which a browser remembers choices.

    >>> page = curation_page(CurationReport(), kept=[], dropped=[], brand="Quill", run="r1")
    >>> page.startswith("<!doctype html>") and "://" not in page
    True
    """
    from markupsafe import Markup

    style, script = Markup(asset(PACKAGE, "page.css")), Markup(asset(PACKAGE, "page.js"))
    html = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            brand=brand,
            run=run,
            format=FORMAT,
            report=report,
            num_kept=len(kept),
            bars=view.bars(report.funnel),
            idle=view.idle(report.funnel),
            dropped=view.dropped_groups(report, dropped, kept),
            kept=view.kept_groups(kept, show_text=report.pseudonymized),
            tasks=[(task.replace("_", " "), count) for task, count in sorted(report.by_task.items())],
            title=view.step_title,
            style=style,
            script=script,
            policy=policy(style=style, script=script),
        )
    )
    return writable(html)


@cache
def _environment() -> "Environment":
    return environment(PACKAGE, filters={"number": lambda value: f"{value:,}", "share": lambda value: f"{value:.0%}"})
