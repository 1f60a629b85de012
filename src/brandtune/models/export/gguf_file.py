"""Writing networks and adapters as GGUF, and reading the numbers back. `architectures` and `vocabulary` say what goes in.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from brandtune.core.errors import DataError, MissingPartError, UsageError
from brandtune.models.export.architectures import (
    architecture_of,
    for_llama_cpp,
    from_llama_cpp,
    rotary_factors,
    write_shape,
)
from brandtune.models.export.settings import Quantization
from brandtune.models.export.vocabulary import Vocabulary, write_vocabulary

if TYPE_CHECKING:
    from gguf import GGUFWriter

# (name in the file, shape, the weight itself when it is its turn): one weight is in memory twice, not all.
Entry = tuple[str, tuple[int, ...], Callable[[], torch.Tensor]]
ROTARY_FACTORS = "rope_freqs.weight"


def require_gguf() -> Any:
    """The `gguf` package.

    Raises:
        MissingPartError: It is not installed.
    """
    try:
        import gguf
    except ModuleNotFoundError:
        raise MissingPartError("GGUF needs the `gguf` package.", fix='pip install "brandtune[gguf]"') from None
    return gguf


def write_network(
    path: Path, network: Any, *, vocabulary: Vocabulary, quantization: Quantization, name: str
) -> dict[str, str]:
    """Write a whole network; returns the number format of each tensor.

    Raises:
        UsageError: llama.cpp does not compute this architecture.
        DataError: A weight is not a number, or too large for the format.
    """
    gguf, config = require_gguf(), network.config
    architecture = architecture_of(config)
    writer = gguf.GGUFWriter(path=path, arch=architecture.name)
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name(name)
    write_shape(writer, config)
    types = {
        "f16": gguf.LlamaFileType.MOSTLY_F16,
        "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
        "q4_0": gguf.LlamaFileType.MOSTLY_Q4_0,
    }
    writer.add_file_type(types[quantization])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    write_vocabulary(writer, vocabulary)
    return write_tensors(writer, list(_entries(network)), quantization=quantization)


def _entries(network: Any) -> Iterator[Entry]:
    config = network.config
    architecture, names = architecture_of(config), tensor_names(config)
    tied = bool(config.get_text_config().tie_word_embeddings)
    factors = rotary_factors(config)
    if factors is not None:
        yield ROTARY_FACTORS, tuple(factors.shape), lambda: factors
    for name, weight in network.state_dict().items():
        if tied and name == "lm_head.weight":
            continue

        def laid_out(name: str = name, weight: torch.Tensor = weight) -> torch.Tensor:
            return for_llama_cpp(weight.float().cpu(), name=name, architecture=architecture, config=config)

        yield names(name), tuple(weight.shape), laid_out


def tensor_names(config: Any) -> Callable[[str], str]:
    """From `transformers`' names to llama.cpp's.

    Raises (when called):
        UsageError: The network has a weight that llama.cpp has no place for.
    """
    gguf, architecture = require_gguf(), architecture_of(config)
    kind = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == architecture.name)
    known = gguf.get_tensor_name_map(kind, config.num_hidden_layers)

    def name_in_file(name: str) -> str:
        found = known.get_name(name, try_suffixes=(".weight", ".bias"))
        bias = name.endswith(".bias") and name.split(".")[-2] not in architecture.biases
        if found is None or bias:
            raise UsageError(f"llama.cpp has no place for the weight {name}.", where="export",
                             fix="Use --format safetensors.")  # fmt: skip
        return str(found)

    return name_in_file


def write_tensors(writer: "GGUFWriter", entries: Sequence[Entry], *, quantization: Quantization) -> dict[str, str]:
    """Write the file: what was put into `writer`, then the weights one by one."""
    gguf = require_gguf()
    types = {name: number_format(name, shape, quantization) for name, shape, _ in entries}
    for name, shape, _ in entries:
        stored = gguf.quant_shape_to_byte_shape(shape, types[name]) if _packed(types[name]) else shape
        dtype = _stored_as(types[name])
        writer.add_tensor_info(name, stored, dtype, _size(stored) * dtype.itemsize, raw_dtype=types[name])
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for name, _, weight in entries:
            writer.write_tensor_data(_encoded(weight(), types[name], name=name))
        for file in writer.fout or ():
            file.flush()
    finally:
        writer.close()
    return {name: kind.name for name, kind in types.items()}


def number_format(name: str, shape: Sequence[int], quantization: Quantization) -> Any:
    """How one weight is stored, as one of the `gguf` package's types.

    Vectors stay fp32. Rows that are no multiple of a block's 32 numbers stay fp16. Embedding and head keep 8 bits in
    a 4-bit file: every token passes through them, and they lose the most.
    """
    kinds = require_gguf().GGMLQuantizationType
    if len(shape) < 2:
        return kinds.F32
    if quantization == "f16" or shape[-1] % 32:
        return kinds.F16
    outer = name in ("token_embd.weight", "output.weight")
    return kinds.Q8_0 if quantization == "q8_0" or outer else kinds.Q4_0


def _packed(kind: Any) -> bool:
    return kind.name not in ("F32", "F16")


def _stored_as(kind: Any) -> Any:
    import numpy as np

    return np.dtype({"F32": np.float32, "F16": np.float16}.get(kind.name, np.uint8))


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _encoded(weight: torch.Tensor, kind: Any, *, name: str) -> Any:
    gguf = require_gguf()
    if not bool(torch.isfinite(weight).all()):
        raise DataError(f"the weight {name} holds values that are no numbers.", where="export")
    if kind.name == "F16" and float(weight.abs().max()) > torch.finfo(torch.float16).max:
        raise DataError(f"the weight {name} is too large for 16-bit floats.", where="export",
                        fix="Use --format safetensors.")  # fmt: skip
    return gguf.quants.quantize(weight.contiguous().numpy(), kind)


def read_network(path: Path, network: Any) -> dict[str, torch.Tensor]:
    """The numbers of a written file under `transformers`' names, fp32, as `network` would load them."""
    gguf, config = require_gguf(), network.config
    architecture, names = architecture_of(config), tensor_names(config)
    wanted = {names(name): name for name in network.state_dict() if not _left_out(name, config)}
    found: dict[str, torch.Tensor] = {}
    for tensor in gguf.GGUFReader(path).tensors:
        if tensor.name == ROTARY_FACTORS:
            continue
        name = wanted[tensor.name]
        numbers = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy()).float()
        shape = tuple(int(length) for length in reversed(tensor.shape))
        found[name] = from_llama_cpp(numbers.view(shape), name=name, architecture=architecture, config=config)
    missing = sorted(set(wanted.values()) - set(found))
    if missing:
        raise DataError(f"{path.name} lacks {len(missing)} weights, first {missing[0]}.", where="export")
    return found


@torch.no_grad()
def round_network(network: Any, quantization: Quantization) -> None:
    """Round a network's weights in place, as writing them into a file and reading them back would.

    Blocks lie within rows, so that the order of the rows in a file changes nothing.
    """
    gguf, names = require_gguf(), tensor_names(network.config)
    for name, weight in network.state_dict().items():
        if _left_out(name, network.config):
            continue
        kind = number_format(names(name), tuple(weight.shape), quantization)
        numbers = gguf.quants.dequantize(_encoded(weight.float(), kind, name=name), kind)
        weight.copy_(torch.from_numpy(numbers.copy()).view(weight.shape))


def _left_out(name: str, config: Any) -> bool:
    return name == "lm_head.weight" and bool(config.get_text_config().tie_word_embeddings)


def slug(name: str) -> str:
    """A file name for a model.

    >>> slug("Larkspur Outdoor/v2")
    'larkspur-outdoor-v2'
    """
    return re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-.") or "model"
