"""Whether an earlier adapter was made for this base: the same words, the same layers. Shapes alone do not tell.

Two bases of one size and other vocabularies take each other's adapters without any complaint, and write nonsense.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from peft import PeftConfig, get_peft_model_state_dict
from safetensors import safe_open

from brandtune.core.errors import ConfigError
from brandtune.core.storage import write_json
from brandtune.training.config import LoRAConfig

FACTS = "brandtune.json"
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


def of(tokenizer: Any) -> dict[str, Any]:
    """Size and hash of a vocabulary."""
    entries = sorted(tokenizer.get_vocab().items(), key=lambda entry: (entry[1], entry[0]))
    digest = hashlib.sha256()
    for word, number in entries:
        digest.update(f"{number}\0{word}\0".encode("utf-8", "surrogatepass"))
    return {"size": len(entries), "hash": digest.hexdigest()[:16]}


def note(folder: Path, *, tokenizer: Any) -> None:
    """Write beside an adapter which vocabulary it was trained with."""
    write_json(folder / FACTS, {"vocabulary": of(tokenizer)})


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


def require_same(folder: Path, *, tokenizer: Any) -> None:
    """Refuse an adapter that was trained with another vocabulary; one that does not say goes through.

    Raises:
        ConfigError: The vocabularies differ; names both sizes.
    """
    path = folder / FACTS
    if not path.is_file():
        return
    theirs, ours = json.loads(path.read_text("utf-8"))["vocabulary"], of(tokenizer)
    if theirs == ours:
        return
    words = f"of {theirs['size']:,} tokens, this base has another one of {ours['size']:,}"
    if theirs["size"] == ours["size"]:
        words = f"of {theirs['size']:,} tokens that are not this base's {ours['size']:,}"
    raise ConfigError(
        f"{folder} was trained with a vocabulary {words}.", where="adapter", fix="Name the base it was trained on."
    )


def require_all_layers(folder: Path, *, network: Any) -> None:
    """Refuse an adapter with weights for layers that this base does not have, or without some that it says to have.

    Raises:
        ConfigError: Says how many weights found no place, or were not there.
    """
    path = folder / "adapter_model.safetensors"
    if not path.is_file():
        return
    with safe_open(path, framework="pt") as file:
        given = {name for name in file.keys() if ".lora_" in name}  # noqa: SIM118 - no mapping
    wanted = {name for name in get_peft_model_state_dict(network, save_embedding_layers=False) if ".lora_" in name}
    if given != wanted:
        raise ConfigError(
            f"{folder} does not fit this base: {len(given - wanted)} of its weights have no place in it, and "
            f"{len(wanted - given)} places have no weights.",
            where="adapter",
            fix="Name the base it was trained on.",
        )
