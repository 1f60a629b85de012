"""Tokenizer and settings files beside exported weights, in the form that older `transformers` and vLLM read as well."""

import shutil
from pathlib import Path
from typing import Any

from brandtune.core.storage import read_json, write_json
from brandtune.models.export.architectures import rotary_of
from brandtune.models.loading import Model

_FILES = ("tokenizer*.json", "*.model", "special_tokens_map.json", "vocab.json", "merges.txt", "added_tokens.json",
          "chat_template*", "generation_config.json")  # fmt: skip


def write_tokenizer(folder: Path, model: Model) -> None:
    """Copy tokenizer, chat template and generation settings as they are with the base."""
    base = Path(model.folder)
    if base.is_dir():
        for path in sorted({path for pattern in _FILES for path in base.glob(pattern) if path.is_file()}):
            shutil.copyfile(path, folder / path.name)
    else:
        tokenizer: Any = model.renderer.tokenizer
        tokenizer.save_pretrained(str(folder))
        model.network.generation_config.save_pretrained(str(folder))
    path = folder / "tokenizer_config.json"
    if path.is_file():
        write_json(path, portable_tokenizer(read_json(path)))


def portable_tokenizer(settings: dict[str, Any]) -> dict[str, Any]:
    """Tokenizer settings under the names that `transformers` 4 knows and 5 still takes.

    >>> portable_tokenizer({"tokenizer_class": "TokenizersBackend", "extra_special_tokens": ["<|a|>"]})
    {'tokenizer_class': 'PreTrainedTokenizerFast', 'additional_special_tokens': ['<|a|>']}
    """
    found = {name: value for name, value in settings.items() if name != "backend"}
    if found.get("tokenizer_class") == "TokenizersBackend":
        found["tokenizer_class"] = "PreTrainedTokenizerFast"
    if isinstance(found.get("extra_special_tokens"), list):
        found["additional_special_tokens"] = found.pop("extra_special_tokens")
    return found


def make_config_portable(folder: Path, config: Any, *, dtype: str) -> None:
    """Say rotary positions and number format under the older names too; read without them they would default silently."""
    path = folder / "config.json"
    settings = read_json(path)
    rotary = {name: value for name, value in rotary_of(config).items() if value is not None}
    settings["rope_theta"] = rotary.pop("rope_theta")
    settings["rope_scaling"] = None if rotary["rope_type"] == "default" else rotary
    local = (getattr(config, "rope_parameters", None) or {}).get("sliding_attention")
    if local:
        settings["rope_local_base_freq"] = local["rope_theta"]
    settings["dtype"] = settings["torch_dtype"] = dtype
    write_json(path, settings)
