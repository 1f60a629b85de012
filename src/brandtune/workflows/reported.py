"""The report of a run as it stands: what the evaluation found, and what was added to it since.

Since then the gates may have been run on the engine that will serve, and people may have compared outputs blindly.
"""

import shutil

from brandtune.core.errors import NotFoundError
from brandtune.core.records import Struct
from brandtune.core.storage import read_json
from brandtune.evaluation.results import Report
from brandtune.execution import RunDirectory
from brandtune.workflows import keeping
from brandtune.workflows.as_served import NAME, ORIGIN


class Reported(Struct, frozen=True, kw_only=True):
    """A report, and the fingerprint of the stage that its gates come from."""

    report: Report
    fingerprint: str


def reported(run: RunDirectory) -> Reported:
    """The newest state of a run's report.

    Raises:
        NotFoundError: The run has no evaluation.
    """
    record = run.finished("evaluate")
    if record is None:
        raise NotFoundError(f"run {run.run_id} has no evaluation.", fix="Run `brandtune evaluate` first.")
    served = run.finished(NAME)
    if served is not None and read_json(run.path / NAME / ORIGIN)["report"] == record.fingerprint:
        report, fingerprint = keeping.load_report(run.path / NAME), served.fingerprint
    else:
        report, fingerprint = keeping.load_report(run.path / "evaluate"), record.fingerprint
    return Reported(report=report, fingerprint=fingerprint)


def not_served(run: RunDirectory) -> None:
    """Forget gates that were run as served, because that is no longer asked for."""
    shutil.rmtree(run.path / NAME, ignore_errors=True)
