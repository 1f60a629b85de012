"""Releasing in spite of a failed gate: who answers for it and why stands in the ledger, beside the gate's numbers."""

from collections.abc import Sequence
from typing import Any

from brandtune.core.errors import NotFoundError, UsageError
from brandtune.evaluation.results import Gate
from brandtune.execution import RunDirectory
from brandtune.lineage import Entry, Ledger
from brandtune.workflows.plan import Plan
from brandtune.workflows.reported import reported

KIND = "gate_override"


def override_gates(plan: Plan, run: RunDirectory, *, names: Sequence[str], by: str, reason: str) -> list[Gate]:
    """Write down that somebody answers for failed gates of a run's report; returns those gates.

    The override holds for this very report: an evaluation that comes out otherwise needs a new one.

    Raises:
        UsageError: No name or no reason was given, or a gate has not failed.
        NotFoundError: The run has no report, or no such gate.
    """
    if not by.strip() or not reason.strip():
        raise UsageError(
            "an override needs the name of who answers for it, and a reason.",
            where="--override",
            fix='Add --by "Jo Meyer" --reason "why it may be released all the same".',
        )
    found = reported(run)
    known = {gate.name: gate for gate in found.report.gates}
    chosen = [_failed(name, known) for name in dict.fromkeys(names)]
    ledger = Ledger(plan.database)
    for gate in chosen:
        detail = {"by": by.strip(), "reason": reason.strip(), "run": run.run_id, "value": gate.value}
        detail |= {"limit": gate.limit, "numbers": gate.sentence}
        ledger.record(KIND, _artifact(gate.name), parents=[_report(found.fingerprint)], detail=detail)
    return chosen


def _failed(name: str, known: dict[str, Gate]) -> Gate:
    if name not in known:
        raise NotFoundError(f"there is no gate {name!r}.", where="--override", fix=f"Gates: {', '.join(known)}.")
    if known[name].passed:
        raise UsageError(f"gate `{name}` has not failed; there is nothing to override.", where="--override")
    return known[name]


def overrides_of(ledger: Ledger, gates: Sequence[Gate], *, fingerprint: str) -> list[dict[str, Any]]:
    """Gate, name, reason and date of every override of one report (by its fingerprint)."""
    return [
        {"gate": gate.name, "by": entry.detail["by"], "reason": entry.detail["reason"], "at": entry.at}
        for gate in gates
        if not gate.passed
        for entry in _entries(ledger, gate.name, fingerprint)[-1:]
    ]


def _entries(ledger: Ledger, gate: str, fingerprint: str) -> list[Entry]:
    return [entry for entry in ledger.entries(_artifact(gate)) if _report(fingerprint) in entry.parents]


def _artifact(gate: str) -> str:
    return f"gate:{gate}"


def _report(fingerprint: str) -> str:
    return f"report:{fingerprint}"
