"""How a run ended: for people, and as one JSON document for scripts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from brandtune.execution import RunDirectory
from brandtune.execution.machine import peak_memory
from brandtune.workflows import keeping, searching
from brandtune.workflows.reported import reported

if TYPE_CHECKING:
    from brandtune.cli.console import Console


def show_outcome(
    console: "Console", run: RunDirectory, *, stages: Iterable[str], seconds: float, failed: bool = False
) -> None:
    """The verdict of a run, its report, and what it took; of a failed one no document, since the error is one."""
    if console.json and not failed:
        console.result("", data=outcome_document(run, [name for name in stages if run.finished(name)]))
    if run.finished("evaluate"):
        console.verdict(reported(run).report)
        if not console.json:
            console.result(f"\nReport:         {run.path / 'report.html'}")
    console.say(f"done in {seconds:.0f} s, at most {peak_memory() / 2**30:.1f} GB of memory; run {run.run_id}")


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
