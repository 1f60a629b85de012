"""The page as one self-contained HTML text: no other file, no network, no script but its own."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from brandtune.core.examples import Dropped, Example
from brandtune.curation.overrides import FORMAT
from brandtune.curation.page import view
from brandtune.curation.results import CurationReport

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = "brandtune.curation.page"
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


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
    >>> page.startswith("<!doctype html>") and "http" not in page
    True
    """
    from markupsafe import Markup

    style, script = Markup(_asset("page.css")), Markup(_asset("page.js"))
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
            policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'",
        )
    )
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", html)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"number": lambda value: f"{value:,}", "share": lambda value: f"{value:.0%}"}
    return environment


@cache
def _asset(name: str) -> str:
    return (files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
