"""The search for better training settings as a durable step of a run: what it found is what the stage trains with."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from brandtune.core.errors import ConfigError
from brandtune.core.progress import Progress
from brandtune.core.storage import read_json, write_json, write_text
from brandtune.datasets import DatasetVersion
from brandtune.execution import RunDirectory
from brandtune.execution.stages import fingerprint_of
from brandtune.training import TrainingConfig
from brandtune.training.config import ONLINE
from brandtune.workflows import tuning
from brandtune.workflows.plan import Plan
from brandtune.workflows.starting_point import StartingPoint

if TYPE_CHECKING:
    from brandtune.training.search_results import Searched, Trial

NAME, SETTINGS = "search", "settings.json"


def settings_for(
    version: DatasetVersion,
    *,
    plan: Plan,
    base: str,
    earlier: StartingPoint | None,
    run: RunDirectory,
    made_from: Any,
    asked: bool,
    progress: Progress,
) -> TrainingConfig:
    """The settings to train with: those a search of this run found, or those of the configuration.

    Args:
        earlier: What `training.start` names.
        made_from: What determines the training; what was found for something else is not used, and that is said.
        asked: Search, unless that has been done.
    """
    from brandtune.training.search_space import with_settings

    made_from = [made_from, plan.training.search.model_dump(mode="json")]
    before = run.finished(NAME)
    if not asked and (before is None or before.fingerprint != fingerprint_of(NAME, made_from)):
        if before is not None:
            progress.say("search: what it found was for other settings or data and is not used; search again: --search")
        return plan.training
    work = run.work(NAME, fingerprint=fingerprint_of(NAME, made_from))
    artifact = run.stage(
        NAME,
        made_from=made_from,
        compute=lambda: _search(version, plan=plan, base=base, earlier=earlier, work=work, progress=progress),
        save=save,
        load=load,
    )
    progress.say(f"search: {artifact.record.summary}")
    return with_settings(plan.training, artifact.value.settings)


def trained_with(folder: Path, *, otherwise: TrainingConfig) -> TrainingConfig:
    """The settings that a finished training used; runs of earlier versions did not note them."""
    path = folder / SETTINGS
    return TrainingConfig.model_validate(read_json(path)) if path.is_file() else otherwise


def save_trained(trained: tuning.Trained, folder: Path, *, settings: TrainingConfig) -> str:
    """Keep what was trained, and the settings it was trained with."""
    write_json(folder / SETTINGS, settings.model_dump(mode="json"))
    return tuning.save_trained(trained, folder)


def _search(
    version: DatasetVersion, *, plan: Plan, base: str, earlier: StartingPoint | None, work: Path, progress: Progress
) -> "Searched":
    from brandtune.models import load_model
    from brandtune.training.search import search

    config = plan.training.phases[0].located(plan.directory)
    if config.objective in ONLINE or config.privacy is not None:
        what = "privacy" if config.privacy is not None else f"objective: {config.objective}"
        raise ConfigError(f"a search cannot be made under `{what}`.", where="train --search", fix="Set it by hand.")
    folder = earlier.folder if earlier else None
    whole = earlier is not None and not earlier.is_adapter
    return search(
        tuning.learnt_from(version, "train", plan=plan),
        validation=tuning.learnt_from(version, "validation", plan=plan),
        config=config,
        load=lambda: load_model(
            base, adapter=folder if whole else None, precision=config.precision, device=config.loading_device
        ),
        start=None if whole else folder,
        dataset=version.version,
        database=f"sqlite:///{(plan.workspace / 'search.db').resolve()}",
        work=work,
        progress=progress,
    )


def save(found: "Searched", folder: Path) -> str:
    """All trials as JSON, and every look at every trial as one row of a table that any tool plots."""
    write_json(folder / "search.json", found)
    write_text(folder / "search.csv", _table(found))
    states = [trial.state for trial in found.trials]
    gain = "" if found.gain is None else f", {found.gain:.3f} nats per token better than the configured settings"
    kept = "the configured settings stay" if found.gain == 0 else f"best is {sentence(found.settings)}{gain}"
    return f"{len(states)} trials ({states.count('pruned')} given up early, {states.count('failed')} diverged); {kept}"


def load(folder: Path) -> "Searched":
    from brandtune.training.search_results import Searched

    return msgspec.convert(read_json(folder / "search.json"), Searched)


def sentence(settings: dict[str, float]) -> str:
    """Settings as people write them."""
    return ", ".join(f"{name} {value:.3g}" for name, value in settings.items())


def _table(found: "Searched") -> str:
    names = list(found.settings)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", "epoch", "validation_loss", *names])
    for trial in found.trials:
        for epoch, loss in trial.curve:
            writer.writerow([trial.number, trial.state, epoch, loss, *(trial.settings.get(name, "") for name in names)])
    return text.getvalue()


def best_first(found: "Searched") -> "list[Trial]":
    """Trials by their loss, those that were seen through first."""
    return sorted(found.trials, key=lambda trial: (trial.state != "finished", trial.loss is None, trial.loss or 0.0))
