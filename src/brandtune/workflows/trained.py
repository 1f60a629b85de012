"""What training left: its figures, its curve and its adapters, on disk and in words."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from brandtune.core.examples import Dropped
from brandtune.core.records import Struct
from brandtune.core.storage import read_json, write_json
from brandtune.evaluation.results import CurvePoint
from brandtune.training.config import ONLINE
from brandtune.training.guarantee import Guarantee

RESULT = "training.json"


class Trained(Struct, frozen=True, kw_only=True):
    """What a training run left, beside its `adapter/` folder. Losses on validation: nats per token for `sft`, else the
    objective's own; online the mean reward negated.

    Attributes:
        adapter: Folder of what writes; the last phase's where several went on from each other.
        name: The phase: its number and objective; empty where there was one only.
        start: What it went on from: an earlier model's name in the ledger, or an earlier phase; empty for the base.
        judged_by: The earlier phase whose reward model said what answers are worth; empty for none.
        peak_memory: The most that was held while training, in bytes; of the accelerator, where there is one.
        expected_seconds: What `seconds` was estimated to be; 0 where nothing was. Likewise `expected_memory`.
        warnings: What whoever started the run should know, in sentences.
        phases: Every phase in order, where there were several, with its own folder; this is then the last that writes.
    """

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
    peak_memory: int = 0
    expected_seconds: float = 0.0
    expected_memory: int = 0
    warnings: tuple[str, ...] = ()
    num_mixed: int = 0
    privacy: Guarantee | None = None
    objective: str = "sft"
    name: str = ""
    start: str = ""
    judged_by: str = ""
    phases: tuple["Trained", ...] = ()

    @property
    def writes(self) -> bool:
        """Whether this is a model that writes, not one that says what answers are worth."""
        return self.objective != "reward"

    @property
    def overfitting(self) -> tuple[float, float] | None:
        """(best, last) validation loss after the start; None without validation, or where it is no loss above 0."""
        measured = [p.validation_loss for p in self.curve if p.validation_loss is not None and p.step > 0]
        return (min(measured), measured[-1]) if measured and min(measured) > 0 else None


def phase_name(name: str) -> str:
    """What `Trained.start` calls an earlier phase of the same run."""
    return f"phase:{name}"


def curve_point(point: Mapping[str, float]) -> CurvePoint:
    """A logged point; what only some objectives measure goes into `figures`."""
    known = {name: value for name, value in point.items() if name in CurvePoint.__struct_fields__}
    figures = {name: value for name, value in point.items() if name not in known}
    return msgspec.convert({**known, "figures": figures}, CurvePoint, strict=False)


def save_trained(trained: Trained, folder: Path) -> str:
    """Keep the adapter, and that of every phase where there were several; returns the summary."""
    shutil.copytree(trained.adapter, folder / "adapter")
    kept = []
    for phase in trained.phases:
        shutil.copytree(phase.adapter, folder / "phases" / phase.name / "adapter")
        kept.append(msgspec.structs.replace(phase, adapter=f"phases/{phase.name}/adapter"))
    write_json(folder / RESULT, msgspec.structs.replace(trained, adapter="adapter", phases=tuple(kept)))
    return "; ".join(f"{phase.objective}: {summary(phase)}" for phase in kept) if kept else summary(trained)


def summary(trained: Trained) -> str:
    """One phase in a few words."""
    left_out = f"; {len(trained.left_out)} left out" if trained.left_out else ""
    mixed = f" and {trained.num_mixed:,} general ones an epoch" if trained.num_mixed else ""
    private = f"; {trained.privacy.said()}" if trained.privacy else ""
    over = f"{trained.num_steps} steps over {trained.num_examples:,} examples{mixed}"
    warned = "".join(f"; {text}" for text in trained.warnings)
    return f"{over}, {_change(trained)}{left_out}{private}{warned}"


def caption(trained: Trained) -> str:
    """What the loss in its curve is."""
    if trained.objective == "sft":
        return "Loss in nats per token, lower is better"
    if trained.objective in ONLINE:
        return "Mean reward with its sign turned, lower is better"
    return f"Loss of {trained.objective}, lower is better"


def _change(trained: Trained) -> str:
    before, after = trained.loss_before, trained.loss_after
    if before is None or after is None:
        return "no validation loss"
    if trained.objective in ONLINE:
        return f"reward on validation {-before:.3f} to {-after:.3f}"
    measured = [point.figures["accuracy"] for point in trained.curve if "accuracy" in point.figures]
    right = f", {100 * measured[-1]:.0f} % of held-out pairs in the right order" if measured else ""
    unit = " nats per token" if trained.objective == "sft" else ""
    return f"validation loss {before:.3f} to {after:.3f}{unit}{right}"


def load_trained(folder: Path) -> Trained:
    return msgspec.convert(read_json(folder / RESULT), Trained)
