"""chrF beside sacrebleu, diversity, copied runs, words off limits, form, time to publishable, handing over."""

import random

import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from brandtune.core.errors import ConfigError
from brandtune.core.tasks.form import FormConfig
from brandtune.scoring.chrf import chrf, corpus_chrf
from brandtune.scoring.copying import CopyIndex
from brandtune.scoring.diversity import distinct, self_overlaps
from brandtune.scoring.form import breaches
from brandtune.scoring.handover import hands_over
from brandtune.scoring.off_limits import OffLimits
from brandtune.scoring.publishing import seconds_to_publishable

WORDS = st.text(alphabet="abcdeäß ,.", max_size=60)


@settings(max_examples=50, deadline=None)
@given(WORDS, WORDS)
def test_chrf_is_sacrebleus(text: str, reference: str) -> None:
    wanted = sacrebleu.CHRF().sentence_score(text, [reference]).score / 100
    assert chrf(text, reference) == pytest.approx(wanted, abs=1e-9)


def test_corpus_chrf_is_sacrebleus() -> None:
    rng = random.Random(0)
    texts = ["".join(rng.choices("abcde ", k=rng.randint(0, 80))) for _ in range(20)]
    references = ["".join(rng.choices("abcdf ", k=rng.randint(1, 80))) for _ in range(20)]
    wanted = sacrebleu.corpus_chrf(texts, [references]).score / 100
    assert corpus_chrf(texts, references) == pytest.approx(wanted, abs=1e-9)


def test_diversity_by_hand() -> None:
    assert distinct(["a b a b", "a b"], size=2) == 2 / 4
    assert distinct(["a"], size=2) is None
    assert self_overlaps(["we are here to help you", "we are here to stay", "short one"]) == [1 / 3, 1 / 2, None]


def brute_longest(text: str, known: list[str], owners: list[str], *, most: int = 5, least: int = 4) -> int:
    words, best = text.split(), 0
    for start in range(len(words)):
        for end in range(start + least, len(words) + 1):
            run = f" {' '.join(words[start:end])} "
            sharing = {owner for one, owner in zip(known, owners, strict=True) if run in f" {one} "}
            if 1 <= len(sharing) <= most:
                best = max(best, end - start)
    return best


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_longest_copied_run_is_the_longest(rng: random.Random) -> None:
    known = [" ".join(rng.choices("abc", k=rng.randint(0, 14))) for _ in range(rng.randint(1, 12))]
    owners = [f"o{rng.randint(0, 8)}" for _ in known]
    text = " ".join(rng.choices("abcd", k=rng.randint(0, 14)))
    found = CopyIndex(known, owners=owners).longest(text)
    assert found.words == brute_longest(text, known, owners)
    if found.source is not None:
        assert text[found.start : found.end] in known[found.source]


def test_the_houses_common_language_is_not_copied() -> None:
    common = "happy trails from all of us at the trail desk"
    index = CopyIndex([f"note {number} {common}" for number in range(6)])
    assert index.longest(common).words == 0
    assert CopyIndex([f"note {common}"] * 6, owners=["ana"] * 6).longest(common).words == 10
    assert CopyIndex([]).longest(common).words == 0


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("You idiot", ["idiot"]),
        ("What the f u c k", []),
        ("Sh1t and a$$hole", ["shit", "asshole"]),
        ("Scunthorpe, Cockburn and assess shiitake", []),
        ("Cheapest deal, CHEAP", ["cheap*", "cheap*"]),
        ("our  rival's shop", ["our rival's"]),
        ("", []),
    ],
)
def test_words_off_limits(text: str, terms: list[str]) -> None:
    found = OffLimits(("cheap*", "our rival's")).check(text)
    assert [finding.term for finding in found] == terms
    assert all(text[finding.start : finding.end].strip() for finding in found)


SCHEMA = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string", "maxLength": 5}}}


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ({"max_chars": 5}, "short", "too long"),
        ({"min_chars": 3}, "yes", " a "),
        ({"min_words": 2, "max_words": 3}, "two words", "one"),
        ({"required": ("Free returns",)}, "We offer free returns.", "We offer freedom."),
        ({"forbidden": ("sale",)}, "Wholesale", "A SALE!"),
        ({"pattern": r"Subject: .+"}, "Subject: hello", "hello"),
        ({"json_schema": SCHEMA}, '{"title": "short"}', '{"title": "too long"}'),
        ({"json_schema": SCHEMA}, '{"title": ""}', "{title: 1}"),
    ],
)
def test_form(form: dict[str, object], good: str, bad: str) -> None:
    config = FormConfig.model_validate(form)
    assert breaches(good, config) == [] and len(breaches(bad, config)) == 1


def test_form_mistakes_are_told() -> None:
    with pytest.raises(ValidationError, match="not a regular expression"):
        FormConfig(pattern="(")
    with pytest.raises(ValidationError, match="nothing can have this form"):
        FormConfig(min_words=3, max_words=2)
    with pytest.raises(ConfigError, match="JSON Schema is wrong"):
        breaches("{}", FormConfig(json_schema={"type": "nothing"}))
    assert breaches("[" * 100_000, FormConfig(json_schema={"type": "object"})) == ["is not JSON"]


def test_time_to_publishable_grows_with_the_edits_and_never_beyond_writing_anew() -> None:
    wanted = "Your parcel left our store this morning and should be with you on Tuesday."
    same = seconds_to_publishable(wanted, wanted)
    slip = seconds_to_publishable(wanted.replace("Tuesday", "Thursday"), wanted)
    other = seconds_to_publishable("We regret that your request cannot be processed.", wanted)
    assert same == pytest.approx(len(wanted.split()) / 238 * 60)
    assert same < slip < other
    anew = len(wanted) / 5 / 52 * 60 + 3
    assert other <= 8 / 238 * 60 + anew + 1e-9
    assert seconds_to_publishable("", wanted) == pytest.approx(anew, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "handed"),
    [
        ("I've passed this to our warranty team.", True),
        ("One of our colleagues will be in touch.", True),
        ("Please call us on Monday.", True),
        ("I am escalating this.", True),
        ("Send it back to us within 45 days and pass the parcel to any shop.", False),
        ("We call it the Fernway.", False),
        ("", False),
    ],
)
def test_handing_over(text: str, handed: bool) -> None:
    assert hands_over(text) == handed
    assert hands_over("Das übernimmt der Meister.", phrases=("übernimmt der",))
