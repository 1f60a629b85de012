"""`bt.train`: the training engine on its own, without a company around it.

import brandtune as bt
bt.train("chats.jsonl", base="path-or-id", method=bt.LoRA(rank=16), objective=bt.SFT())
"""

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from brandtune.core.config import naming_mistakes
from brandtune.core.errors import ConfigError, UsageError
from brandtune.core.progress import Logged, Progress
from brandtune.training.callbacks.trackers import require_work
from brandtune.training.config import LoRAConfig, OnlineConfig, PreferenceConfig, TrainingConfig
from brandtune.training.rewards.config import ModelReward
from brandtune.training.shapes import learnable

if TYPE_CHECKING:
    from brandtune.training.results import Checkpoint
    from brandtune.training.rewards.answers import Reward, Rewards


class LoRA(LoRAConfig):
    """Train low-rank adapters; the settings are those of `training.lora`."""

    if not TYPE_CHECKING:  # type checkers know the fields

        def __init__(self, **settings: Any) -> None:
            with naming_mistakes(LoRAConfig, settings, where="bt.LoRA"):
                super().__init__(**settings)


@dataclass(frozen=True)
class Full:
    """Train all weights."""


@dataclass(frozen=True)
class Freeze:
    """Train the last `layers` layers."""

    layers: int = 2


@dataclass(frozen=True)
class SFT:
    """Supervised fine-tuning on assistant turns."""


@dataclass(frozen=True)
class Preferences:
    """Learn from preferences, or from rated answers under `kto`; `reward` trains a reward model.

    Attributes:
        kind: The loss.
        settings: Those of `training.preference`.
    """

    kind: Literal["dpo", "ipo", "orpo", "simpo", "kto", "reward"] = "dpo"
    settings: PreferenceConfig = field(default_factory=PreferenceConfig)


def DPO(**settings: Any) -> Preferences:
    """Direct preference optimisation, e.g. `bt.DPO(beta=0.1)`."""
    return Preferences("dpo", _preference(settings, where="bt.DPO"))


def KTO(**settings: Any) -> Preferences:
    """Learning from rated answers, e.g. `bt.KTO(beta=0.1)`."""
    return Preferences("kto", _preference(settings, where="bt.KTO"))


def RewardModel(**settings: Any) -> Preferences:
    """A model that says what an answer is worth, e.g. `bt.RewardModel(reward_centering=0.01)`; `bt.GRPO` takes its folder."""
    return Preferences("reward", _preference(settings, where="bt.RewardModel"))


def _preference(settings: dict[str, Any], *, where: str) -> PreferenceConfig:
    with naming_mistakes(PreferenceConfig, settings, where=where):
        return PreferenceConfig(**settings)


@dataclass(frozen=True)
class Rewarded:
    """Learn from the model's own answers; see `GRPO` and `RLOO`.

    Attributes:
        reward: A function of prompt and answer, or the folder of a reward model.
    """

    kind: Literal["grpo", "rloo"]
    reward: "Reward | str | Path"
    settings: OnlineConfig = field(default_factory=OnlineConfig)


def GRPO(reward: "Reward | str | Path", **settings: Any) -> Rewarded:
    """Group-relative policy optimisation: `bt.GRPO(lambda prompt, answer: float("!" not in answer), samples=8)`."""
    return Rewarded("grpo", reward, _online(settings, where="bt.GRPO"))


def RLOO(reward: "Reward | str | Path", **settings: Any) -> Rewarded:
    """REINFORCE with leave-one-out baselines."""
    return Rewarded("rloo", reward, _online(settings, where="RLOO"))


def _online(settings: dict[str, Any], *, where: str) -> OnlineConfig:
    with naming_mistakes(OnlineConfig, settings, where=where):
        return OnlineConfig(**settings)


def train(
    dataset: str | Path | Iterable[Any],
    *,
    base: str = "starter",
    method: LoRA | Full | Freeze | None = None,
    objective: SFT | Preferences | Rewarded | None = None,
    validation: str | Path | Iterable[Any] = (),
    output: str | Path = "brandtune-model",
    adapter: str | Path | None = None,
    work: str | Path | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> "Checkpoint":
    """Train on rows of any common shape; see `training.shapes` for which.

    Args:
        dataset: A JSON Lines or JSON file, a `datasets.Dataset`, or rows.
        base: `starter`, a local folder in the Hugging Face layout, or a hub id.
        validation: More rows, by whose loss the best weights are chosen.
        output: Folder to create; it must not exist.
        adapter: An earlier adapter on this base to go on with (SFT, then DPO); for an earlier whole model, name that
            folder as the base.
        work: Folder for checkpoints and events, from which a killed run goes on.
        progress: Where bars and sentences go; by default nowhere, and warnings to the logger `brandtune`.
        settings: Anything of `training:`, e.g. `epochs=3, learning_rate=2e-4`.

    Returns:
        The `Checkpoint`.

    Raises:
        DataError: A row cannot be read, or has no assistant turn.
        UsageError: `output` exists.
        ConfigError: A setting does not exist or does not fit.

    Example:
        >>> import tempfile
        >>> rows = [{"prompt": f"Where is order {i}?", "completion": "On its way."} for i in range(4)]
        >>> done = train(rows, output=f"{tempfile.mkdtemp()}/model", epochs=1)
        >>> done.num_examples
        4
    """
    config = config_of(method or LoRA(), objective or SFT(), settings)
    require_work(config, Path(work) if work is not None else None)
    if adapter is not None and config.lora.init == "pissa":
        raise ConfigError("an earlier adapter is where it starts.", where="training.lora.init", fix="Leave `init` out.")
    rows = learnable(dataset, objective=config.objective)
    held_out, target = learnable(validation, objective=config.objective), Path(output)
    if target.exists():
        raise UsageError(f"{target} is there already.", fix="Name another output folder, or remove it.")
    named: dict[str, Any] = {
        "base": base, "config": config, "output": target.absolute(), "validation": held_out,
        "work": Path(work).absolute() if work is not None else None,
        "start": Path(adapter) if adapter is not None else None,
        "reward": _reward(objective, config) if isinstance(objective, Rewarded) else None,
    }  # fmt: skip
    if config.workers > 1 and "RANK" not in os.environ:
        return _on_workers(rows, config, progress or Logged(), named)
    return _trained(rows, progress=progress, **named)


def _trained(
    rows: Sequence[Any], *, base: str, config: TrainingConfig, progress: Progress | None = None, **named: Any
) -> "Checkpoint":
    from brandtune.models import load_model
    from brandtune.training.training import train as run

    model = load_model(base, precision=config.precision, device=config.loading_device)
    return run(rows, model=model, config=config, progress=progress, **named)


def _on_workers(rows: Sequence[Any], config: TrainingConfig, progress: Progress, named: dict[str, Any]) -> "Checkpoint":
    from brandtune.execution import ray
    from brandtune.training.data import counted

    with tempfile.TemporaryDirectory(prefix="brandtune-") as folder:  # a lost worker needs a checkpoint to go on from
        named["work"] = named["work"] or Path(folder)
        workers = ray.Workers(config.workers, config.least_workers or config.workers, config.restarts)
        done: Checkpoint = ray.call(_trained, rows, workers=workers, folder=named["work"], **named)
    for text in [*([counted(done.left_out)] if done.left_out else []), *done.warnings]:
        progress.warn(text)  # what a worker says is heard by nobody
    return done


def _reward(objective: Rewarded, config: TrainingConfig) -> "Reward | Rewards":
    """The function that was given, or what a reward model's folder gives."""
    from brandtune.training.rewards.making import Means, rewards_of

    if not isinstance(objective.reward, str | Path):
        return objective.reward
    return rewards_of(config.reward, means=Means(precision=config.precision, device=config.device))


def _reward_model(folder: str | Path) -> ModelReward:
    return ModelReward(kind="model", path=Path(folder).absolute())


_OTHERWISE = {
    "start": "As a library: bt.train(..., adapter=folder).",
    "then": "As a library: call bt.train again with adapter=first.adapter.",
    "reward": "As a library: bt.train(..., objective=bt.GRPO(reward)).",
}


def config_of(
    method: LoRA | Full | Freeze, objective: SFT | Preferences | Rewarded, settings: dict[str, Any]
) -> TrainingConfig:
    """The `training:` part that these say.

    Raises:
        ConfigError: A setting does not exist or does not fit.
    """
    for name, instead in _OTHERWISE.items():
        if name in settings:
            raise ConfigError(f"`{name}` is a setting of the journey.", where=f"training.{name}", fix=instead)
    if not isinstance(method, LoRA | Full | Freeze):
        raise ConfigError(
            f"method is a {type(method).__name__}.", where="method", fix="Give bt.LoRA(...) or bt.Full()."
        )
    if not isinstance(objective, SFT | Preferences | Rewarded):
        raise ConfigError(f"objective is a {type(objective).__name__}.", where="objective", fix="Give e.g. bt.DPO().")
    said: dict[str, Any] = {}
    if isinstance(method, LoRA):
        said |= {"method": "lora", "lora": LoRAConfig(**method.model_dump(exclude_unset=True))}
    elif isinstance(method, Freeze):
        said |= {"method": "freeze", "trainable_layers": method.layers}
    else:
        said |= {"method": "full"}
    if isinstance(objective, Preferences):
        said |= {"objective": objective.kind, "preference": objective.settings}
    elif isinstance(objective, Rewarded):
        said |= {"objective": objective.kind, "online": objective.settings}
        if isinstance(objective.reward, str | Path):
            said |= {"reward": (_reward_model(objective.reward),)}
    said |= settings
    with naming_mistakes(TrainingConfig, said, where="training"):
        return TrainingConfig(**said)
