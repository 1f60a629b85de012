"""Loading a base model, and a base with an adapter merged in, through one function for every stage."""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from brandtune.core.errors import ConfigError, DataError, MissingPartError
from brandtune.models import adapters, references
from brandtune.models.rendering import Renderer, renderer_for

Precision = Literal["auto", "bf16", "fp32"]
log = logging.getLogger(__name__)

# PEFT and transformers warn each other about a property that is to be renamed; nobody using Brandtune can act on that.
warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)


@dataclass(frozen=True)
class Model:
    """Weights, tokenizer and renderer, ready to use on one device.

    Attributes:
        reference: What was asked for (`starter`, a path, a hub id).
        fingerprint: Identity of the weights in use, adapter included.
        context: Longest sequence in tokens that the architecture takes.
        folder: Where the weights lie on disk; a hub id where the library keeps them in its own cache.
    """

    network: PreTrainedModel
    renderer: Renderer
    reference: str
    fingerprint: str
    context: int
    folder: str = ""

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @property
    def num_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())


def load_model(
    reference: str = "starter",
    *,
    adapter: Path | None = None,
    precision: Precision = "auto",
    device: str = "auto",
    base_dir: Path = Path(),
) -> Model:
    """Load a base model, with an adapter merged into it when one is given.

    Args:
        reference: `starter`, a local folder in the Hugging Face layout, or a hub id.
        adapter: Folder of what was trained on that base: a PEFT-format adapter, or a whole model's weights.
        precision: `auto` takes bf16 where the hardware multiplies it natively, else fp32.
        device: `auto`, `cpu`, `cuda`, `cuda:1`…
        base_dir: Relative folders are looked up from here.

    Raises:
        NotFoundError: No such folder.
        ConfigError: The folder holds no model that can be loaded, or no chat template; the adapter was made for another
            base or vocabulary.
        MissingPartError: A hub id that cannot be downloaded.

    Example:
        >>> model = load_model("starter")
        >>> model.context
        2048
    """
    resolved = references.resolve(reference, base_dir=base_dir)
    target = pick_device(device)
    dtype = pick_dtype(precision, target)
    with _quiet_transformers(), _explained(reference, resolved):
        tokenizer = AutoTokenizer.from_pretrained(resolved)
        # Merging is done in fp32 and cast once, so that rounding happens a single time.
        whole = adapter is not None and (adapter / "config.json").is_file()
        weights = str(adapter) if whole else resolved
        network: Any = AutoModelForCausalLM.from_pretrained(weights, dtype=torch.float32 if adapter else dtype)
    fingerprint = f"{references.fingerprint(resolved)}/{str(dtype).removeprefix('torch.')}"
    if adapter is not None:
        adapters.require_same_vocabulary(adapter, tokenizer=tokenizer, base=reference)
        network = network if whole else _merged(network, adapter, base=reference)
        fingerprint = f"{fingerprint}+{references.fingerprint(str(adapter))}"
    network = network.to(device=target, dtype=dtype).eval()
    renderer = renderer_for(tokenizer, eos_token_ids=end_token_ids(network.generation_config, tokenizer))
    return Model(network, renderer, reference, fingerprint, context_length(network.config), resolved)


def load_renderer(reference: str = "starter", *, base_dir: Path = Path()) -> tuple[Renderer, int]:
    """A base model's renderer and its context in tokens, without its weights; errors as in `load_model`.

    Example:
        >>> load_renderer("starter")[1]
        2048
    """
    resolved = references.resolve(reference, base_dir=base_dir)
    with _quiet_transformers(), _explained(reference, resolved):
        tokenizer = AutoTokenizer.from_pretrained(resolved)
        config = AutoConfig.from_pretrained(resolved)
        try:
            ends = GenerationConfig.from_pretrained(resolved)
        except OSError:  # many folders have none; the model's own settings hold then, as when weights are loaded
            ends = GenerationConfig.from_model_config(config)
    return renderer_for(tokenizer, eos_token_ids=end_token_ids(ends, tokenizer)), context_length(config)


def _merged(network: PreTrainedModel, adapter: Path, *, base: str) -> PreTrainedModel:
    wrapped = adapters.put_on(network, adapter, base=base)
    if not all(bool(value.isfinite().all()) for name, value in wrapped.named_parameters() if "lora_" in name):
        raise DataError(
            "the adapter holds weights that are not numbers.",
            where=str(adapter),
            fix="Train it again, in a new run.",
        )
    merged: PreTrainedModel = wrapped.merge_and_unload(safe_merge=True)
    return merged


def pick_device(device: str) -> torch.device:
    """`auto` prefers a CUDA device, then the CPU."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise MissingPartError("this machine has no CUDA device that PyTorch can use.", fix="Set device: cpu.")
    return torch.device(device)


def pick_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """`auto` is bf16 where products of bf16 matrices run natively, else fp32."""
    if precision != "auto":
        return {"bf16": torch.bfloat16, "fp32": torch.float32}[precision]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if cpu_multiplies_bf16() else torch.float32


def cpu_multiplies_bf16() -> bool:
    """Whether this CPU has bf16 dot products (AVX512-BF16 or AMX); emulated bf16 would be slower than fp32."""
    cpu: Any = torch.cpu
    return bool(cpu._is_avx512_bf16_supported() or cpu._is_amx_tile_supported())


def end_token_ids(settings: Any, tokenizer: Any) -> tuple[int, ...]:
    """Every id that ends generation: the generation config's and the tokenizer's."""
    found: list[int] = []
    for value in (getattr(settings, "eos_token_id", None), tokenizer.eos_token_id):
        found += value if isinstance(value, list) else [value] if value is not None else []
    return tuple(dict.fromkeys(int(value) for value in found))


def context_length(config: Any) -> int:
    text_config = config.get_text_config()
    return int(getattr(text_config, "max_position_embeddings", 0) or 2048)


@contextlib.contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Weight-loading bars of a library are noise among our own."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _explained(reference: str, resolved: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if Path(resolved).is_dir():
            raise ConfigError(f"the model folder cannot be loaded ({error}).", where=f"base: {reference}") from error
        offline = " HF_HUB_OFFLINE is set." if os.environ.get("HF_HUB_OFFLINE") == "1" else ""
        raise MissingPartError(
            f"{reference} could not be fetched from the model hub.{offline}",
            where="base",
            fix="Check the id and the network, or download the model and name its folder.",
        ) from error
    except (ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ConfigError(f"the model cannot be loaded ({error}).", where=f"base: {reference}") from error
