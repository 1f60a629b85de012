"""The curation page: what it shows, what it never shows, and choices that come back as a file."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from bookshop import Curate, record, talk

from brandtune.core.examples import Dropped
from brandtune.core.records import Event, Record
from brandtune.curation import Curated, CurationReport, FunnelRow, GovernanceConfig, Overrides, curation_page
from brandtune.curation.page import view
from brandtune.curation.page.view import CARDS_PER_REASON, PLACES_PER_REASON

WICKED = "</p><script>alert(1)</script><img src=x onerror=alert(2)> & \"quoted\" 'text' \x07"


def rows() -> list[Record]:
    found = [
        record(talk(f"Where is the atlas number {i}?", f"Kindly wait {i} days."), record_id=f"r{i}") for i in range(40)
    ]
    found += [
        record(talk(f"Where is my secret wish {i}?", "It left today."), subject="zoe", record_id=f"z{i}")
        for i in range(9)
    ]
    found.append(record(talk("What of the novel?", "Of course, it left the shop."), record_id="plain"))
    found.append(record(Event(type="track"), record_id="event"))
    return found


def page_of(curated: Curated) -> str:
    return curation_page(curated.report, kept=curated.kept, dropped=curated.dropped, brand="Quill <Books>", run="r-1")


class Shape(HTMLParser):
    """Which tags are open, and what the cards carry."""

    VOID = frozenset({"meta", "input", "br", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cards: list[dict[str, str | None]] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.scripts += tag == "script"
        if "card" in (dict(attrs).get("class") or "").split():
            self.cards.append(dict(attrs))
        assert not any(name.startswith("on") or name == "style" or name in ("src", "href") for name, _ in attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_whole_safe_and_stable(run: Curate) -> None:
    curated = run(rows())
    page = page_of(curated)
    shape = Shape()
    shape.feed(page)
    assert shape.open == [] and shape.scripts == 1
    assert "http" not in re.sub(r"http-equiv", "", page) and "\x07" not in page
    assert "Quill &lt;Books&gt;" in page and page == page_of(run(rows()))


def test_what_people_wrote_is_never_markup() -> None:
    report = CurationReport(funnel=[FunnelRow(step="rules", entered=1, left=0, reasons={WICKED: 1})], notes=[WICKED])
    dropped = [Dropped(id=WICKED, step="rules", reason=WICKED, detail=WICKED, excerpt=WICKED)]
    page = curation_page(report, kept=[], dropped=dropped, brand=WICKED, run=WICKED)
    shape = Shape()
    shape.feed(page)
    assert shape.open == [] and shape.scripts == 1 and shape.cards[0]["data-id"] == WICKED.replace("\x07", "\ufffd")
    assert page.count("alert(1)&lt;/script&gt;") >= 8


def test_nobodys_text_who_did_not_agree(run: Curate) -> None:
    page = page_of(run(rows()))
    assert "no consent: denied" in page and "secret wish" not in page


def test_every_reason_has_cards_and_the_counts_are_the_funnels(run: Curate) -> None:
    curated = run(rows())
    groups = {group.reason: group for group in view.dropped_groups(curated.report, curated.dropped, curated.kept)}
    assert groups["off-brand"].count == 40 and len(groups["off-brand"].cards) == CARDS_PER_REASON
    assert groups["no consent: denied"].count == 9 and len(groups["no consent: denied"].cards) == PLACES_PER_REASON
    assert not any(card.open for card in groups["no consent: denied"].cards)
    assert all(card.open and card.text for card in groups["off-brand"].cards)
    bars = {bar.step: bar for bar in view.bars(curated.report.funnel)}
    assert bars["rules"].gone == 40 and bars["tasks"].entered_width is None and bars["consent"].entered_width == 100


def test_without_pseudonyms_no_kept_text_is_shown(run: Curate) -> None:
    curated = run(rows(), governance=GovernanceConfig(pseudonymize=False))
    assert not any(
        card.text or card.question for group in view.kept_groups(curated.kept, show_text=False) for card in group.cards
    )
    assert "it left the shop" not in page_of(curated)


def test_the_worst_kept_come_first(run: Curate) -> None:
    good = [
        record(talk(f"Where is book {i}?", f"Book {i} left the shop on Monday.", csat=1.0), record_id=f"g{i}")
        for i in range(60)
    ]
    poor = [
        record(talk("And where is the poem?", "It basically left on Monday.", csat=0.5), subject="will", record_id="p")
    ]
    (group,) = view.kept_groups(run([*good, *poor]).kept, show_text=True)
    assert group.cards[0].text == "It basically left on Monday."


def test_an_empty_run_has_a_page() -> None:
    page = curation_page(CurationReport(), kept=[], dropped=[], brand="Quill", run="r")
    shape = Shape()
    shape.feed(page)
    assert shape.open == [] and "Nothing was kept." in page


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs the chromium browser")
def test_choices_are_exported_as_overrides(run: Curate, tmp_path: Path) -> None:
    """A browser clicks two cards and searches; what it would download is what `load_overrides` reads."""
    page = page_of(run(rows()))
    clicks = """
      const wanted = (kept) => document.querySelector('.card[data-kept="' + kept + '"] .choose');
      HTMLAnchorElement.prototype.click = () => {};
      URL.createObjectURL = (blob) => { blob.text().then((text) => { document.title = text; }); return 'blob:none'; };
      wanted(0).click(); wanted(1).click();
      const form = document.querySelector('.filters');
      form.words.value = 'kindly wait'; form.dispatchEvent(new Event('input'));
      document.body.dataset.found = document.querySelector('.found').textContent;
      document.querySelector('.export').click();
    """
    # The page forbids foreign scripts, so the test takes the policy out of its own copy.
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    file = tmp_path / "page.html"
    file.write_text(page.replace("</body>", f"<script>{clicks}</script></body>"), encoding="utf-8")
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=2000",
        "--dump-dom",
        file.as_uri(),
    ]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout
    title = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert title is not None
    choices = msgspec.json.decode(title[1].replace("&amp;", "&").encode(), type=Overrides)
    assert len(choices.keep) == 1 and choices.keep[0].step == "rules" and len(choices.drop) == 1
    assert json.loads(title[1])["format"] == "brandtune-overrides-1"
    found = re.search(r'data-found="(\d+) cards"', dom)
    assert found is not None and int(found[1]) == CARDS_PER_REASON
