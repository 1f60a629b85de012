"""A LoRA adapter as GGUF, which llama.cpp adds to a base file when it loads (`--lora`)."""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from brandtune.core.errors import UsageError
from brandtune.models.export.architectures import architecture_of, for_llama_cpp, from_llama_cpp
from brandtune.models.export.gguf_file import Entry, require_gguf, tensor_names, write_tensors
from brandtune.models.export.settings import Quantization

_KEY = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight$")


def write_adapter_file(
    path: Path, folder: Path, *, settings: dict[str, Any], network: Any, quantization: Quantization, name: str
) -> dict[str, str]:
    """Write an adapter; returns the number format of each matrix.

    Args:
        folder: The PEFT adapter.
        settings: Its configuration.
        network: The base, which says which architecture.

    Raises:
        UsageError: The adapter has something that llama.cpp does not add.
    """
    gguf, rank = require_gguf(), int(settings["r"])
    require_addable(settings)
    writer = gguf.GGUFWriter(path=path, arch=architecture_of(network.config).name)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_name(name)
    # llama.cpp multiplies by alpha / rank; here every matrix is scaled already, rank by rank, so that this is one.
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(rank))
    entries = adapter_entries(load_file(folder / "adapter_model.safetensors"), settings=settings, network=network)
    return write_tensors(writer, entries, quantization=quantization)


def require_addable(settings: dict[str, Any]) -> None:
    """Check an adapter against what llama.cpp adds.

    Raises:
        UsageError: Names everything that it does not.
    """
    obstacles = [
        what
        for there, what in (
            (settings.get("use_dora"), "is a DoRA adapter"),
            (settings.get("modules_to_save"), "holds whole layers (modules_to_save)"),
            (settings.get("bias", "none") != "none" or settings.get("lora_bias"), "holds biases"),
            (settings.get("fan_in_fan_out"), "has transposed matrices"),
            (settings.get("rank_pattern") or settings.get("alpha_pattern"), "has other ranks or scales in some layers"),
        )
        if there
    ]
    if obstacles:
        raise UsageError(
            f"llama.cpp does not add this adapter to a base: it {', and '.join(obstacles)}.",
            where="--format gguf-adapter",
            fix="Use --format gguf, which folds it in.",
        )


def scale_of(settings: dict[str, Any]) -> float:
    """What the product of an adapter's matrices is multiplied by: alpha / rank, or alpha / sqrt(rank) for rsLoRA."""
    rank = float(settings["r"])
    return float(settings["lora_alpha"]) / (rank**0.5 if settings.get("use_rslora") else rank)


def adapter_entries(weights: dict[str, torch.Tensor], *, settings: dict[str, Any], network: Any) -> list[Entry]:
    """The matrices under llama.cpp's names, `B` scaled and with its rows in llama.cpp's order.

    Raises:
        UsageError: A matrix that llama.cpp has no place for.
    """
    config = network.config
    architecture, names, scale = architecture_of(config), tensor_names(config), scale_of(settings)
    known = {name for name, _ in network.named_modules()}
    if config.tie_word_embeddings:
        known.discard("lm_head")  # the file has no head of its own that could be adapted
    entries: list[Entry] = []
    for key in sorted(weights):
        match = _KEY.match(key)
        if match is None or match["module"] not in known:
            raise UsageError(f"llama.cpp has no place for the adapter's {key}.", where="--format gguf-adapter",
                             fix="Use --format gguf, which folds it in.")  # fmt: skip
        name = f"{match['module']}.weight"
        weight = weights[key].float()
        if match["side"] == "B":
            weight = for_llama_cpp(weight * scale, name=name, architecture=architecture, config=config).contiguous()
        target = f"{names(name)}.lora_{match['side'].lower()}"
        entries.append((target, tuple(weight.shape), lambda weight=weight: weight))  # type: ignore[misc]
    return entries


def with_read_back(wrapped: Any, path: Path, *, settings: dict[str, Any]) -> Any:
    """A network whose adapter's matrices are replaced by those of a written file, for comparison."""
    from peft.utils import set_peft_model_state_dict

    gguf, config = require_gguf(), wrapped.get_base_model().config
    architecture, names = architecture_of(config), tensor_names(config)
    modules = {names(f"{module}.weight"): module for module in _adapted(wrapped)}
    weights: dict[str, torch.Tensor] = {}
    for tensor in gguf.GGUFReader(path).tensors:
        target, _, side = tensor.name.rpartition(".lora_")
        numbers = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy()).float()
        weight = numbers.view(tuple(int(length) for length in reversed(tensor.shape)))
        if side == "b":
            name = f"{modules[target]}.weight"
            weight = from_llama_cpp(weight, name=name, architecture=architecture, config=config) / scale_of(settings)
        weights[f"base_model.model.{modules[target]}.lora_{side.upper()}.weight"] = weight
    set_peft_model_state_dict(wrapped, weights)
    return wrapped


def _adapted(wrapped: Any) -> list[str]:
    """Names of the base's modules that carry an adapter."""
    modules = wrapped.get_base_model().named_modules()
    return [name for name, module in modules if getattr(module, "lora_A", None)]
