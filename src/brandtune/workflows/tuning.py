"""Training and evaluation as the journey calls them: load, work, keep what later stages and people need."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from brandtune import evaluation, training
from brandtune.core.brand import Brand
from brandtune.core.errors import EmptyDatasetError, NotFoundError, UsageError
from brandtune.core.examples import Example, Preference, Rated
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress
from brandtune.core.storage import write_json
from brandtune.core.tasks import Task
from brandtune.datasets import DatasetVersion, Split
from brandtune.evaluation.results import Report
from brandtune.models import Model, load_model
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.rewards.answers import Rewards
from brandtune.workflows import rewarding
from brandtune.workflows.plan import Plan
from brandtune.workflows.rewarding import brand_rules as brand_rules
from brandtune.workflows.rewarding import folder_content as folder_content
from brandtune.workflows.rewarding import reward_of
from brandtune.workflows.starting_point import StartingPoint
from brandtune.workflows.trained import RESULT, curve_point, phase_name
from brandtune.workflows.trained import Trained as Trained
from brandtune.workflows.trained import load_trained as load_trained
from brandtune.workflows.trained import save_trained as save_trained


def train(
    version: DatasetVersion,
    *,
    plan: Plan,
    base: str,
    brand: Brand,
    work: Path,
    progress: Progress,
    earlier: StartingPoint | None = None,
) -> Trained:
    """Train on the version's training split, phase by phase; the adapters lie in `work` until the stage is saved.

    A killed run goes on in the phase where it was; phases that were done are not done again.

    Args:
        earlier: What `training.start` names.
    """
    settings = plan.training.phases
    require_ready(version, plan=plan, brand=brand)
    if len(settings) == 1:
        phase = _Phase(version, plan, settings[0], base, brand, earlier=earlier)
        return phase.train(work, progress=progress)
    done: list[Trained] = []
    for number, config in enumerate(settings, start=1):
        folder = work / f"{number}-{config.objective}"
        phase = _Phase(version, plan, config, base, brand, earlier=earlier, judge=_last(done, writes=False))
        if not (folder / RESULT).is_file():
            progress.say(f"training phase {number} of {len(settings)}: {config.objective}")
            trained = phase.train(folder, progress=progress)
            write_json(folder / RESULT, msgspec.structs.replace(trained, name=folder.name))
        done.append(msgspec.structs.replace(load_trained(folder), adapter=str(folder / "adapter")))
        if done[-1].writes:
            earlier = StartingPoint(folder=folder / "adapter", name=phase_name(folder.name))
    return msgspec.structs.replace(_last(done, writes=True) or done[-1], phases=tuple(done))


def require_ready(version: DatasetVersion, *, plan: Plan, brand: Brand) -> None:
    """Say before the first phase what a later one would lack.

    Raises:
        EmptyDatasetError: The dataset has nothing that a phase learns from.
        ConfigError: A reward has nothing to go by.
    """
    for config in plan.training.phases:
        learnt_from(version, "train", plan=plan, objective=config.objective)
    rewarding.require_ready(plan, brand=brand)


def require_evaluable(plan: Plan, version: DatasetVersion | None = None) -> None:
    """Say before training what would stop the evaluation after it; errors as in `evaluation.readiness`."""
    from brandtune.evaluation.readiness import require_held_out, require_ready

    if version is not None:
        require_held_out({split: sum(counts.values()) for split, counts in version.counts.items()})
    require_ready(plan.evaluation, tasks={task.kind: task for task in plan.tasks}, base_dir=plan.directory)


def _last(phases: Sequence[Trained], *, writes: bool) -> Trained | None:
    """The last phase that left a model that writes, or the last that left a reward model."""
    return next((phase for phase in reversed(phases) if phase.writes is writes), None)


@dataclass(frozen=True)
class _Phase:
    """One phase of training: load the base, go on from what is earlier, train."""

    version: DatasetVersion
    plan: Plan
    config: TrainingConfig
    base: str
    brand: Brand
    earlier: StartingPoint | None = None
    judge: Trained | None = None

    def train(self, work: Path, *, progress: Progress) -> Trained:
        """Leaves `work / "adapter"`."""
        config, earlier = self.config, self.earlier.folder if self.earlier else None
        whole = self.earlier is not None and not self.earlier.is_adapter
        model = load_model(
            self.base, adapter=earlier if whole else None, precision=config.precision, device=config.loading_device
        )
        num_parameters = model.num_parameters
        precision = str(next(model.network.parameters()).dtype).removeprefix("torch.")
        if config.base_precision != "auto":
            precision = config.base_precision
        checkpoint = training.train(
            self._rows("train"),
            model=model,
            config=config.located(self.plan.directory),
            validation=self._rows("validation"),
            output=work / "adapter",
            work=work,
            start=None if whole else earlier,
            reward=self._reward(),
            progress=progress,
        )
        return Trained(
            adapter=str(checkpoint.adapter),
            base=self.plan.base,
            curve=tuple(curve_point(point) for point in checkpoint.curve),
            loss_before=_number(checkpoint.loss_before),
            loss_after=_number(checkpoint.loss_after),
            best_step=checkpoint.best_step,
            num_steps=checkpoint.num_steps,
            num_examples=checkpoint.num_examples,
            num_parameters=num_parameters,
            num_trainable=checkpoint.num_trainable,
            tokens=checkpoint.tokens,
            seconds=checkpoint.seconds,
            precision=precision,
            left_out=checkpoint.left_out,
            peak_memory=checkpoint.peak_memory,
            expected_seconds=checkpoint.expected_seconds,
            expected_memory=checkpoint.expected_memory,
            warnings=checkpoint.warnings,
            num_mixed=checkpoint.num_mixed,
            privacy=checkpoint.privacy,
            objective=config.objective,
            start=self.earlier.name if self.earlier else "",
            judged_by=self.judge.name if self.judge and config.objective in ONLINE else "",
        )

    def _rows(self, split: Split) -> Sequence[Example | Preference | Rated]:
        return learnt_from(self.version, split, plan=self.plan, objective=self.config.objective)

    def _reward(self) -> Rewards | None:
        if self.config.objective not in ONLINE:
            return None
        judge = Path(self.judge.adapter) if self.judge else None
        return reward_of(
            self.config, plan=self.plan, brand=self.brand, examples=self.version.examples("train"), judge=judge,
            base=self.base,
        )  # fmt: skip


def _number(value: float) -> float | None:
    return value if value == value and abs(value) != float("inf") else None


def learnt_from(
    version: DatasetVersion, split: Split, *, plan: Plan, objective: str | None = None
) -> Sequence[Example | Preference | Rated]:
    """What an objective (by default that of the first phase) learns from: examples, preferences or rated answers.

    Raises:
        EmptyDatasetError: There are none of the kind.
    """
    objective = objective or plan.training.objective
    if objective == "sft" or objective in ONLINE:
        return version.examples(split)
    rows: Sequence[Example | Preference | Rated]
    rows = version.rated(split) if objective == "kto" else version.preferences(split)
    if not rows and split == "train":
        kind = "rated answers" if objective == "kto" else "preferences"
        raise EmptyDatasetError(
            f"`{objective}` learns from {kind}, and the dataset has none.",
            where="training.objective",
            fix="Use objective: sft, or add sources that give them (A/B tests, edits, ratings); see docs/guides/tasks.md.",
        )
    return rows


def evaluate(
    version: DatasetVersion,
    trained: Trained,
    *,
    plan: Plan,
    brand: Brand,
    tasks: Mapping[str, Task],
    adapter: Path,
    work: Path,
    progress: Progress,
) -> Report:
    """Compare the arms on the version's held-out split.

    Raises:
        UsageError: Training left a reward model only, which does not write.
    """
    if not trained.writes:
        raise UsageError(
            "a reward model was trained, which does not write, so there is nothing to compare.",
            where="training.objective",
            fix="Use it as a reward: training.then: [{objective: grpo, reward: [{kind: model}]}].",
        )

    def load(tuned: bool) -> Model:
        return load_model(
            plan.base,
            adapter=adapter if tuned else None,
            precision=plan.training.precision,
            device=plan.training.device,
            base_dir=plan.directory,
        )

    present = {example.task for example in version.examples("train")}
    return evaluation.evaluate(
        brand=brand,
        tasks={kind: task for kind, task in tasks.items() if kind in present},
        rules=brand_rules(brand),
        train=version.examples("train"),
        validation=version.examples("validation"),
        test=version.examples("test"),
        load=load,
        config=plan.evaluation,
        overfitting=trained.overfitting,
        work=work,
        base_dir=plan.directory,
        progress=progress,
    )


def label_files(plan: Plan) -> dict[str, str]:
    """A hash of each file that evaluation reads (people's labels, general texts), by its path."""
    judge = plan.evaluation.judge
    paths = [plan.evaluation.on_brand_labels, plan.evaluation.votes, judge.labels if judge else None]
    paths.append(plan.evaluation.general_texts)
    found = {path: plan.directory / path for path in paths if path}
    return {
        str(path): content_id([full.read_text("utf-8", "replace")]) for path, full in found.items() if full.is_file()
    }


def mixed_content(plan: Plan) -> str:
    """A hash over the general data to mix in, empty for none.

    Raises:
        NotFoundError: No such file.
    """
    mix = plan.training.located(plan.directory).mix
    if mix is None:
        return ""
    if not mix.path.is_file():
        raise NotFoundError(f"there is no file {mix.path}.", where="training.mix.path", fix="Correct the path.")
    with mix.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_id(brand: str, fingerprint: str) -> str:
    """A name people can type: the brand, then the checkpoint's fingerprint.

    >>> model_id("Larkspur Outdoor", "0123456789abcdef")
    'larkspur-outdoor-01234567'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", brand.lower()).strip("-") or "model"
    return f"{slug}-{fingerprint[:8]}"
