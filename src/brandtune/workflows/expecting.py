"""What `check` expected of a training run, kept so that the run can say how true it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from brandtune.core.ids import content_id
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, write_json
from brandtune.workflows.plan import Plan
from brandtune.workflows.tuning import Trained

if TYPE_CHECKING:
    from brandtune.training.estimate import Preflight


class Expected(Struct, frozen=True, kw_only=True):
    """Seconds of training and bytes of memory, as estimated beforehand."""

    seconds: float
    memory: int


def keep(found: "Preflight", *, plan: Plan, dataset: str) -> None:
    """Write what was estimated for this plan on this dataset version."""
    write_json(_path(plan, dataset), Expected(seconds=found.seconds, memory=found.memory))


def beside(trained: Trained, *, plan: Plan, dataset: str) -> Trained:
    """The same with what `check` had estimated, where it was asked; else with what the run itself estimated early on.

    What `check` keeps is the first phase, so a run of several goes by its own.
    """
    path = _path(plan, dataset)
    if not path.is_file() or trained.phases:
        return trained
    expected = msgspec.convert(read_json(path), Expected)
    return msgspec.structs.replace(trained, expected_seconds=expected.seconds, expected_memory=expected.memory)


def cost_in_words(trained: Trained) -> str:
    """Time and memory of all phases, and in brackets what they were expected to be.

    >>> from types import SimpleNamespace
    >>> one = SimpleNamespace(seconds=93.0, expected_seconds=90.0, peak_memory=2**30, expected_memory=2**30, phases=())
    >>> cost_in_words(one)
    '1.6 minutes (expected 1.5), 1.0 GB (expected 1.0)'
    """
    phases = trained.phases or (trained,)
    time = f"{sum(phase.seconds for phase in phases) / 60:.1f} minutes"
    if all(phase.expected_seconds for phase in phases):
        time += f" (expected {sum(phase.expected_seconds for phase in phases) / 60:.1f})"
    memory = f"{max(phase.peak_memory for phase in phases) / 2**30:.1f} GB"
    if expected := max(phase.expected_memory for phase in phases):
        memory += f" (expected {expected / 2**30:.1f})"
    return f"{time}, {memory}"


# What says how the result is kept safe, and does not change what training takes.
_ALIKE = {"checkpoint_every_s", "keep", "track", "seed"}


def _path(plan: Plan, dataset: str) -> Path:
    training: Mapping[str, Any] = plan.training.model_dump(mode="json", exclude=_ALIKE)
    return plan.workspace / "estimates" / f"{content_id([dataset, plan.base, training])}.json"
