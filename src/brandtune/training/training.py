"""The verb of this room: it chooses the run that the configuration asks for. Read `loop` next."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from brandtune.core.progress import Logged, Progress, Silent
from brandtune.models.loading import Model
from brandtune.training import memory
from brandtune.training.callbacks import Callback
from brandtune.training.callbacks.trackers import require_work
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.distributed import joined, team
from brandtune.training.loop import Run
from brandtune.training.objectives.items import Learnable
from brandtune.training.online import OnlineRun
from brandtune.training.privacy import PrivateRun
from brandtune.training.results import Checkpoint

if TYPE_CHECKING:
    from brandtune.training.rewards.answers import Reward, Rewards


def train(
    examples: Sequence[Learnable],
    *,
    model: Model,
    config: TrainingConfig,
    output: Path,
    validation: Sequence[Learnable] = (),
    work: Path | None = None,
    start: Path | None = None,
    reward: "Reward | Rewards | None" = None,
    callbacks: Sequence[Callback] = (),
    reference: Path | None = None,
    progress: Progress | None = None,
) -> Checkpoint:
    """Train on `examples` and write what was trained to `output`.

    Started by `torchrun`, every process calls it alike, and they train one model together (see `distributed`).

    Args:
        examples: What to learn from: examples for `sft`, `grpo` and `rloo` (their prompts), preferences for `dpo`,
            `ipo`, `orpo`, `simpo` and `reward`, rated answers for `kto`.
        model: The base; its network is changed in place and must not be used afterwards.
        validation: More of the same kind, whose loss is watched and by which the best weights are chosen.
        work: Folder for checkpoints; a run that finds one there goes on from it and ends with the same weights as a
            run that was never stopped (same machine, same library versions).
        start: An earlier adapter on this base to go on with (SFT, then DPO); it is also the reference.
        reward: What an answer is worth, for `grpo` and `rloo`; their "loss" of validation is the mean reward negated.
        callbacks: More than the configuration asks for; a resumed run tells them the curve so far.
        progress: Where bars and sentences go; by default nowhere, and warnings to the logger `brandtune`.
        reference: File that keeps what the model before training makes of each sequence, for runs that learn from the
            same rows. None: one in `work`.
        output: Folder to create: an adapter in PEFT's format, or a whole model under `full` and `freeze`.

    Raises:
        EmptyDatasetError: No example fits into the context.
        ConfigError: The examples are not of the kind that the objective learns from; a tracker is asked for without `work`;
            or `work` holds the checkpoint of another run.
        Diverged: The loss ran away or became not-a-number; names step and last good state.
        BrandtuneError: The disk is full.
        Interrupted: Ctrl-C, or the system asked to end; the state is kept.

    Source: LoRA (arXiv 2106.09685); token-weighted gradient accumulation as in transformers#35438.
    """
    require_work(config, work)
    with joined():
        shown = (progress or Logged()) if team().leads else Silent()
        run: Run
        if config.objective in ONLINE:
            run = OnlineRun(model, config, reward=reward, work=work, start=start, progress=shown)
        elif config.privacy is not None:
            run = PrivateRun(model, config, work=work, start=start, progress=shown)
        else:
            run = Run(model, config, work=work, start=start, progress=shown)
        try:
            return run.train(examples, validation, output, callbacks=callbacks, reference=reference)
        finally:
            memory.give_back()
