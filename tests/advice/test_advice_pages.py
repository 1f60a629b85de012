"""Advice as HTML and Markdown: complete in itself, nothing of what people wrote is taken for markup."""

import re

import msgspec
import pytest
from measured_runs import measured_report

from brandtune.advice.config import CostConfig
from brandtune.advice.costing import Situation, work_out
from brandtune.advice.deciding import decide
from brandtune.advice.markdown import render_markdown
from brandtune.advice.measured import measured
from brandtune.advice.page import render, said, tornado, tornado_axis
from brandtune.advice.results import Advice, Check, Curve, FactShown, Opportunity, Range

NASTY = "<b onmouseover=alert(1)>Quill & Sons|*"


@pytest.fixture(scope="module")
def advice() -> Advice:
    report = measured_report(tuned=0.8, prompt=0.4)
    returns = work_out(
        Situation(
            costs=CostConfig(pieces_per_month=900, editor_hour=45),
            measured=measured(report.examples, metric="on_brand", arm="tuned", baseline="prompt"),
            usable={"prompt": 0.4, "tuned": 0.8}, titles={"prompt": NASTY, "tuned": "Fine-tuned"}, tokens={},
            baseline="prompt",
        )
    )  # fmt: skip
    found = decide(report, returns=returns)
    curve = Curve(
        points=((25, 3.0), (50, 2.5), (100, 2.0)), exponent=Range(value=0.29, low=0.2, high=0.4),
        fall=Range(value=0.18, low=0.1, high=0.2), sentence="More data would help.", helps=True,
    )  # fmt: skip
    seen = Opportunity(
        task=NASTY, num_examples=10, per_month=None, repetitive=0.5, consistent=None, edit_share=None,
        reading="too_few", sentence=NASTY,
    )  # fmt: skip
    standing = {"run_id": "r1", "metric": NASTY, "target": 0.5, "value": 0.6, "state": "met"}
    return Advice(
        choice=found.choice, headline=found.headline, sure=found.sure, reasons=(*found.reasons, NASTY),
        fix_first=found.fix_first, made_at="now", title=NASTY, run_id="r1", returns=returns, curve=curve,
        opportunities=(seen,), readiness=(Check(name="owner", state="missing", sentence=NASTY),),
        facts=(FactShown(metric=NASTY, arm="tuned", share=0.5, low=0.4, high=0.6, n=9, use=NASTY),),
        pilot={"sentence": NASTY, "standings": [standing]},
    )  # fmt: skip


def test_the_page_fetches_nothing_and_runs_nothing(advice: Advice) -> None:
    page = render(advice)
    assert "default-src 'none'" in page.replace("&#39;", "'")
    assert not re.search(r"<script|<link|<img|https?://|@import|url\(", page)
    assert page == render(advice)
    for heading in ("Fine-tune", "Does it pay", "What the return hangs on most", "Would more data help?", "Readiness"):
        assert heading in page


def test_what_people_wrote_is_text_in_both(advice: Advice) -> None:
    page = render(advice)
    assert "<b on" not in page and page.count("&lt;b onmouseover") >= 9
    text = render_markdown(advice)
    assert "<b on" not in text and r"Sons\|\*" in text
    assert "What it does" in page and "What it does" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows and all(line.endswith("|") for line in rows)


def test_the_tornado_draws_each_swing_from_its_lower_to_its_higher_end(advice: Advice) -> None:
    assert advice.returns is not None
    bars = tornado(advice.returns)
    assert len(bars) == 8
    widths = [float(re.search(r'width="([\d.]+)%" y=', str(bar))[1]) for _, bar in bars]
    assert widths == sorted(widths, reverse=True)
    for one, bar in bars:
        assert f"swing {one.source}" in bar


def test_advice_on_nothing_but_a_headline_is_a_page_too() -> None:
    bare = Advice(choice="prompt", headline="Do not", sure=False, reasons=(), fix_first=(), made_at="now", title="T")
    assert "Nothing has been measured yet" in render(bare)
    assert "Nothing has been measured yet" in render_markdown(bare)
    assert msgspec.json.encode(bare)


def test_plots_have_axes_with_units_and_commands_are_code(advice: Advice) -> None:
    html = render(advice)
    assert "Held-out loss (nats per token, lower is better) by number of training examples" in html
    assert advice.returns is not None
    assert f"Return a month, {advice.returns.currency}" in html
    assert 'class="tick"' in tornado_axis(advice.returns)
    assert "dot open" in html and "line validation expected" in html
    assert said("set `a<b` now") == "set <code>a&lt;b</code> now"
    assert said("one ` only") == "one ` only"
