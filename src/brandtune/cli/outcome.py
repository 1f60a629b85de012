"""A run as one JSON document, for scripts."""

from typing import Any

import msgspec

from brandtune.execution import RunDirectory
from brandtune.workflows import keeping, searching
from brandtune.workflows.reported import reported


def outcome_document(run: RunDirectory, stages: list[str]) -> dict[str, Any]:
    """Run id, status, stages with fingerprints, and what curation, evaluation and release found where they ran."""
    document: dict[str, Any] = {
        "run": run.run_id,
        "status": run.status,
        "directory": str(run.path),
        "stages": [msgspec.to_builtins(run.finished(name)) for name in stages],
    }
    if run.finished("curate"):
        report = keeping.load_curation_report(run.path / "curate")
        document["curation"] = msgspec.to_builtins(report) | {"page": str(run.path / "curation.html")}
    if run.finished(searching.NAME):
        document["search"] = msgspec.to_builtins(searching.load(run.path / searching.NAME))
    if run.finished("evaluate"):
        plain: Any = keeping.finite(msgspec.to_builtins(reported(run).report))
        document |= {key: plain.get(key) for key in ("verdict", "gates", "cells", "notes")}
        document["report"] = str(run.path / "report.html")
    if run.finished("release"):
        document["release"] = msgspec.to_builtins(keeping.load_release(run.path / "release"))
    return document
