"""Training and evaluation as the journey calls them: load, work, keep what later stages and people need."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from brandtune import evaluation, training
from brandtune.core.brand import Brand
from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Dropped, Example, Preference, Rated
from brandtune.core.ids import content_id
from brandtune.core.progress import Progress
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, write_json
from brandtune.core.tasks import Task
from brandtune.datasets import DatasetVersion, Split
from brandtune.evaluation.general_texts import load_general_texts
from brandtune.evaluation.results import CurvePoint, Report
from brandtune.models import Model, load_model
from brandtune.scoring.rules import RuleSet, load_rules
from brandtune.workflows.plan import Plan


class Trained(Struct, frozen=True, kw_only=True):
    """What a training run left, beside its `adapter/` folder. Losses in nats per token on validation."""

    adapter: str
    base: str
    curve: tuple[CurvePoint, ...]
    loss_before: float | None
    loss_after: float | None
    best_step: int
    num_steps: int
    num_examples: int
    num_parameters: int
    num_trainable: int
    tokens: int
    seconds: float
    precision: str
    left_out: tuple[Dropped, ...] = ()

    @property
    def overfitting(self) -> tuple[float, float] | None:
        """(best, last) validation loss after the start, or None without validation."""
        measured = [p.validation_loss for p in self.curve if p.validation_loss is not None and p.step > 0]
        return (min(measured), measured[-1]) if measured else None


def train(version: DatasetVersion, *, plan: Plan, base: str, work: Path, progress: Progress) -> Trained:
    """Train on the version's training split; the adapter lies in `work` until the stage is saved."""
    model = load_model(base, precision=plan.training.precision, device=plan.training.device)
    num_parameters = model.num_parameters
    precision = str(next(model.network.parameters()).dtype).removeprefix("torch.")
    checkpoint = training.train(
        learnt_from(version, "train", plan=plan),
        model=model,
        config=plan.training,
        validation=learnt_from(version, "validation", plan=plan),
        output=work / "adapter",
        work=work,
        progress=progress,
    )
    return Trained(
        adapter=str(checkpoint.adapter),
        base=plan.base,
        curve=tuple(msgspec.convert(point, CurvePoint, strict=False) for point in checkpoint.curve),
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
    )


def learnt_from(version: DatasetVersion, split: Split, *, plan: Plan) -> Sequence[Example | Preference | Rated]:
    """What the objective learns from: examples, preferences or rated answers.

    Raises:
        EmptyDatasetError: There are none of the kind.
    """
    objective = plan.training.objective
    if objective == "sft":
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


def _number(value: float) -> float | None:
    return value if value == value and abs(value) != float("inf") else None


def save_trained(trained: Trained, folder: Path) -> str:
    shutil.copytree(trained.adapter, folder / "adapter")
    write_json(folder / "training.json", msgspec.structs.replace(trained, adapter="adapter"))
    loss = (
        f"validation loss {trained.loss_before:.3f} to {trained.loss_after:.3f} nats per token"
        if trained.loss_before and trained.loss_after
        else "no validation loss"
    )
    left_out = f"; {len(trained.left_out)} examples too long and left out" if trained.left_out else ""
    return f"{trained.num_steps} steps over {trained.num_examples:,} examples, {loss}{left_out}"


def load_trained(folder: Path) -> Trained:
    return msgspec.convert(read_json(folder / "training.json"), Trained)


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
    """Compare the arms on the version's held-out split."""

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
        general_texts=load_general_texts(plan.evaluation.general_texts, base_dir=plan.directory),
        work=work,
        progress=progress,
    )


def brand_rules(brand: Brand) -> RuleSet:
    """The brand's rules; an empty set where it has none."""
    return load_rules(Path(brand.rules_dir)) if brand.rules_dir else RuleSet()


def general_texts_content(plan: Plan) -> str:
    """A hash of the texts of your own on which forgetting is measured, empty for the shipped ones."""
    path = plan.evaluation.general_texts
    file = plan.directory / path if path else None
    return content_id(file.read_text("utf-8", "replace")) if file and file.is_file() else ""


def model_id(brand: str, fingerprint: str) -> str:
    """A name people can type: the brand, then the checkpoint's fingerprint.

    >>> model_id("Larkspur Outdoor", "0123456789abcdef")
    'larkspur-outdoor-01234567'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", brand.lower()).strip("-") or "model"
    return f"{slug}-{fingerprint[:8]}"


def folder_content(folder: str) -> str:
    """A hash over the text files of a folder (brand rules), empty for none."""
    if not folder:
        return ""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return content_id([[path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")] for path in paths])
