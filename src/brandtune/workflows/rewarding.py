"""What answers are worth in the journey: the brand's rules and facts, a reward model, functions of your own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.ids import content_id
from brandtune.models import references
from brandtune.scoring.claims import FactBook
from brandtune.scoring.rules import RuleSet, load_rules
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.rewards.answers import Rewards
from brandtune.training.rewards.config import AnyReward, ModelReward, PythonReward
from brandtune.training.rewards.making import Means, require_reward_model, rewards_of
from brandtune.workflows.plan import Plan


def reward_of(
    config: TrainingConfig, *, plan: Plan, brand: Brand, examples: Sequence[Example], judge: Path | None, base: str
) -> Rewards:
    """What an answer is worth to one phase of training.

    Args:
        examples: What people wrote, which says what length is usual.
        judge: The reward model of an earlier phase.
        base: What that was trained on.
    """
    means = Means(
        rules=brand_rules(brand),
        facts=FactBook.from_documents(brand.documents),
        examples=examples,
        directory=plan.directory,
        trained=judge,
        base=base,
        precision=config.precision,
        device=config.device,
    )
    return rewards_of(config.reward, means=means)


def require_ready(plan: Plan, *, brand: Brand) -> None:
    """Find out before the first phase whether the rewards of all phases can be computed; loads no reward model.

    Raises:
        ConfigError: A part has nothing to go by.
    """
    for config in plan.training.phases:
        if config.objective not in ONLINE:
            continue
        for part in config.reward:
            if isinstance(part, ModelReward):
                if part.path is not None:
                    require_reward_model(plan.directory / part.path)
                continue
            alone = config.model_copy(update={"reward": (part,)})
            reward_of(alone, plan=plan, brand=brand, examples=(), judge=None, base=plan.base)


def brand_rules(brand: Brand) -> RuleSet:
    """The brand's rules; an empty set where it has none."""
    return load_rules(Path(brand.rules_dir)) if brand.rules_dir else RuleSet()


def folder_content(folder: str) -> str:
    """A hash over the text files of a folder (brand rules), empty for none."""
    if not folder:
        return ""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return content_id([[path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")] for path in paths])


def determined_by(plan: Plan, *, brand: Brand) -> dict[str, Any]:
    """What rewards go by, for the fingerprint of training; empty where no phase has one."""
    parts = [part for phase in plan.training.phases if phase.objective in ONLINE for part in phase.reward]
    if not parts:
        return {}
    return {
        "documents": brand.documents,
        "rules": folder_content(brand.rules_dir),
        "rewards": [_content(part, plan.directory) for part in parts],
    }


def _content(part: AnyReward, directory: Path) -> str:
    """A hash of what a part of a reward reads from disk; empty where it reads nothing."""
    if isinstance(part, ModelReward) and part.path is not None:
        folder = directory / part.path
        return references.fingerprint(str(folder)) if folder.is_dir() else ""
    if isinstance(part, PythonReward):
        path = directory / part.entry.rpartition(":")[0]
        return content_id([path.read_text("utf-8", "replace")]) if path.is_file() else ""
    return ""
