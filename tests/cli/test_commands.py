"""The commands around a run: help, init, doctor, planned names, and what they refuse."""

import json
import subprocess
import sys

import pytest

from brandtune.cli import run as cli
from brandtune.core.brand import load_brand


def test_help_lists_the_journey_and_imports_nothing_heavy():
    code = "import sys; from brandtune.cli import run; run(['--help']); print([m for m in ('torch', 'transformers', 'sklearn', 'pyarrow', 'sqlalchemy') if m in sys.modules])"  # noqa: E501
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip().endswith("[]")
    for command in ("demo", "init", "run", "check", "chat", "ingest", "evaluate", "release"):
        assert command in result.stdout


def test_no_arguments_show_the_help(capsys):
    assert cli([]) in (0, 2)
    assert "Usage" in "".join(capsys.readouterr())


@pytest.mark.parametrize("name", ["serve", "erase", "audit"])
def test_planned_commands_say_so(capsys, name):
    assert cli([name, "--port", "80"]) == 2
    assert "not implemented yet" in capsys.readouterr().err


def test_an_unknown_command_is_a_usage_error(capsys):
    assert cli(["trian"]) == 2


def test_doctor_tells_the_machine_as_json(capsys):
    assert cli(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["cores"] >= 1
    assert facts["libraries"]["torch"].startswith("2.")


def test_init_writes_a_configuration_that_loads_and_refuses_to_overwrite(tmp_path, capsys):
    assert cli(["init", str(tmp_path / "acme")]) == 0
    before = (tmp_path / "acme" / "brandtune.yaml").read_text()
    from brandtune import load_plan

    plan = load_plan(tmp_path / "acme" / "brandtune.yaml")
    assert plan.brand.name == "Acme"
    assert load_brand(plan.brand, base_dir=plan.directory).voice == ""  # the page to fill in is no voice guide
    assert cli(["init", str(tmp_path / "acme")]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "acme" / "brandtune.yaml").read_text() == before


def test_init_looks_at_the_data(tmp_path, capsys):
    data = tmp_path / "tickets.jsonl"
    rows = [
        {
            "conversation_id": n,
            "messages": [{"role": "user", "content": f"Q{n}"}, {"role": "assistant", "content": "A"}],
        }
        for n in range(30)
    ]
    data.write_text("\n".join(json.dumps(row) for row in rows))
    arguments = ["init", str(tmp_path / "p"), "--data", str(data), "--lawful-basis", "legitimate_interest"]
    assert cli([*arguments, "--assessment", "LIA-7"]) == 0
    text = (tmp_path / "p" / "brandtune.yaml").read_text()
    assert "maps_to: conversation" in text
    assert "kind: support_reply" in text
    assert cli(["check", "--config", str(tmp_path / "p" / "brandtune.yaml"), "--json"]) in (0, 3)
    capsys.readouterr()


def test_init_with_a_missing_data_file_is_exit_5(tmp_path):
    assert cli(["init", str(tmp_path / "p"), "--data", str(tmp_path / "no.csv")]) == 5
    assert not (tmp_path / "p").exists()


def test_init_from_demo_writes_the_sample_company(tmp_path):
    assert cli(["init", str(tmp_path / "demo"), "--from", "demo"]) == 0
    assert (tmp_path / "demo" / "data" / "tickets.json").is_file()


def test_run_without_configuration_is_exit_5(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli(["run"]) == 5
    assert "brandtune init" in capsys.readouterr().err


def test_models_of_a_fresh_project_are_none_yet(tmp_path, capsys):
    cli(["init", str(tmp_path / "acme")])
    capsys.readouterr()
    assert cli(["models", "list", "--config", str(tmp_path / "acme" / "brandtune.yaml")]) == 0
    assert "no model was released yet" in capsys.readouterr().out


def test_resume_without_a_run_is_exit_5(tmp_path, capsys):
    cli(["init", str(tmp_path / "acme")])
    assert cli(["run", "--resume", "--config", str(tmp_path / "acme" / "brandtune.yaml")]) == 5
