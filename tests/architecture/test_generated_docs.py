"""The reference pages say what the code says."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_configuration_reference_is_up_to_date():
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == generator().configuration(), "run: make docs"


def test_the_command_reference_is_up_to_date():
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == generator().commands(), "run: make docs"


def test_every_task_kind_arm_and_stage_is_in_the_readme():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for word in ("ingest", "link", "curate", "freeze", "train", "evaluate", "release", "few-shot", "RAG", "chat"):
        assert word in readme, word
