"""Said before a training starts: what the planned test will be able to show. It stops nothing. `enough` works it out."""

import logging

from brandtune.core.errors import BrandtuneError
from brandtune.core.progress import Progress
from brandtune.core.storage import read_json, write_json
from brandtune.datasets import DatasetVersion
from brandtune.execution import RunDirectory
from brandtune.models import load_renderer
from brandtune.workflows.enough import Enough, enough
from brandtune.workflows.plan import Plan

FILE = "planned_test.json"
log = logging.getLogger(__name__)


def foresee(version: DatasetVersion, *, plan: Plan, base: str, run: RunDirectory, progress: Progress) -> Enough | None:
    """Say in one line what can be shown with what is held out, log it, and keep it in the run; None where it is unknown.

    Args:
        base: The base model's folder, or its hub id.
    """
    try:
        renderer, context = load_renderer(base)
        found = enough(version, plan=plan, renderer=renderer, context=context)
    except BrandtuneError as error:  # what is wrong with the base or the data stops what needs it, and not this
        progress.say(f"test: what it can show is not known before training ({error})")
        return None
    progress.say(f"test: {found.shows or 'nothing is held out, so that nothing can be shown.'}")
    log.info(
        "planned_test examples=%d customers=%d detectable=%.4f worthwhile=%.4f within_reach=%s",
        found.num_judged, found.num_people, found.minimum_detectable, found.worthwhile,
        found.minimum_detectable <= found.worthwhile,
    )  # fmt: skip
    write_json(run.path / FILE, found)
    return found


def foreseen(run: RunDirectory) -> str:
    """The line that was said before the run's training; empty where none was."""
    path = run.path / FILE
    return str(read_json(path)["shows"]) if path.is_file() else ""
