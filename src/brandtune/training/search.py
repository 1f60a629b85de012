"""Looks for better settings by training with some and watching the held-out loss (Optuna: TPE with early pruning).

Trials are kept in a database and go on after an interruption. The test split is never seen here. `search_space` says
what is tried.
"""

import math
import random
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from brandtune.core.errors import EmptyDatasetError, MissingPartError, UsageError
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress, Silent
from brandtune.models.loading import Model
from brandtune.training.callbacks import Outcome, Point
from brandtune.training.config import TrainingConfig
from brandtune.training.distributed import team
from brandtune.training.health import Diverged
from brandtune.training.objectives.items import Learnable, items_of
from brandtune.training.rates import noise_share, peak_learning_rate
from brandtune.training.reference import REFERENCE
from brandtune.training.search_results import LOOKS_AN_EPOCH, Searched, ended, searched
from brandtune.training.search_space import Space, with_settings
from brandtune.training.training import train

_MAY_CHANGE: Any = {
    **dict.fromkeys(("workers", "least_workers", "restarts", "parallel", "checkpoint_every_s", "track"), True),
    "search": {"trials", "budget"},
}
"""Settings with which a search goes on where it was."""
FIRST_JUDGED = 4
"""Trials that are all seen through, so that later ones can be compared."""


def search(
    rows: Sequence[Learnable],
    *,
    validation: Sequence[Learnable],
    config: TrainingConfig,
    load: Callable[[], Model],
    dataset: str,
    database: str,
    work: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Searched:
    """Try settings, the configured ones first; the same call goes on where an earlier one was stopped.

    Args:
        load: Loads the base anew for each trial.
        dataset: Identity of the rows; with base and settings the name that trials are kept under.
        database: SQLAlchemy address where trials are kept.
        work: Folder for the trials' checkpoints.
        start: An earlier adapter that every trial goes on with.

    Raises:
        MissingPartError: Optuna is not installed.
        EmptyDatasetError: There are no validation examples to compare by.
        UsageError: Several processes were started together.
    """
    if team().size > 1:
        raise UsageError(
            "a search runs in one process.",
            where="train --search",
            fix="Search first; the training that follows may run in several processes.",
        )
    if not validation:
        raise EmptyDatasetError("there are no validation examples to compare settings by.", where="training.search")
    model = load()
    chosen = _part(rows, share=config.search.share, seed=config.search.seed)
    rate = _rate(config, model, chosen)
    space = Space.around(config if start is None else _fixed_adapter(config), rate=rate)
    name = content_id(["search", dataset, model.fingerprint, config.model_dump(mode="json", exclude=_MAY_CHANGE)])
    del model
    study = _study(database, name=f"brandtune-{name}", config=config)

    def trained(tried: TrainingConfig, folder: Path, watch: _Watch) -> None:
        train(
            chosen, model=load(), config=tried, output=folder / "out", validation=validation, work=folder, start=start,
            callbacks=[watch], reference=work / REFERENCE, progress=Silent(),
        )  # fmt: skip

    _Search(study, space, config, work, progress or Silent()).run(trained)
    return searched(study, space)


class _Search:
    """Asks the study what to try, trains it, tells how it went."""

    def __init__(self, study: Any, space: Space, config: TrainingConfig, work: Path, progress: Progress) -> None:
        self.study, self.space, self.config = study, space, config
        self.work, self.progress = work, progress

    def run(self, trained: "Training") -> None:
        self._take_up()
        wanted = self.config.search.trials
        with self.progress.task("search", total=wanted) as bar:
            bar.advance(len(ended(self.study)))
            while len(over := ended(self.study)) < wanted:
                spent = sum(trial.user_attrs.get("epochs", 0.0) for trial in over) / self.config.epochs
                if spent * self.config.search.share >= self.config.search.budget:
                    self.progress.say(f"the search ends after {len(over)} of {wanted} trials: its budget is spent")
                    return
                self._try(trained)
                bar.advance(1, note=f"best {self._best():.3f}")

    def _take_up(self) -> None:
        """Give trials that were cut off another go, from their checkpoints; a new search begins with the known."""
        from optuna.trial import TrialState

        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in running:
            self.study.tell(trial.number, state=TrialState.FAIL)
            self.study.enqueue_trial(trial.params, user_attrs={"folder": _name(trial)})
        if not self.study.get_trials(deepcopy=False):
            self.study.enqueue_trial(self.space.configured)

    def _try(self, trained: "Training") -> None:
        from optuna.trial import TrialState

        trial = self.study.ask()
        settings = self.space.suggest(trial)
        tried = with_settings(self.config, settings)
        looks = max(1, round(LOOKS_AN_EPOCH * tried.epochs))
        tried = tried.model_copy(update={"validations": looks, "keep": "best", "track": ()})
        watch = _Watch(trial, looks=looks)
        trial.set_user_attr("settings", settings)
        started = time.perf_counter()
        state = TrialState.COMPLETE
        try:
            trained(tried, self.work / _name(trial), watch)
        except Diverged:  # the settings are at fault, and the sampler learns to keep away
            watch.pruned, state = True, TrialState.PRUNED
            trial.set_user_attr("failed", True)
        shutil.rmtree(self.work / _name(trial))
        trial.set_user_attr("seconds", round(time.perf_counter() - started, 2))
        trial.set_user_attr("epochs", watch.epoch)
        if watch.pruned or not math.isfinite(watch.best):
            self.study.tell(trial, state=TrialState.PRUNED)
        else:
            self.study.tell(trial, watch.best, state=state)

    def _best(self) -> float:
        values = [trial.value for trial in ended(self.study) if trial.value is not None]
        return min(values, default=math.nan)


class _Watch:
    """A callback of the loop: reports each held-out loss to the study, and stops the trial when it lags behind.

    Args:
        looks: How many there will be; after the last there is nothing to stop.
    """

    def __init__(self, trial: Any, *, looks: int) -> None:
        self.trial, self.last = trial, looks
        self.looks, self.epoch, self.best, self.pruned = 0, 0.0, math.inf, False

    def logged(self, point: Point) -> None:
        self.epoch = max(self.epoch, point["epoch"])
        loss = point.get("validation_loss")
        if loss is None or point["step"] == 0:
            return
        self.looks += 1
        self.best = min(self.best, loss)
        self.trial.report(loss, step=self.looks)

    def wants_to_stop(self) -> str:
        if 0 < self.looks < self.last and not self.pruned:
            self.pruned = bool(self.trial.should_prune())
        return "others did better at this point" if self.pruned else ""

    def finished(self, outcome: Outcome) -> None:
        return


Training = Callable[[TrainingConfig, Path, _Watch], None]
"""Trains with a configuration, with a folder for checkpoints, watched."""


def _study(database: str, *, name: str, config: TrainingConfig) -> Any:
    """The study of that name, begun or gone on with."""
    try:
        import optuna
    except ImportError:
        raise MissingPartError(
            "`optuna` is not installed.", where="train --search", fix='pip install "brandtune[search]"'
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings = config.search
    pruner: Any = {
        "median": optuna.pruners.MedianPruner(n_startup_trials=FIRST_JUDGED, n_warmup_steps=1),
        "halving": optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2),
        "none": optuna.pruners.NopPruner(),
    }[settings.pruning]
    storage = optuna.storages.RDBStorage(database)
    study = optuna.create_study(
        storage=storage, study_name=name, load_if_exists=True, direction="minimize", pruner=pruner
    )
    done = len(study.get_trials(deepcopy=False))  # one that is taken up again must not draw what it drew before
    seed = int(content_id([settings.seed, done]), 16) % 2**32
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST_JUDGED)
    return study


def _fixed_adapter(config: TrainingConfig) -> TrainingConfig:
    """The same without what an earlier adapter has settled already."""
    return config.model_copy(update={"search": config.search.model_copy(update={"ranks": (), "dropouts": ()})})


def _rate(config: TrainingConfig, model: Model, rows: Sequence[Learnable]) -> float:
    """The rate that a run with the configured settings would have; of an automatic batch size that is not known yet."""
    rate = peak_learning_rate(config, model)
    if config.learning_rate != "auto" or config.batch_size == "auto":
        return rate
    items, _ = items_of(
        rows, renderer=model.renderer, max_tokens=min(config.max_tokens or model.context, model.context)
    )
    return rate * noise_share(config, items, batch_size=config.batch_size)


def _part(rows: Sequence[Learnable], *, share: float, seed: int) -> Sequence[Learnable]:
    """So many of the rows, in their order; at least one."""
    if share == 1.0:
        return rows
    count = max(1, round(share * len(rows)))
    return [rows[index] for index in sorted(random.Random(f"search/{seed}").sample(range(len(rows)), count))]


def _name(trial: Any) -> str:
    return str(trial.user_attrs.get("folder") or f"trial-{trial.number}")
