"""The rule interpreter: each kind by hand, real Vale packages, and mistakes in rule files."""

from pathlib import Path

import pytest

from brandtune.core.errors import ConfigError
from brandtune.scoring import RuleSet, load_rules

PACKAGES = Path(__file__).resolve().parents[3] / "shared" / "data" / "brand_voice"


def rule_set(folder: Path, text: str, *, name: str = "Rule") -> RuleSet:
    (folder / "Brand").mkdir(exist_ok=True)
    (folder / "Brand" / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_rules(folder)


def found(rules: RuleSet, text: str, **options: str) -> list[str]:
    return [text[f.start : f.end] for f in rules.check(text, **options)]


def test_existence_matches_whole_words_and_fills_the_message(tmp_path: Path) -> None:
    rules = rule_set(
        tmp_path, "extends: existence\nmessage: \"Not '%s'.\"\nlevel: error\nignorecase: true\ntokens: [kindly, as per]"
    )
    text = "Kindly wait, unkindly so, as per note."
    assert found(rules, text) == ["Kindly", "as per"]
    finding = rules.check(text)[0]
    assert (finding.rule, finding.message, finding.level) == ("Brand.Rule", "Not 'Kindly'.", "error")


def test_nonword_raw_append_and_exceptions(tmp_path: Path) -> None:
    rules = rule_set(tmp_path, "extends: existence\nmessage: m\nnonword: true\nraw: ['(?<=x)']\ntokens: ['!+']")
    assert found(rules, "a! x!!") == ["!!"]
    rules = rule_set(tmp_path, "extends: existence\nmessage: m\nappend: true\nraw: [' now']\ntokens: [buy, act]")
    assert found(rules, "act now, buy later") == ["act now"]
    rules = rule_set(
        tmp_path, "extends: existence\nmessage: m\nnonword: true\ntokens: ['[A-Z]{3,}']\nexceptions: [XXL]"
    )
    assert found(rules, "XXL or WOW") == ["WOW"]


def test_substitution_names_both_words_and_leaves_right_ones_alone(tmp_path: Path) -> None:
    rules = rule_set(
        tmp_path,
        "extends: substitution\nmessage: \"Use '%s' not '%s'.\"\nignorecase: true\nswap:\n "
        " points: Waypoints\n  utili[sz]e(?:d)?: use",
    )
    assert [f.message for f in rules.check("Utilize your points and Waypoints")] == [
        "Use 'use' not 'Utilize'.",
        "Use 'Waypoints' not 'points'.",
    ]


def test_substitution_can_be_about_case_alone(tmp_path: Path) -> None:
    rules = rule_set(
        tmp_path,
        "extends: substitution\nmessage: '%s %s'\nignorecase: true\nswap:\n  javascript: JavaScript\n  zip: zip",
    )
    assert found(rules, "javascript, JavaScript. Zip") == ["javascript"]


def test_occurrence_counts_per_scope(tmp_path: Path) -> None:
    rules = rule_set(tmp_path, "extends: occurrence\nmessage: m\nscope: sentence\nmax: 3\ntoken: '\\w+'")
    assert found(rules, "One two three. One two three four five. Yes.") == ["four five"]
    rules = rule_set(tmp_path, "extends: occurrence\nmessage: m\nmin: 1\ntoken: 'Next step: '")
    assert found(rules, "Next step: none") == []
    assert found(rules, "Nothing") == ["Nothing"]
    rules = rule_set(tmp_path, "extends: occurrence\nmessage: m\nscope: paragraph\nmax: 1\ntoken: 'x'")
    assert found(rules, "x\n\nx x") == ["x"]


def test_repetition_consistency_conditional(tmp_path: Path) -> None:
    rules = rule_set(
        tmp_path, "extends: repetition\nmessage: \"'%s'\"\nignorecase: true\nalpha: true\ntokens: ['[^\\s]+']"
    )
    assert found(rules, "The the tent, go go\ngo 2 2") == ["The the", "go go"]
    rules = rule_set(tmp_path, "extends: consistency\nmessage: m\neither: {grey: gray}")
    assert found(rules, "grey and gray") == ["gray"]
    assert found(rules, "grey and grey") == []
    rules = rule_set(
        tmp_path,
        "extends: conditional\nmessage: m\nfirst: '\\b([A-Z]{3,5})\\b'\nsecond: '\\(([A-Z]{3"
        ",5})\\)'\nexceptions: [API]",
    )
    assert found(rules, "World Hat Org (WHO). WHO, API, FAO") == ["FAO"]


@pytest.mark.parametrize(
    ("match", "good", "bad"),
    [
        ("$sentence", "Wash the Azure shell", "Wash The New Big Shell"),
        ("$title", "The Lord of the Rings", "the lord Of rings"),
        ("$lower", "all small", "Not small"),
        ("$upper", "LOUD", "Quiet"),
        ("'^[A-Z]'", "Yes", "no"),
    ],
)
def test_capitalization(tmp_path: Path, match: str, good: str, bad: str) -> None:
    rules = rule_set(tmp_path, f"extends: capitalization\nmessage: m\nmatch: {match}\nexceptions: [Azure]")
    assert found(rules, good) == []
    assert found(rules, bad) == [bad]


def test_tasks_limit_a_rule_and_levels_decide_passing(tmp_path: Path) -> None:
    rules = rule_set(tmp_path, "extends: existence\nmessage: m\nlevel: warning\ntasks: [support_reply]\ntokens: [bad]")
    assert rules.check("bad") == [] and rules.check("bad", task="campaign_copy") == []
    assert rules.passes("bad", task="support_reply")
    assert not rules.passes("bad", task="support_reply", min_level="warning")


def test_placeholders_are_never_a_breach(tmp_path: Path) -> None:
    rules = rule_set(tmp_path, "extends: existence\nmessage: m\nnonword: true\ntokens: ['[A-Z]{4,}']")
    assert found(rules, "Hi [CUSTOMER_NAME], STOP") == ["STOP"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("extends: existence\ntokens: ['(']", "Rule.yml:2"),
        ("extends: existance\ntokens: [a]", "Did you mean `existence`?"),
        ("extends: existence\ntokns: [a]", "Did you mean `tokens`?"),
        ("extends: existence\nlevel: eror\ntokens: [a]", "Did you mean `error`?"),
        ("extends: existence\ntokens: [a", "Rule.yml:2"),
        ("extends: occurrence\ntoken: a", "`min` or `max`"),
        ("extends: existence\ntokens: a", "must be a list"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        rule_set(tmp_path, text)
    assert says in str(error.value) and "Rule.yml" in str(error.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("extends: spelling", "dictionary"),
        ("extends: sequence", "part-of-speech"),
        ("extends: existence\nscope: table.cell\ntokens: [a]", "table.cell"),
        ("extends: existence\nscope: heading & ~heading.h1\ntokens: [a]", "~heading.h1"),
        ("extends: existence\ntokens: ['(?<open-close>b)']", "balancing groups"),
        ("extends: script\nscript: x", "Tengo"),
    ],
)
def test_what_cannot_be_checked_is_named(tmp_path: Path, text: str, why: str) -> None:
    rules = rule_set(tmp_path, text)
    assert rules.rules == () and why in rules.unsupported[0].why


def test_no_folder_and_missing_folder(tmp_path: Path) -> None:
    assert load_rules(None).passes("anything")
    with pytest.raises(ConfigError):
        load_rules(tmp_path / "absent")


@pytest.mark.parametrize("package", ["vale_Google", "vale_Microsoft"])
def test_real_packages_load_whole(package: str) -> None:
    folder = PACKAGES / package
    if not folder.is_dir():
        pytest.skip("the packages are not on this machine")
    rules = load_rules(folder)
    assert len(rules.rules) + len(rules.unsupported) == len(list(folder.glob("*.yml")))
    assert {rule.why for rule in rules.unsupported} == {"it has no `extends`, so it is not a rule"}
    broken = {
        f.rule.split(".")[1] for f in rules.check("I will utilize e.g. the 1st thing , e.g. 12/05/2024 at 9 am!!")
    }
    assert broken & {"Latin", "Foreign", "Ordinal", "DateOrder", "Exclamation", "Wordiness"}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("character", ["a", " ", "!", ".", "A", "1", "\n", ",", "ש", "😀"])
def test_large_text_is_checked_in_time(tmp_path: Path, character: str) -> None:
    rules = rule_set(tmp_path, "extends: existence\nmessage: m\ntokens: [kindly]\nignorecase: true")
    rules.passes(character * 2_000_000)
