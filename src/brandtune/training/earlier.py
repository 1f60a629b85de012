"""What an earlier adapter is, to go on from it. Whether it fits a base is told by `brandtune.models.adapters`."""

import json
from pathlib import Path
from typing import Any

from peft import PeftConfig


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
