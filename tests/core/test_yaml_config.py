"""Configuration: mistakes are named with line and nearest key, `--set` wins, secrets come from outside."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from brandtune.core.config import (
    Config,
    YamlDocument,
    apply_overrides,
    dotted,
    read_yaml,
    resolve_environment,
    validate,
)
from brandtune.core.errors import ConfigError, NotFoundError


class Cat(Config):
    kind: Literal["cat"] = "cat"
    """Which animal."""
    whiskers: int = 12
    """How many."""


class Dog(Config):
    kind: Literal["dog"] = "dog"
    """Which animal."""
    bark: str = "woof"
    """What it says."""


class Bowl(Config):
    litres: float = Field(default=1.0, gt=0)
    """How much fits in."""


class Home(Config):
    name: str
    """Whose home."""
    animals: tuple[Annotated[Cat | Dog, Field(discriminator="kind")], ...] = ()
    """Who lives there."""
    bowl: Bowl = Bowl()
    """What they eat from."""


def read(text: str, *overrides: str) -> Home:
    document = YamlDocument(text, name="home.yaml")
    apply_overrides(document, list(overrides))
    return validate(Home, document)


def mistake(text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, *overrides)
    return str(caught.value)


def test_a_valid_file_becomes_a_frozen_configuration() -> None:
    home = read("name: Ana\nanimals: [{kind: dog, bark: wuff}]\nbowl: {litres: 2}")
    assert home == Home(name="Ana", animals=(Dog(bark="wuff"),), bowl=Bowl(litres=2.0))
    with pytest.raises(ValidationError):
        home.name = "Zoe"


def test_an_empty_file_has_no_keys_and_misses_the_required_one() -> None:
    assert YamlDocument("# nothing yet\n", name="home.yaml").data == {}
    assert mistake("") == "home.yaml (name): a required key is missing: `name`."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: Ana\nbowls: {}", "home.yaml:2 (bowls): unknown key `bowls`. Did you mean `bowl`?"),
        ("name: Ana\nzzz: 1", "home.yaml:2 (zzz): unknown key `zzz`. Known keys: animals, bowl, name."),
        (
            "name: Ana\nbowl:\n  # how much\n  litre: 2",
            "home.yaml:4 (bowl.litre): unknown key `litre`. Did you mean `litres`?",
        ),
        (
            "name: Ana\nanimals:\n  - kind: dog\n  - kind: cat\n    whisker: 3",
            "home.yaml:5 (animals[1].whisker): unknown key `whisker`. Did you mean `whiskers`?",
        ),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(text: str, expected: str) -> None:
    assert mistake(text) == expected


def test_the_nearest_key_comes_from_the_chosen_kind_only() -> None:
    """`bark` is a dog's; a cat must not be told to bark."""
    found = mistake("name: Ana\nanimals:\n  - kind: cat\n    barks: 1")
    assert found == "home.yaml:4 (animals[0].barks): unknown key `barks`. Known keys: kind, whiskers."


def test_an_unknown_kind_suggests_the_nearest_or_lists_all() -> None:
    assert mistake("name: Ana\nanimals: [{kind: dgo}]").endswith("unknown kind `dgo`. Did you mean `dog`?")
    assert mistake("name: Ana\nanimals: [{kind: zebra}]").endswith("unknown kind `zebra`. Choose one of: cat, dog.")


def test_a_left_out_kind_is_a_missing_key() -> None:
    assert mistake("name: Ana\nanimals:\n  - {bark: x}") == (
        "home.yaml:3 (animals[0]): a required key is missing: `kind`."
    )


def test_a_wrong_type_shows_what_was_found_shortened() -> None:
    found = mistake(f"name: Ana\nbowl:\n  litres: {'x' * 200}")
    assert found.startswith("home.yaml:3 (bowl.litres): ")
    assert "Found: 'xxx" in found
    assert "x" * 57 not in found
    assert "…" in found


def test_every_mistake_is_reported_at_once_one_a_line() -> None:
    lines = mistake("nam: Ana\nbowl: {litres: -1}\nanimals: 3").splitlines()
    assert len(lines) == 4  # `name` is missing, `nam` unknown, litres out of range, animals no list
    assert {line.split(" (")[0] for line in lines} == {"home.yaml:1", "home.yaml:2", "home.yaml:3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: Ana\nname: Zoe", "home.yaml:2: `name` is given twice."),
        ("bowl:\n  litres: 1\n  litres: 2", "home.yaml:3: `litres` is given twice."),
        ("animals:\n  - kind: cat\n    kind: dog", "home.yaml:3: `kind` is given twice."),
        ("- name", "home.yaml: the top level must be a mapping of keys."),
        ("just words", "home.yaml: the top level must be a mapping of keys."),
    ],
)
def test_a_key_given_twice_and_a_top_level_that_is_no_mapping_are_refused(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        YamlDocument(text, name="home.yaml")
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "where"),
    [("name: [1,\nbowl: 2", "home.yaml:2:8"), ("name: Ana\n\tbowl: 2", "home.yaml:2:1"), ("a: \x01", "home.yaml")],
)
def test_broken_yaml_names_line_and_column(text: str, where: str) -> None:
    with pytest.raises(ConfigError, match="not valid YAML") as caught:
        YamlDocument(text, name="home.yaml")
    assert caught.value.where == where


def test_yaml_cannot_construct_python_objects() -> None:
    with pytest.raises(ConfigError, match="not valid YAML"):
        YamlDocument("name: !!python/object/apply:os.getcwd []", name="home.yaml")


@given(st.integers(0, 30), st.sampled_from(["name", "bowl", "animals"]))
def test_the_line_of_a_key_counts_every_line_before_it(blank: int, key: str) -> None:
    document = YamlDocument("# head\n" + "\n" * blank + f"{key}:\n  - 1", name="f")
    assert document.where((key,)) == f"f:{blank + 2} ({key})"
    assert document.where((key, 0)) == f"f:{blank + 3} ({key}[0])"
    assert document.where((key, 0, "deeper")) == f"f:{blank + 3} ({key}[0].deeper)"


def test_a_path_reads_as_people_write_it() -> None:
    assert dotted(("tasks", 0, "kind")) == "tasks[0].kind"
    assert dotted(()) == ""


def test_overrides_are_yaml_and_win_over_the_file() -> None:
    home = read("name: Ana\nanimals: [{kind: dog}, {kind: cat}]", "name=Zoe", "bowl.litres=2.5", "animals.0.bark=wau")
    assert home == Home(name="Zoe", animals=(Dog(bark="wau"), Cat()), bowl=Bowl(litres=2.5))
    assert read("name: Ana", "animals=[{kind: cat, whiskers: 3}]").animals == (Cat(whiskers=3),)
    assert read("name: Ana\nanimals: [{kind: dog}]", "animals[0].bark=x=y").animals == (Dog(bark="x=y"),)


def test_a_later_override_wins() -> None:
    assert read("name: Ana", "name=Zoe", "name=Kim").name == "Kim"


def test_an_override_replaces_a_whole_list_item() -> None:
    assert read("name: Ana\nanimals: [{kind: dog}]", "animals.0={kind: cat}").animals == (Cat(),)


@pytest.mark.parametrize("text", ["name", "=Ana", ""])
def test_an_override_without_key_or_value_says_how_to_write_one(text: str) -> None:
    assert "is not of the form key=value. Write e.g. --set training.epochs=2." in mistake("name: Ana", text)


@pytest.mark.parametrize("item", ["1", "first", "-1"])
def test_an_override_of_a_list_item_that_is_not_there_says_how_long_the_list_is(item: str) -> None:
    found = mistake("name: Ana\nanimals: [{kind: dog}]", f"animals.{item}.bark=x")
    assert found == f"--set animals.{item}.bark: there is no item '{item}'; the list has 1."


def test_a_mistyped_override_suggests_the_nearest_key() -> None:
    assert "unknown key `litre`. Did you mean `litres`?" in mistake("name: Ana", "bowl.litre=1")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("bowl.litres=x", "--set bowl.litres: "),
        ("bowl={litres: x}", "--set bowl (bowl.litres): "),
        ("animals.0.whiskers=x", "--set animals.0.whiskers: "),
        ("animals=[{kind: cat}, {kind: cow}]", "--set animals (animals[1]): unknown kind `cow`."),
        ("bowl.litre=1", "--set bowl.litre: unknown key `litre`."),
    ],
)
def test_a_wrong_value_on_the_command_line_is_not_blamed_on_a_line_of_the_file(override: str, said: str) -> None:
    found = mistake("name: Ana\nanimals:\n  - kind: cat\n  - kind: dog\nbowl:\n  litres: 1", override)
    assert found.startswith(said)
    assert "home.yaml" not in found


def test_an_override_leaves_the_lines_of_other_keys() -> None:
    found = mistake("name: Ana\nbowl:\n  litres: x\n  lid: 1", "bowl.litres=2")
    assert found == "home.yaml:4 (bowl.lid): unknown key `lid`. Known keys: litres."


@pytest.mark.parametrize("key", ["name.first", "animals.0.kind.x", "animals.\N{SUPERSCRIPT TWO}.kind"])
def test_an_override_below_what_holds_nothing_is_a_configuration_error(key: str) -> None:
    assert f"--set {key}: there is no " in mistake("name: Ana\nanimals: [{kind: dog}]", f"{key}=x")


def test_an_override_below_an_empty_key_fills_it() -> None:
    assert read("name: Ana\nbowl:", "bowl.litres=2").bowl == Bowl(litres=2.0)


def test_an_override_whose_value_is_not_yaml_is_a_configuration_error() -> None:
    assert "bowl.litres" in mistake("name: Ana", "bowl.litres=[")


def test_an_override_into_a_list_item_that_is_no_mapping_is_a_configuration_error() -> None:
    assert "animals.0.bark" in mistake("name: Ana\nanimals: [dog]", "animals.0.bark=x")


def test_an_impossible_date_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        YamlDocument("name: 2024-13-99", name="home.yaml")


@pytest.mark.parametrize(
    ("text", "where"), [("bowl: 1\nname: 2024-13-99", "home.yaml:2:7"), ("name: [1, 0x_]", "home.yaml:1:11")]
)
def test_what_only_looks_like_a_date_or_number_is_named_with_its_place(text: str, where: str) -> None:
    with pytest.raises(ConfigError, match="not valid YAML") as caught:
        YamlDocument(text, name="home.yaml")
    assert caught.value.where == where


def test_an_alias_that_contains_itself_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        YamlDocument("animals: &x [*x]", name="home.yaml")


@pytest.mark.parametrize("text", ["a: &x {b: {c: *x}}", "a: &x {<<: *x}", "a: " + "[" * 5000 + "]" * 5000])
def test_what_contains_itself_or_goes_too_deep_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigError):
        YamlDocument(text, name="home.yaml")


def test_an_alias_may_be_used_twice() -> None:
    assert YamlDocument("a: &x [1]\nb: *x\nc: [*x, *x]", name="f").data == {"a": [1], "b": [1], "c": [[1], [1]]}


def test_variables_are_replaced_wherever_strings_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "larkspur")
    monkeypatch.setenv("PASSWORD", "s3cret")
    given_ = {"a": ["${SHOP}", 3, None], "b": {"c": "db://${SHOP}:${PASSWORD}@host"}, "d": "$SHOP"}
    expected = {"a": ["larkspur", 3, None], "b": {"c": "db://larkspur:s3cret@host"}, "d": "$SHOP"}
    assert resolve_environment(given_) == expected


def test_a_variable_that_is_not_set_names_itself_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    with pytest.raises(ConfigError) as caught:
        resolve_environment({"sources": [{"token": "${NO_SUCH}"}]})
    expected = "sources[0].token: the environment variable NO_SUCH is not set. Export NO_SUCH first."
    assert str(caught.value) == expected


def test_a_variable_s_value_is_not_searched_for_variables_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTER", "${INNER}")
    monkeypatch.delenv("INNER", raising=False)
    assert resolve_environment("${OUTER}") == "${INNER}"


def test_reading_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no configuration at .*brandtune\.yaml.*brandtune init"):
        read_yaml(tmp_path / "brandtune.yaml")


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "brandtune.yaml"
    path.write_bytes("name: Café".encode("cp1252"))
    with pytest.raises(ConfigError, match=r"not UTF-8 text \(byte 9\). Save it as UTF-8") as caught:
        read_yaml(path)
    assert caught.value.where == str(path)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "brandtune.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: Ana")
    assert read_yaml(path).data == {"name": "Ana"}
