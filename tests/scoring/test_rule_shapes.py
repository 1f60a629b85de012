"""Rules in the shapes that public packages use: formulas, grades, scopes, patterns and YAML that only Go reads."""

from pathlib import Path

import pytest

from brandtune.core.errors import ConfigError
from brandtune.scoring import RuleSet, load_rules
from brandtune.scoring.counts import counts, syllables
from brandtune.scoring.rule_formulas import KNOWN, BadFormula, compute, grades

PLAIN = "The tent is dry. We sent it to you."
HEAVY = (
    "Notwithstanding considerable organisational difficulties, international transportation authorities deliberated."
)


def rule(folder: Path, text: str) -> RuleSet:
    (folder / "Rule.yml").write_text(text, encoding="utf-8")
    return load_rules(folder)


def hits(rules: RuleSet, text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in rules.check(text)]


@pytest.mark.parametrize("scope", ["", "scope: heading\n"])
def test_a_metric_rule_computes_over_the_whole_text_and_says_the_number(tmp_path: Path, scope: str) -> None:
    rules = rule(
        tmp_path, f"extends: metric\n{scope}message: 'Only %s'\nformula: |\n  words / sentences\ncondition: '> 8.0'"
    )
    assert hits(rules, PLAIN) == []
    assert hits(rules, HEAVY + " And so on and so forth.") == []
    (finding,) = rules.check("One two three four five six seven eight nine.")
    assert (finding.message, finding.start, finding.end) == ("Only 9.00", 0, 45)
    assert rules.check("") == [] and rules.check("...") == []


def test_readability_is_the_mean_of_its_grades(tmp_path: Path) -> None:
    rules = rule(
        tmp_path,
        "extends: readability\nmessage: 'Grade %s'\ngrade: 9\nmetrics: [Flesch-Kincaid, Gunning Fog, SMOG]",
    )
    assert hits(rules, PLAIN) == []
    (finding,) = rules.check(HEAVY)
    known = grades(counts(HEAVY))
    mean = (known["Flesch-Kincaid"] + known["Gunning Fog"] + known["SMOG"]) / 3
    assert finding.message == f"Grade {mean:.2f}" and mean > 9


def test_grades_follow_their_formulas_on_hand_counted_text() -> None:
    found = counts("The beautiful orange tent is here. It is yours now.")
    # 10 words, 2 sentences, syllables 1+3+2+1+1+1 + 1+1+1+1, letters 3+9+6+4+2+4 + 2+2+5+3
    assert (found["words"], found["sentences"], found["syllables"], found["characters"]) == (10, 2, 13, 40)
    known = grades(found)
    assert known["Flesch-Kincaid"] == pytest.approx(0.39 * 5 + 11.8 * 1.3 - 15.59)
    assert known["Automated Readability"] == pytest.approx(4.71 * 4 + 0.5 * 5 - 21.43)
    assert known["Coleman-Liau"] == pytest.approx(0.0588 * 400 - 0.296 * 20 - 15.8)
    assert known["Gunning Fog"] == pytest.approx(0.4 * (5 + 100 * 1 / 10))
    assert known["SMOG"] == pytest.approx(1.0430 * (1 * 30 / 2) ** 0.5 + 3.1291)


SPOKEN = {
    1: "tent made sleeves through asked files league friend shoes here",
    2: "water table handled changes nation people every going safely poem couldn't rhythm",
    3: "beautiful idea services various easier recycle employee continue museum",
    4: "information variety actually",
    5: "readability immediately",
}


@pytest.mark.parametrize(("number", "words"), SPOKEN.items())
def test_syllables(number: int, words: str) -> None:
    assert {word: syllables(word) for word in words.split()} == dict.fromkeys(words.split(), number)


def test_markdown_blocks_are_counted() -> None:
    found = counts("# One\n\n## Two\n\n- a\n- b\n\n> said\n\n1. x\n\n```\ncode\n```\n")
    wanted = {"heading_h1": 1, "heading_h2": 1, "heading_h3": 0, "list": 2, "blockquote": 1, "pre": 1}
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("math.sqrt(words * 2.0) + 1", 5.0),
        ("heading.h2 == 3.0 && words >= 8.0 || 1 > 2", True),
        ("-(sentences - 5) % 2", 1.0),
    ],
)
def test_formulas(formula: str, value: float) -> None:
    assert compute(formula, {"words": 8.0, "sentences": 2.0, "heading_h2": 3.0}) == value


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "words.real", "open('x')", "(lambda: 1)()", "[1][0]", "'a' * 9", "9 ** 9 ** 9", "x := 1", ""],
)
def test_a_formula_is_arithmetic_and_nothing_else(formula: str) -> None:
    with pytest.raises(BadFormula):
        compute(formula, dict.fromkeys(KNOWN, 1.0))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("extends: metric\nformula: words", "needs `condition`"),
        ("extends: metric\nformula: wordz / 2\ncondition: '> 1'", "`wordz` is not counted"),
        ("extends: metric\nformula: words\ncondition: '> > 1'", "cannot be computed"),
        ("extends: readability\ngrade: 8\nmetrics: [Fog]", "unknown readability metric `Fog`"),
        ("extends: readability\ngrade: 8", "needs `metrics`"),
    ],
)
def test_mistakes_are_told_with_the_file(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        rule(tmp_path, text)
    assert says in str(error.value) and "Rule.yml" in str(error.value)


def test_headings_and_lists_are_scopes_of_markdown(tmp_path: Path) -> None:
    rules = rule(tmp_path, "extends: capitalization\nmessage: m\nscope: heading.h2\nmatch: $sentence")
    assert hits(rules, "# All The Big Words\n\n## All The Big Words\n\nAll The Big Words") == ["All The Big Words"]
    assert rules.check("# All\n\n## All The Big Words")[0].start == 10
    rules = rule(tmp_path, "extends: existence\nmessage: m\nscope: list\nnonword: true\ntokens: ['\\.$']")
    assert hits(rules, "Text.\n- one.\n- two") == ["."]


def test_patterns_that_need_more_than_pythons_own_module(tmp_path: Path) -> None:
    rules = rule(tmp_path, "extends: existence\nmessage: m\nnonword: true\ntokens: ['(?<=\\w+: )\\p{Lu}\\p{L}+']")
    assert hits(rules, "note: Ärger, note: ärger") == ["Ärger"]
    rules = rule(tmp_path, "extends: existence\nmessage: m\nnonword: true\nraw: ['a(?i)b']")
    assert hits(rules, "aB AB") == ["aB"]


def test_substitution_fills_groups_and_keeps_capitals(tmp_path: Path) -> None:
    rules = rule(
        tmp_path,
        "extends: substitution\nmessage: '%s'\nignorecase: true\ncapitalize: true\nswap:\n  organi[z](e|ation): organis$1",
    )
    assert [finding.message for finding in rules.check("Organization, organize")] == ["Organisation", "organise"]


def test_repetition_exceptions_and_capitalization_prefix(tmp_path: Path) -> None:
    rules = rule(tmp_path, "extends: repetition\nmessage: m\ntokens: ['[^\\s]+']\nexceptions: [had]")
    assert hits(rules, "he had had it") == [] and hits(rules, "a plan plan") == ["plan plan"]
    rules = rule(tmp_path, "extends: capitalization\nmessage: m\nmatch: $sentence\nprefix: 'NOTE:'")
    assert hits(rules, "NOTE: Keep it dry") == [] and hits(rules, "NOTE: Keep It All Dry") != []


def test_yaml_that_only_go_reads(tmp_path: Path) -> None:
    rules = rule(tmp_path, "extends: existence\nmessage: \"Avoid '%s', don\\'t use it\"\ntokens: [bad]")
    assert rules.check("bad")[0].message == "Avoid 'bad', don't use it"
    rules = rule(tmp_path, "extends: substitution\nmessage: '%s'\nswap:\n  a: b\n  a: c")
    assert rules.check("a")[0].message == "c"
    with pytest.raises(ConfigError, match="given twice"):
        rule(tmp_path, "extends: existence\nextends: existence\ntokens: [a]")
