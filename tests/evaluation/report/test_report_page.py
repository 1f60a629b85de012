"""The HTML report: hostile text stays text, nothing is fetched, the structure is sound, the numbers are the data's."""

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import sample_data

from brandtune.evaluation.report import render
from brandtune.evaluation.results import Estimate, Report, RunContext, Sample, Verdict

VOID = {"meta", "br", "img", "input", "hr", "link"}
LIMIT_BYTES = 600_000


class Page(HTMLParser):
    """Collects what the tests look at, and refuses tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.data_values: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice on {tag}: {attrs}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> inside {self.open[-4:]} at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))
            if self.open[-1] == "data":
                self.data_values.append((self.tags[-1][1]["value"] or "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(" ".join(data.split()) for tag, data in self.texts if tag not in ("style", "script"))


VARIANTS: dict[str, tuple[Report, RunContext]] = {
    "full": (sample_data.report(), sample_data.context()),
    "undecided": (sample_data.undecided(), sample_data.context()),
    "bare": (sample_data.bare_report(), sample_data.bare_context()),
    "no curve": (sample_data.report(), sample_data.context(curve=())),
    "no losses": (sample_data.report(), sample_data.context(losses={})),
    "no funnel": (sample_data.report(), sample_data.context(funnel=(), dropped=())),
    "dropped without funnel": (sample_data.report(), sample_data.context(funnel=())),
    "no samples": (sample_data.report(samples=()), sample_data.context()),
    "one task": (sample_data.report(tasks=("support_reply",)), sample_data.context()),
    "no gates": (sample_data.report(gates=()), sample_data.context(next_steps=())),
    "no contrasts": (sample_data.report(contrasts=()), sample_data.context(settings="", stages=(), lineage=())),
    "undescribed metrics": (sample_data.report(metrics=()), sample_data.context()),
    "no primary": (
        sample_data.report(verdict=Verdict(outcome="not_better", sentence="The best prompt is as good.")),
        sample_data.context(),
    ),
}


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {name: Page(render(report, context)) for name, (report, context) in VARIANTS.items()}


@pytest.fixture(scope="module")
def full() -> str:
    return render(*VARIANTS["full"])


@pytest.mark.parametrize("name", VARIANTS)
def test_structure_is_sound(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    ids = Counter(attrs["id"] for _, attrs in page.tags if "id" in attrs)
    assert [one for one, count in ids.items() if count > 1] == []
    linked = {attrs["href"] for attrs in page.all("a")}
    assert all(link and link.startswith("#") and link[1:] in ids for link in linked)
    labels = {attrs["aria-labelledby"] for _, attrs in page.tags if "aria-labelledby" in attrs}
    assert labels <= set(ids)
    assert all(attrs.get("scope") for attrs in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))


@pytest.mark.parametrize("name", VARIANTS)
def test_headings_descend_one_level_at_a_time(pages: dict[str, Page], name: str) -> None:
    levels = [int(tag[1]) for tag, _ in pages[name].tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_drawing_is_named_or_repeats_text(pages: dict[str, Page], name: str) -> None:
    outer = [attrs for attrs in pages[name].all("svg") if attrs.get("viewbox") is None]
    assert all(attrs.get("aria-hidden") == "true" or attrs.get("aria-label") for attrs in outer)


@pytest.mark.parametrize("name", VARIANTS)
def test_fetches_nothing(name: str) -> None:
    html = render(*VARIANTS[name])
    page = Page(html)
    fetching = {"src", "srcset", "data", "action", "formaction", "poster", "background", "xlink:href", "ping"}
    assert [attrs for _, attrs in page.tags if fetching & set(attrs)] == []
    assert page.all("link") == page.all("iframe") == page.all("img") == page.all("object") == []
    assert all(not (attrs.get("href") or "").startswith(("http", "//", "data:")) for _, attrs in page.tags)
    written = "".join(data for tag, data in page.texts if tag in ("style", "script"))
    assert "@import" not in written
    assert "url(" not in written
    assert "http" not in written


def test_only_the_own_script_and_style_may_run(full: str) -> None:
    page = Page(full)
    policy = next(attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"] == []


def test_hostile_text_stays_text(full: str) -> None:
    assert "<script>alert" not in full
    assert "<img" not in full
    assert "{{ 7 * 7 }}" in full, "text is data for the template, never a template"
    assert sample_data.HOSTILE in Page(full).words


def test_hostile_names_stay_text() -> None:
    arms = tuple(type(arm)(name=arm.name, title="<b>x</b>", description='"><i>') for arm in sample_data.ARMS)
    report = sample_data.report(arms=arms, notes=("<u>note</u>",))
    html = render(
        report, sample_data.context(title="</title><script>1</script>", facts=(("<s>", "<s>"),), settings="</pre>")
    )
    page = Page(html)
    assert len(page.all("script")) == 1
    assert [tag for tag, _ in page.tags if tag in ("i", "u", "s")] == []


def test_text_that_no_file_can_carry_is_replaced() -> None:
    sample = Sample(example_id="e", task="t", prompt=(), reference="nul \x00 escape \x1b half \ud83d end", outputs=())
    html = render(sample_data.report(samples=(sample,)), sample_data.context())
    assert "nul \ufffd escape \ufffd half \ufffd end" in html
    html.encode("utf-8")


def test_numbers_shown_are_the_data(full: str) -> None:
    report, context = VARIANTS["full"]
    shown = Counter(float(value) for value, _ in Page(full).data_values)
    cells = [cell.estimate.value for cell in report.cells]
    assert all(shown[value] >= 1 for value in cells)
    assert all(shown[one.difference.value] and shown[one.p_value] for one in report.contrasts)
    assert all(shown[gate.value] for gate in report.gates)
    assert all(shown[step.entered] and shown[step.left] for step in context.funnel)


def test_text_of_a_number_agrees_with_its_value(full: str) -> None:
    percents = [(float(value), text) for value, text in Page(full).data_values if text.endswith("\N{NO-BREAK SPACE}%")]
    assert len(percents) > 50
    assert all(
        float(text[:-2].replace("\N{MINUS SIGN}", "-")) == pytest.approx(100 * value, abs=0.051)
        for value, text in percents
    )


def test_the_verdict_comes_first_in_plain_words(pages: dict[str, Page]) -> None:
    words = pages["full"].words
    order = (
        "Better",
        "Fine-tuned beats Few-shot",
        "+23.6",
        "4 of 5 gates passed",
        "What to do next",
        "How it was tested",
        "Every arm, every metric",
    )
    at = [words.index(part) for part in order]
    assert at == sorted(at)
    assert "Cannot tell" in pages["undecided"].words
    assert "About 640 held-out examples would settle it; this run had 64." in pages["undecided"].words
    assert "Not better" in pages["no primary"].words


def test_a_failed_gate_is_said_in_words(pages: dict[str, Page]) -> None:
    assert "may not be released" in pages["full"].words
    assert pages["full"].words.count("Failed") == 1
    assert "at least \N{MINUS SIGN}5.0" in pages["full"].words


def test_people_never_compete_with_arms(full: str) -> None:
    row = full[full.index(">People</th>") :].split("</tr>", 1)[0]
    assert "best" not in row


def test_infinite_and_missing_numbers_are_not_drawn() -> None:
    nowhere = Estimate(value=float("nan"), n=0)
    endless = Estimate(value=0.5, low=float("-inf"), high=float("inf"), n=1)
    cells = tuple(
        type(cell)(
            arm=cell.arm, metric=cell.metric, task=cell.task, estimate=nowhere if cell.arm == "base" else endless
        )
        for cell in sample_data.report().cells
    )
    html = render(sample_data.report(cells=cells), sample_data.context())
    assert not re.search(r'="-?(nan|inf)', html)


@pytest.mark.parametrize("name", VARIANTS)
def test_same_input_same_page(name: str) -> None:
    assert render(*VARIANTS[name]) == render(*VARIANTS[name])


def test_page_stays_small(full: str) -> None:
    assert len(full.encode()) < LIMIT_BYTES
