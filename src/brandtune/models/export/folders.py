"""Folders that `transformers`, `peft` and vLLM load: merged weights, and the adapter beside its base."""

import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from brandtune.core.errors import UsageError
from brandtune.core.storage import read_json, write_json, write_text
from brandtune.models import adapters
from brandtune.models.export import parity
from brandtune.models.export.parity import Parity
from brandtune.models.export.portable import make_config_portable, write_tokenizer
from brandtune.models.export.settings import LIMITS, Numbers
from brandtune.models.export.source import Source, attach, require_adapter, untuned_alike
from brandtune.models.export.tuning import require_kept
from brandtune.models.loading import _quiet_transformers

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
# Ranks that vLLM reserves room for.
VLLM_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)


def write_merged(folder: Path, source: Source, *, numbers: Numbers) -> tuple[Parity, list[str]]:
    """Write the whole model as safetensors, load it again with plain `transformers`, and compare; also what to mind.

    Args:
        numbers: Number format of the weights; `auto` takes the base's own.

    Raises:
        GateFailed: What was written computes something else.
    """
    chosen = _base_numbers(source) if numbers == "auto" else numbers
    _save(folder, source, source.model.network, numbers=chosen)
    written = parity.log_probabilities(_load(folder), source.rows)
    found = parity.compare(source.expected, written, against=f"transformers, {chosen}")
    parity.require(found, LIMITS[chosen])
    if source.tuning is None:
        return found, []
    without = untuned_alike(source, lambda network: network.to(DTYPES[chosen]).float())
    return require_kept(found, source.tuning, exported=written, without=without)


def _save(folder: Path, source: Source, network: Any, *, numbers: str) -> None:
    dtype = DTYPES[numbers]
    weights = {name: value.to(dtype).contiguous() for name, value in network.state_dict().items()}
    if network.config.get_text_config().tie_word_embeddings:
        weights.pop("lm_head.weight", None)
    with _quiet_transformers():
        network.save_pretrained(str(folder), state_dict=weights)
    write_tokenizer(folder, source.model)
    make_config_portable(folder, network.config, dtype=str(dtype).removeprefix("torch."))  # the file, not the network


def _load(folder: Path) -> Any:
    with _quiet_transformers():
        network: Any = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
    return network.eval()


def _base_numbers(source: Source) -> str:
    """The number format that the base is published in."""
    path = Path(source.model.folder) / "config.json"
    settings = read_json(path) if path.is_file() else source.model.network.config.to_dict()
    said = str(settings.get("dtype") or settings.get("torch_dtype") or "float32").removeprefix("torch.")
    return {"bfloat16": "bf16", "float16": "fp16"}.get(said, "fp32")


def write_adapter(folder: Path, source: Source) -> Parity:
    """Copy the adapter, with its base beside it where nobody else could find that; load both with plain `peft`, compare.

    Raises:
        UsageError: The model has no adapter.
        GateFailed: What was written computes something else.
    """
    return _write_adapter(folder, source, beside="base", what="--format peft")


def _write_adapter(folder: Path, source: Source, *, beside: str, what: str) -> Parity:
    """As `write_adapter`; `beside` is where the bundled base goes, from the adapter's folder."""
    adapter, settings = require_adapter(source, what=what)
    bundled = source.model.reference == "starter"
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        shutil.copyfile(adapter / name, folder / name)
    if (adapter / adapters.NOTE).is_file():
        shutil.copyfile(adapter / adapters.NOTE, folder / adapters.NOTE)
    # Files are complete in themselves with the bundled base beside them; other bases keep the name that finds them.
    settings["base_model_name_or_path"] = beside if bundled else source.model.folder
    settings["inference_mode"] = True
    write_json(folder / "adapter_config.json", settings)
    write_tokenizer(folder, source.model)
    if bundled:
        _copy_base(folder / beside, source)
    written = parity.log_probabilities(_load_adapter(folder, base_beside=bundled), source.rows)
    found = parity.compare(source.expected, written, against="peft, fp32")
    parity.require(found, LIMITS["fp32"])
    return found


def _load_adapter(folder: Path, *, base_beside: bool) -> Any:
    """An adapter on the base that its own files name, as whoever gets them loads it."""
    named = str(read_json(folder / "adapter_config.json")["base_model_name_or_path"])
    return attach(_load((folder / named).resolve() if base_beside else Path(named)), folder, base=named)


def _copy_base(folder: Path, source: Source) -> None:
    folder.mkdir()
    base = Path(source.model.folder)
    for name in ("model.safetensors", "config.json", "README.md"):
        shutil.copyfile(base / name, folder / name)
    write_tokenizer(folder, source.model)
    make_config_portable(folder, source.model.network.config, dtype=str(read_json(base / "config.json")["dtype"]))


def write_for_vllm(folder: Path, source: Source, *, name: str) -> Parity:
    """The adapter as vLLM's `--lora-modules` takes it, with the command that serves it.

    Raises:
        UsageError: vLLM does not serve such an adapter.
        GateFailed: What was written computes something else.
    """
    _, settings = require_adapter(source, what="--format vllm")
    require_servable(settings)
    (folder / name).mkdir()
    found = _write_adapter(folder / name, source, beside="../base", what="--format vllm")
    base = "./base" if (folder / "base").is_dir() else source.model.folder
    write_text(folder / "serve.txt", serving_command(base, name=name, rank=int(settings["r"])))
    return found


def require_servable(settings: dict[str, Any]) -> None:
    """Check an adapter against what vLLM serves.

    Raises:
        UsageError: Names everything that it does not.
    """
    modules = settings.get("target_modules") or ()
    modules = (modules,) if isinstance(modules, str) else modules
    outer = [module for module in modules if module.rsplit(".", 1)[-1] in ("embed_tokens", "lm_head")]
    obstacles = [
        what
        for there, what in (
            (outer, f"adapts {', '.join(sorted(outer))}"),
            (settings.get("modules_to_save"), "holds whole layers (modules_to_save)"),
            (settings.get("use_dora"), "is a DoRA adapter"),
            (settings.get("bias", "none") != "none", "holds biases"),
            (settings.get("rank_pattern") or settings.get("alpha_pattern"), "has other ranks or scales in some layers"),
            (int(settings["r"]) > VLLM_RANKS[-1], f"has rank {settings['r']}, more than {VLLM_RANKS[-1]}"),
        )
        if there
    ]
    if obstacles:
        raise UsageError(f"vLLM does not serve this adapter: it {', and '.join(obstacles)}.", where="--format vllm",
                         fix="Use --format safetensors and serve the merged model.")  # fmt: skip


def serving_command(base: str, *, name: str, rank: int) -> str:
    """What starts vLLM with the adapter, and a request to it.

    >>> "--max-lora-rank 32" in serving_command("./base", name="house", rank=20)
    True
    """
    room = next(size for size in VLLM_RANKS if size >= rank)
    return (
        f"# Run in this folder. The model is asked for under the name {name}.\n"
        f"vllm serve {base} --enable-lora --max-lora-rank {room} --lora-modules {name}=./{name}\n\n"
        "# A later version needs a name of its own; never load another adapter under a name in use. While it runs,\n"
        "# with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True:\n"
        "# curl -X POST localhost:8000/v1/load_lora_adapter -H 'Content-Type: application/json' \\\n"
        f'#   -d \'{{"lora_name": "{name}-next", "lora_path": "/absolute/path/{name}-next"}}\'\n'
    )
