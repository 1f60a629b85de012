"""The house's shape: rooms import downwards only, the front door is light, and no room is a junk drawer."""

import configparser
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import brandtune

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
HEAVY = (
    "torch", "transformers", "peft", "tokenizers", "safetensors", "numpy", "scipy", "sklearn", "pyarrow", "sqlalchemy",
    "ftfy", "ahocorasick", "phonenumbers", "bs4", "brandtune.core.config", "brandtune.workflows.plan",
    "brandtune.evaluation", "brandtune.training", "brandtune.models", "brandtune.curation", "brandtune.sources",
)  # fmt: skip
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE)}


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=60
    )


def heavy_after(code: str, *, heavy: tuple[str, ...] = HEAVY) -> list[str]:
    """Which heavy libraries and rooms a fresh process holds after running `code`."""
    report = f"\nimport json, sys\nprint('\\n' + json.dumps([name for name in {heavy!r} if name in sys.modules]))"
    done = python(code + report)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_contracts(config: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).parent / "lint-imports"
    if not command.is_file():
        pytest.fail("import-linter is not installed beside this Python; install the dev extra")
    return subprocess.run(
        [str(command), "--config", str(config), "--no-cache"],
        capture_output=True, text=True, check=False, env=ENVIRONMENT, cwd=ROOT, timeout=60,
    )  # fmt: skip


def contracts() -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return found


def contract_file(folder: Path, contract: dict[str, object]) -> Path:
    """One contract of pyproject.toml as a configuration of its own."""
    parser = configparser.ConfigParser()
    parser["importlinter"] = {"root_package": "brandtune", "include_external_packages": "True"}
    plain = {k: "\n" + "\n".join(v) if isinstance(v, list) else str(v) for k, v in contract.items() if v != []}
    parser["importlinter:contract:1"] = plain
    with (folder / "one.ini").open("w") as file:
        parser.write(file)
    return folder / "one.ini"


def test_rooms_import_from_lower_floors_only() -> None:
    """The contracts of pyproject.toml, by import-linter's own command."""
    done = run_contracts(ROOT / "pyproject.toml")
    assert done.returncode == 0, done.stdout


def test_only_the_rooms_of_models_import_torch_and_transformers(tmp_path: Path) -> None:
    (contract,) = [contract for contract in contracts() if contract["type"] == "forbidden"]
    done = run_contracts(contract_file(tmp_path, contract))
    assert done.returncode == 0, done.stdout
    assert "1 kept, 0 broken" in done.stdout


def test_the_contract_check_can_fail(tmp_path: Path) -> None:
    """The same check with a rule that is broken on purpose: cli may not import core."""
    wrong = {
        "name": "wrong",
        "type": "forbidden",
        "source_modules": ["brandtune.cli"],
        "forbidden_modules": ["brandtune.core"],
    }
    done = run_contracts(contract_file(tmp_path, wrong))
    assert done.returncode == 1
    assert "0 kept, 1 broken" in done.stdout


def test_every_room_stands_on_a_floor() -> None:
    (floors,) = [contract for contract in contracts() if contract["type"] == "layers"]
    named = {room.strip() for floor in floors["layers"] for room in floor.split("|")}  # type: ignore[attr-defined]
    rooms = {path.parent.name for path in (SOURCE / "brandtune").glob("*/__init__.py")}
    assert rooms == named


def test_importing_the_package_imports_nothing_else() -> None:
    heavy = (*HEAVY, "pydantic", "msgspec", "yaml", "typer", "rich")
    assert heavy_after("import brandtune; brandtune.__version__; dir(brandtune)", heavy=heavy) == []


@pytest.mark.parametrize(
    "code",
    [
        "from brandtune.cli import run; assert run(['--help']) == 0",
        "from brandtune.cli import run; assert run(['--version']) == 0",
        "from brandtune.cli import run; assert run(['models', '--help']) == 0",
    ],
)
def test_the_front_door_is_light(code: str) -> None:
    assert heavy_after(code) == []


def test_every_commands_help_is_light() -> None:
    code = """
from typer.main import get_command
from brandtune.cli.app import app
from brandtune.cli import run
for name in get_command(app).commands:
    assert run([name, "--help"]) == 0, name
"""
    assert heavy_after(code) == []


def test_the_module_run_as_a_program_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "brandtune", "--version"],
        capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"brandtune {brandtune.__version__}\n")


def test_rooms_below_the_models_work_without_torch() -> None:
    rooms = ("core.tasks", "execution", "lineage", "sources", "profiles", "curation", "datasets", "scoring")
    code = "import " + ", ".join(f"brandtune.{room}" for room in rooms)
    assert not {"torch", "transformers", "peft"} & set(heavy_after(code))


def test_importing_the_rooms_of_models_loads_no_torch_until_it_is_used() -> None:
    assert not {"torch", "transformers", "peft"} & set(heavy_after("import brandtune.models"))


@pytest.mark.parametrize("name", [name for name in brandtune.__all__ if not name.startswith("__")])
def test_every_public_name_can_be_imported_and_says_what_it_is(name: str) -> None:
    exported = getattr(brandtune, name)
    assert exported.__name__ == name
    assert exported.__doc__
    assert exported.__doc__.strip()


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'brandtune' has no attribute 'nope'"):
        _ = brandtune.nope


def test_no_module_is_a_junk_drawer() -> None:
    names = {path.stem for path in (SOURCE / "brandtune").rglob("*.py")}
    names |= {path.name for path in (SOURCE / "brandtune").rglob("*") if path.is_dir()}
    assert names & {"core", "evaluation"}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff", "shared", "lib"}


def test_every_module_says_what_it_is_for_in_its_first_line() -> None:
    silent = [
        str(path.relative_to(SOURCE))
        for path in (SOURCE / "brandtune").rglob("*.py")
        if not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []
