"""What an earlier adapter is, to go on from it. Whether it fits a base is told by `brandtune.models.adapters`."""

import json
from pathlib import Path
from typing import Any

from peft import PeftConfig

from brandtune.core.errors import ConfigError
from brandtune.training.config import LoRAConfig

_PEFT_NAMES = {
    "rank": "r",
    "alpha": "lora_alpha",
    "dropout": "lora_dropout",
    "rank_stabilized": "use_rslora",
    "decomposed": "use_dora",
    "target_modules": "target_modules",
}


def adapter_config(folder: Path) -> Any:
    """The adapter's settings, to put it around a language model; a reward model's adapter says that it is for another."""
    config: Any = PeftConfig.from_pretrained(str(folder))
    if config.task_type == "SEQ_CLS":
        config.task_type, config.modules_to_save = "CAUSAL_LM", None
    return config


def scores(folder: Path) -> bool:
    """Whether an adapter's folder holds a reward model."""
    path = folder / "adapter_config.json"
    return path.is_file() and json.loads(path.read_text("utf-8")).get("task_type") == "SEQ_CLS"


def require_settings(folder: Path, lora: LoRAConfig) -> None:
    """Refuse settings that were given and that an earlier adapter does not have; what was not given goes through.

    Raises:
        ConfigError: Says what the adapter has and what is asked for.
    """
    path = folder / "adapter_config.json"
    if not path.is_file():
        return
    theirs = json.loads(path.read_text("utf-8"))
    given = lora.model_dump(include=lora.model_fields_set)
    if lora.init == "pissa":  # what it saves has twice the rank
        given = {name: value for name, value in given.items() if name not in ("rank", "alpha")}
    if isinstance(modules := given.get("target_modules"), tuple) and isinstance(theirs.get("target_modules"), list):
        given["target_modules"], theirs["target_modules"] = sorted(modules), sorted(theirs["target_modules"])
    else:
        given.pop("target_modules", None)
    wrong = [name for name in _PEFT_NAMES if name in given and given[name] != theirs.get(_PEFT_NAMES[name])]
    if wrong:
        has = ", ".join(f"{name} {theirs.get(_PEFT_NAMES[name])}" for name in wrong)
        asked = ", ".join(f"{name} {given[name]}" for name in wrong)
        raise ConfigError(
            f"{folder} has {has}, and {asked} is asked for; an adapter that is gone on with keeps its own.",
            where=f"training.lora.{wrong[0]}",
            fix="Leave it out, or start from the base.",
        )
