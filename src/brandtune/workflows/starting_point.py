"""Where training starts when not from the base: a released model of the registry, or a folder of weights."""

from dataclasses import dataclass
from pathlib import Path

from brandtune.core.errors import ConfigError, NotFoundError
from brandtune.core.storage import read_json, write_json
from brandtune.lineage import Registry
from brandtune.models import references
from brandtune.workflows.plan import Plan

WHERE = "training.start"


@dataclass(frozen=True)
class StartingPoint:
    """Weights to go on with.

    Attributes:
        folder: An adapter in PEFT's format, or a whole model.
        name: What the ledger calls it.
    """

    folder: Path
    name: str

    @property
    def is_adapter(self) -> bool:
        return (self.folder / "adapter_config.json").is_file()


def starting_point(plan: Plan, *, pin: Path | None = None) -> StartingPoint | None:
    """What `training.start` names; None for the base itself.

    Args:
        pin: File of a run in which the model behind an alias is held: the run's own release moves `champion`, and a
            resumed run must still start where it started.

    Raises:
        NotFoundError: Neither a model of the registry nor a folder.
        ConfigError: It is a folder without weights, was trained on another base, or does not fit the method.
    """
    name = plan.training.start
    if not name:
        return None
    folder = plan.directory / name
    found = _folder(folder) if folder.is_dir() else _released(name, plan, pin=pin)
    if found.is_adapter != (plan.training.method == "lora"):
        kind = "an adapter" if found.is_adapter else "a whole model"
        raise ConfigError(
            f"{name} is {kind}, which method: {plan.training.method} cannot go on with.",
            where=WHERE,
            fix="Use method: lora." if found.is_adapter else "Use its method, or name its folder as base.",
        )
    return found


def _folder(folder: Path) -> StartingPoint:
    if not any((folder / name).is_file() for name in ("adapter_config.json", "config.json")):
        raise ConfigError(
            f"{folder} holds neither an adapter nor a model.", where=WHERE, fix="Name the folder with the weights."
        )
    return StartingPoint(folder, f"weights:{references.fingerprint(str(folder))}")


def _released(name: str, plan: Plan, *, pin: Path | None) -> StartingPoint:
    held = read_json(pin) if pin is not None and pin.is_file() else {}
    try:
        release = Registry(plan.database, files=plan.workspace).get(held.get(name, name))
    except NotFoundError as error:
        raise NotFoundError(f"there is neither a model nor a folder {name}.", where=WHERE, fix=error.fix) from None
    theirs, ours = (references.resolve(base, base_dir=plan.directory) for base in (release.base, plan.base))
    if references.fingerprint(theirs) != references.fingerprint(ours):
        raise ConfigError(
            f"{release.model_id} was trained on the base {release.base}, and this plan's is {plan.base}.",
            where=WHERE,
            fix="Use the same base, or leave start out.",
        )
    if pin is not None and name not in held:
        write_json(pin, {**held, name: release.model_id})
    return StartingPoint(plan.workspace / release.adapter, f"model:{release.model_id}")
