"""brandtune.yaml as a whole: every mistake is found before anything runs, and named where it stands."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from brandtune.core.errors import BrandtuneError, ConfigError, NotFoundError
from brandtune.workflows.plan import Plan, load_plan

BRAND = "brand:\n  name: Quill\n"
SOURCES = "sources:\n  - {kind: jsonl, path: a.jsonl, maps_to: conversation}\n"
TASKS = "tasks:\n  - kind: support_reply\n"
WHOLE = BRAND + SOURCES + TASKS
LINES = WHOLE.count("\n")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "brandtune.yaml"


def load(config: Path, text: str = WHOLE, *overrides: str) -> Plan:
    config.write_text(text, encoding="utf-8")
    return load_plan(config, overrides=list(overrides))


def mistakes(config: Path, text: str, *overrides: str) -> str:
    """What is said about the file, its path cut to its name."""
    with pytest.raises(ConfigError) as caught:
        load(config, text, *overrides)
    assert caught.value.exit_code == 2
    return str(caught.value).replace(str(config), config.name)


def test_three_keys_are_a_whole_plan(config: Path) -> None:
    plan = load(config)
    assert plan.brand.name == "Quill"
    assert [source.kind for source in plan.sources] == ["jsonl"]
    assert [task.kind for task in plan.tasks] == ["support_reply"]
    assert plan.base == "starter"


def test_paths_belong_to_the_folder_of_the_file_wherever_it_is_read_from(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(config)
    monkeypatch.chdir(config.parent)
    plan = load_plan("brandtune.yaml")
    assert plan.directory == config.parent
    assert plan.workspace == config.parent / ".brandtune"
    assert plan.database == f"sqlite:///{config.parent / '.brandtune' / 'brandtune.db'}"


def test_a_database_that_was_named_wins(config: Path) -> None:
    plan = load(config, WHOLE + "store: {database: 'sqlite:////srv/b.db', files: work}")
    assert plan.database == "sqlite:////srv/b.db"
    assert plan.workspace == config.parent / "work"


def test_a_plan_written_out_with_its_defaults_reads_back_equal(config: Path) -> None:
    plan = load(config, WHOLE + "split: {test: 0.2}\ntraining: {lora: {rank: 8}}\n")
    written = plan.resolved_yaml()
    assert yaml.safe_load(written)["training"]["epochs"] == plan.training.epochs
    assert load(config, written) == plan


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("trainin: {}\n", "(trainin): unknown key `trainin`. Did you mean `training`?"),
        ("split: {tset: 0.2}\n", "(split.tset): unknown key `tset`. Did you mean `test`?"),
        ("training: {lora: {rnk: 8}}\n", "(training.lora.rnk): unknown key `rnk`. Did you mean `rank`?"),
        ("curation: {length: {max_chars: x, qqq: 1}}\n", "(curation.length.qqq): unknown key `qqq`. Known keys: "),
        ("evaluation: {gates: {fact_margin: 0}}\n", "unknown key `fact_margin`. Did you mean `facts_margin`?"),
    ],
)
def test_an_unknown_key_anywhere_suggests_the_nearest(config: Path, more: str, said: str) -> None:
    found = mistakes(config, WHOLE + more)
    assert said in found
    assert f"brandtune.yaml:{LINES + 1} (" in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            BRAND + "sources:\n  - kind: zendsk\n    path: a\n" + TASKS,
            "brandtune.yaml:4 (sources[0]): unknown kind `zendsk`. Did you mean `zendesk`?",
        ),
        (
            BRAND + SOURCES + "tasks:\n  - kind: support_reply\n  - kind: suport_reply\n",
            "brandtune.yaml:7 (tasks[1]): unknown kind `suport_reply`. Did you mean `support_reply`?",
        ),
        (
            BRAND + SOURCES + "tasks:\n  - {kind: poetry}\n",
            "(tasks[0]): unknown kind `poetry`. Choose one of: support_reply, campaign_copy, product_description,",
        ),
        (BRAND + SOURCES + "tasks:\n  - {}\n", "brandtune.yaml:6 (tasks[0]): a required key is missing: `kind`."),
    ],
)
def test_an_unknown_kind_suggests_the_nearest_or_lists_all(config: Path, text: str, said: str) -> None:
    assert said in mistakes(config, text)


def test_a_key_of_another_kind_of_source_is_unknown_and_the_nearest_is_of_this_kind(config: Path) -> None:
    found = mistakes(config, BRAND + "sources:\n  - kind: csv\n    path: a.csv\n    pth: b.csv\n" + TASKS)
    assert "brandtune.yaml:6 (sources[0].pth): unknown key `pth`. Did you mean `path`?" in found


@pytest.mark.parametrize(
    ("more", "key", "found"),
    [
        ("training: {epochs: many}", "training.epochs", "'many'"),
        ("training: {epochs: 0}", "training.epochs", "0"),
        ("split: 3", "split", "3"),
        ("split: {test: 1.5}", "split.test", "1.5"),
        ("evaluation: {max_test: 2.5}", "evaluation.max_test", "2.5"),
        ("evaluation: {arms: [tuned, magic]}", "evaluation.arms[1]", "'magic'"),
        ("governance: {pseudonymize: perhaps}", "governance.pseudonymize", "'perhaps'"),
        ("base: [a]", "base", "['a']"),
    ],
)
def test_a_wrong_type_or_value_is_named_with_what_was_found(config: Path, more: str, key: str, found: str) -> None:
    said = mistakes(config, f"{WHOLE}# here:\n{more}\n")
    assert said.startswith(f"brandtune.yaml:{LINES + 2} ({key}): ")
    assert said.endswith(f"Found: {found}.")


@pytest.mark.parametrize("text", [SOURCES + TASKS, BRAND + TASKS, BRAND + SOURCES])
def test_each_of_the_three_keys_is_required(config: Path, text: str) -> None:
    (key,) = {"brand", "sources", "tasks"} - set(yaml.safe_load(text))
    assert mistakes(config, text) == f"brandtune.yaml:1 ({key}): a required key is missing: `{key}`."


@pytest.mark.parametrize("text", [BRAND + "sources: []\n" + TASKS, BRAND + SOURCES + "tasks: []\n"])
def test_an_empty_list_of_sources_or_tasks_is_refused(config: Path, text: str) -> None:
    assert "at least 1 item" in mistakes(config, text)


def test_all_mistakes_are_said_at_once(config: Path) -> None:
    text = (
        "brand: {nam: x}\n"
        + SOURCES
        + "tasks: [{kind: support_reply}, {kind: label, lables: auto}]\ntraining: {epochs: -1}\n"
    )
    said = mistakes(config, text).splitlines()
    assert len(said) == 4
    assert {line.split(" ")[0] for line in said} == {"brandtune.yaml:1", "brandtune.yaml:4", "brandtune.yaml:5"}


def test_one_wrong_kind_is_one_mistake(config: Path) -> None:
    said = mistakes(config, BRAND + SOURCES + "tasks: [{kind: nope}]\n").splitlines()
    assert len(said) == 1


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (WHOLE + "brand: {name: Other}\n", LINES + 1, "brand"),
        (WHOLE + "split:\n  test: 0.1\n  test: 0.2\n", LINES + 3, "test"),
    ],
)
def test_a_key_given_twice_is_refused(config: Path, text: str, line: int, key: str) -> None:
    assert mistakes(config, text) == f"brandtune.yaml:{line}: `{key}` is given twice."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WHOLE + "  - kind: support_reply\n", "task kind `support_reply` is listed twice"),
        (WHOLE + "evaluation: {primary: accuracy}\n", "evaluation.primary is accuracy, but no task gives labels"),
        (
            BRAND + SOURCES + "tasks: [{kind: ticket_intent}]\nevaluation: {primary: on_brand}\n",
            "evaluation.primary is on_brand, but every task gives labels",
        ),
        (WHOLE + "evaluation: {arms: [tuned]}\n", "at least one arm that is not tuned"),
        (WHOLE + "split: {test: 0.6, validation: 0.4}\n", "leave nothing to train on"),
        (WHOLE + "governance: {on_missing: include}\n", "silence is not consent"),
        (WHOLE + "governance: {lawful_basis: legitimate_interest}\n", "needs the recorded balancing test"),
        (WHOLE + "governance: {lawful_basis: not_personal}\n", "needs the name of whoever confirmed it"),
        (WHOLE + "curation: {steps: [clean, lenght]}\n", "unknown curation step `lenght`. Did you mean `length`?"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(config: Path, text: str, said: str) -> None:
    assert said in mistakes(config, text)


@pytest.mark.parametrize(
    ("more", "key"),
    [("schedule: weekly", "schedule")],
)
def test_keys_of_later_versions_say_so(config: Path, more: str, key: str) -> None:
    said = mistakes(config, f"{WHOLE}{more}\n")
    assert said.startswith(f"brandtune.yaml:{LINES + 1} ({key}): ")
    assert "not implemented yet" in said


def test_costs_are_checked_like_everything_else(config: Path) -> None:
    assert "editor_hour" in mistakes(config, f"{WHOLE}costs: {{editor_hours: 40, pieces_per_month: 3}}\n")
    costs = load(config, WHOLE + "costs: {editor_hour: 40, pieces_per_month: 300}\n").costs
    assert costs is not None and costs.currency == "EUR" and "training" not in costs.model_fields_set


def test_keys_of_later_versions_may_be_null(config: Path) -> None:
    assert load(config, WHOLE + "costs: null\nschedule:\n").costs is None


def test_a_file_that_is_missing_says_how_to_make_one(config: Path) -> None:
    with pytest.raises(NotFoundError, match="brandtune init") as caught:
        load_plan(config)
    assert caught.value.exit_code == 5


def test_a_file_that_is_not_utf8_names_the_byte(config: Path) -> None:
    config.write_bytes(WHOLE.replace("Quill", "Café").encode("cp1252"))
    with pytest.raises(ConfigError, match=r"not UTF-8 text \(byte 18\)"):
        load_plan(config)


def test_yaml_that_cannot_be_read_names_line_and_column(config: Path) -> None:
    assert mistakes(config, "brand: {name: Quill\nsources: []\n").startswith("brandtune.yaml:2:8: not valid YAML")


@pytest.mark.parametrize("text", ["", "- a\n", "words\n"])
def test_a_file_that_is_no_plan_at_all_is_refused(config: Path, text: str) -> None:
    assert "brandtune.yaml" in mistakes(config, text)


# --set and the environment


def test_settings_given_on_the_command_line_win(config: Path) -> None:
    text = WHOLE + "training: {epochs: 3}\n"
    plan = load(config, text, "training.epochs=1", "tasks.0.target_turn=last", "split.test=0.3", "base=./my-model")
    assert (plan.training.epochs, plan.tasks[0].target_turn, plan.split.test) == (1.0, "last", 0.3)  # type: ignore[union-attr]
    assert plan.base == "./my-model"
    assert load_plan(config).training.epochs == 3.0


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("trainig.epochs=1", "unknown key `trainig`. Did you mean `training`?"),
        ("training.epochs=lots", "Found: 'lots'."),
        ("tasks.5.kind=label", "--set tasks.5.kind: there is no item '5'; the list has 1."),
        ("epochs", "is not of the form key=value"),
        ("schedule=weekly", "not implemented yet"),
    ],
)
def test_mistakes_on_the_command_line_are_found_like_those_in_the_file(config: Path, override: str, said: str) -> None:
    assert said in mistakes(config, WHOLE, override)


DATABASE = WHOLE + "store: {database: 'postgresql://brandtune:${DB_PASSWORD}@db/brandtune'}\n"


def test_secrets_come_from_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    assert load(config, DATABASE).database == "postgresql://brandtune:hunter2@db/brandtune"
    plan = load(config, WHOLE, "store.database=sqlite:///${DB_PASSWORD}.db")
    assert plan.database == "sqlite:///hunter2.db"


def test_a_secret_that_is_not_set_is_named_with_its_key(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DB_PASSWORD", raising=False)
    said = mistakes(config, DATABASE)
    assert said == (
        f"brandtune.yaml:{LINES + 1} (store.database): the environment variable DB_PASSWORD is not set. "
        "Export DB_PASSWORD first."
    )


def test_secrets_are_not_written_out_with_the_settings(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    written = load(config, DATABASE).resolved_yaml()
    assert "hunter2" not in written
    assert "${DB_PASSWORD}" in written


def test_secrets_are_not_shown_in_error_messages(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    assert "hunter2" not in mistakes(config, WHOLE + "training: {epochs: '${DB_PASSWORD}'}\n")


@pytest.mark.parametrize(
    "more",
    [
        "curation: {steps: ['${DB_PASSWORD}']}",
        "split: '${DB_PASSWORD}'",
        "evaluation: {arms: [tuned, '${DB_PASSWORD}']}",
        "governance: {on_missing: 'x${DB_PASSWORD}x'}",
        "store: ['${DB_PASSWORD}']",
    ],
)
def test_secrets_are_quoted_as_they_were_written(config: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    said = mistakes(config, f"{WHOLE}{more}\n")
    assert "hunter2" not in said
    assert "${DB_PASSWORD}" in said


def test_a_secret_kind_is_not_shown(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    said = mistakes(config, BRAND + SOURCES + "tasks: [{kind: '${DB_PASSWORD}'}]\n")
    assert "unknown kind `${DB_PASSWORD}`" in said


def test_what_was_written_out_reads_back_equal_with_the_same_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    monkeypatch.setenv("ARM", "base")
    monkeypatch.setenv("FILE", "b.jsonl")
    text = BRAND + "sources: [{kind: jsonl, path: '${FILE}', maps_to: conversation}]\n" + TASKS
    plan = load(config, text + "evaluation: {arms: [tuned, rag, '${ARM}']}\n", "store.database=x${DB_PASSWORD}")
    written = plan.resolved_yaml()
    assert plan.evaluation.arms == ("base", "rag", "tuned")
    assert [secret for secret in ("hunter2", "b.jsonl") if secret in written] == []
    assert load(config, written) == plan


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 1.5, "", "x", "2026-01-01", [], ["x"], [None], {}, {"x": 1}, {"kind": "csv"}, [{"kind": []}]],
    ids=repr,
)
def test_whatever_stands_under_a_key_it_is_accepted_or_a_mistake_with_a_place(config: Path, value: Any) -> None:
    """No value may end in a traceback."""
    for key in Plan.model_fields:
        text = yaml.safe_dump(yaml.safe_load(WHOLE) | {key: value})
        try:
            load(config, text)
        except BrandtuneError as error:
            assert str(config) in str(error)
