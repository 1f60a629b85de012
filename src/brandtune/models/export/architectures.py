"""What llama.cpp must be told about each architecture it shares with `transformers`: keys, tensor layout, rotary scaling.

A network that llama.cpp would compute differently is refused by name, never written approximately.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from brandtune.core.errors import UsageError
from brandtune.models.loading import context_length

if TYPE_CHECKING:
    from gguf import GGUFWriter


@dataclass(frozen=True)
class Architecture:
    """One of llama.cpp's architectures.

    Attributes:
        name: llama.cpp's name.
        paired_rotation: Rotary positions turn neighbouring pairs of a head, not its two halves: rows of the query and
            key projections are reordered.
        centred_norms: Norm weights are stored as their distance from one.
        biases: Linear layers that may have a bias.
        rotary: Rotary kinds that llama.cpp computes here.
    """

    name: str
    paired_rotation: bool = False
    centred_norms: bool = False
    biases: tuple[str, ...] = ()
    rotary: tuple[str, ...] = ("default", "linear", "yarn")


_LLAMA = Architecture("llama", paired_rotation=True, rotary=("default", "linear", "llama3", "yarn"))
ARCHITECTURES = {
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "qwen2": Architecture("qwen2", biases=("q_proj", "k_proj", "v_proj")),
    "qwen3": Architecture("qwen3"),
    "smollm3": Architecture("smollm3", paired_rotation=True),
    "phi3": Architecture("phi3", rotary=("default",)),
    "gemma": Architecture("gemma", centred_norms=True, rotary=("default",)),
    "gemma2": Architecture("gemma2", centred_norms=True, rotary=("default",)),
    "gemma3_text": Architecture("gemma3", centred_norms=True, rotary=("default", "linear")),
}


def architecture_of(config: Any) -> Architecture:
    """llama.cpp's architecture for a network.

    Raises:
        UsageError: There is none here, or this network has something that llama.cpp would not compute.
    """
    kind = config.model_type
    if kind not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise UsageError(
            f"a `{kind}` network cannot be written as GGUF here.",
            where="export",
            fix=f"Use --format safetensors. GGUF knows {known}.",
        )
    found = ARCHITECTURES[kind]
    for says, what in _OBSTACLES:
        if says(config):
            raise UsageError(f"this `{kind}` network {what}, which llama.cpp does not compute.", where="export",
                             fix="Use --format safetensors.")  # fmt: skip
    rotary = rotary_of(config)["rope_type"]
    if rotary not in found.rotary:
        raise UsageError(f"rotary positions of type `{rotary}` are not written for `{kind}`.", where="export",
                         fix="Use --format safetensors.")  # fmt: skip
    return found


def _odd_gemma_scale(config: Any) -> bool:
    return getattr(config, "query_pre_attn_scalar", config.head_dim) != config.head_dim if _is_gemma(config) else False


def _is_gemma(config: Any) -> bool:
    return str(config.model_type).startswith("gemma")


def _odd_activation(config: Any) -> bool:
    wanted = "gelu_pytorch_tanh" if config.model_type == "gemma" else "silu"
    return not _has_windows(config) and getattr(config, "hidden_act", wanted) != wanted


def _has_windows(config: Any) -> bool:
    """Gemma 2 and 3, whose attention windows llama.cpp computes."""
    return _is_gemma(config) and config.model_type != "gemma"


def _odd_positions(config: Any) -> bool:
    """llama.cpp has SmolLM3's order built in: every fourth layer is without rotary positions."""
    if config.model_type != "smollm3":
        return False
    return list(config.no_rope_layers) != [int((i + 1) % 4 != 0) for i in range(config.num_hidden_layers)]


def _odd_gemma_windows(config: Any) -> bool:
    """llama.cpp has the published models' order built in: every second (Gemma 2) or sixth (Gemma 3) layer sees all."""
    if not _has_windows(config):
        return False
    step = 2 if config.model_type == "gemma2" else 6
    wanted = ["full_attention" if (i + 1) % step == 0 else "sliding_attention" for i in range(config.num_hidden_layers)]
    return list(config.layer_types) != wanted


def _odd_yarn(config: Any) -> bool:
    """Settings of YaRN for which llama.cpp has its own values built in."""
    rotary = rotary_of(config)
    usual = {"beta_fast": (None, 32), "beta_slow": (None, 1), "attention_factor": (None,), "truncate": (None, True),
             "mscale": (None,), "mscale_all_dim": (None,)}  # fmt: skip
    return rotary["rope_type"] == "yarn" and any(rotary.get(name) not in values for name, values in usual.items())


_OBSTACLES: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (lambda c: getattr(c, "mlp_bias", False), "has biases in its feed-forward layers"),
    (lambda c: c.model_type != "qwen2" and getattr(c, "attention_bias", False), "has biases in its attention layers"),
    (_odd_activation, "has another activation than the published models"),
    (lambda c: bool(getattr(c, "use_bidirectional_attention", None)), "lets tokens see what comes after them"),
    (lambda c: rotary_of(c).get("partial_rotary_factor") not in (None, 1.0), "turns only part of each head"),
    (_odd_positions, "has rotary positions in other layers than the published models"),
    (_odd_yarn, "stretches rotary positions (YaRN) with settings of its own"),
    (_odd_gemma_scale, "scales attention by another number than its head size"),
    (_odd_gemma_windows, "has its attention windows in another order than the published models"),
)


def rotary_of(config: Any) -> dict[str, Any]:
    """Settings of the rotary positions, in the current form whatever the checkpoint's age."""
    parameters = getattr(config, "rope_parameters", None) or {}
    if "full_attention" in parameters:
        parameters = parameters["full_attention"]
    defaults = {"rope_type": "default", "rope_theta": getattr(config, "rope_theta", None) or 10000.0,
                "partial_rotary_factor": getattr(config, "partial_rotary_factor", None)}  # fmt: skip
    return {**defaults, **parameters}


def window_of(config: Any) -> int | None:
    """Tokens that each token sees where the network has a sliding window that llama.cpp does not compute.

    Within that many tokens the results are the same, so the exported context ends there.
    """
    if _has_windows(config):
        return None
    kinds = set(getattr(config, "layer_types", None) or ["sliding_attention"])
    window = getattr(config, "sliding_window", None)
    return int(window) if window and "sliding_attention" in kinds else None


def exported_context(config: Any) -> int:
    """Longest sequence in tokens for which llama.cpp computes what the network computes."""
    return min(context_length(config), window_of(config) or 1 << 30)


def head_size(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def write_shape(writer: "GGUFWriter", config: Any) -> None:
    """The keys that say what the network looks like."""
    writer.add_context_length(exported_context(config))
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_size(config))
    writer.add_value_length(head_size(config))
    writer.add_rope_dimension_count(head_size(config))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    _write_rotary(writer, rotary_of(config), context=context_length(config))
    if _has_windows(config):
        _write_gemma(writer, config)


def _write_rotary(writer: "GGUFWriter", rotary: Mapping[str, Any], *, context: int) -> None:
    from gguf import RopeScalingType

    writer.add_rope_freq_base(float(rotary["rope_theta"]))
    if rotary["rope_type"] == "linear":
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(float(rotary["factor"]))
    elif rotary["rope_type"] == "yarn":
        writer.add_rope_scaling_type(RopeScalingType.YARN)
        writer.add_rope_scaling_factor(float(rotary["factor"]))
        original = rotary.get("original_max_position_embeddings") or context
        writer.add_rope_scaling_orig_ctx_len(int(original))


def _write_gemma(writer: "GGUFWriter", config: Any) -> None:
    writer.add_sliding_window(config.sliding_window)
    if config.model_type == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
        return
    local = (getattr(config, "rope_parameters", None) or {}).get("sliding_attention", {})
    writer.add_rope_freq_base_swa(float(local.get("rope_theta", 10000.0)))


def rotary_factors(config: Any) -> torch.Tensor | None:
    """What llama.cpp divides each rotary frequency by [head size / 2], where the network's are not the plain ones."""
    rotary = rotary_of(config)
    if rotary["rope_type"] != "llama3":
        return None
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    size = head_size(config)
    plain = 1.0 / (float(rotary["rope_theta"]) ** (torch.arange(0, size, 2, dtype=torch.float32) / size))
    return plain / scaled.float()


def for_llama_cpp(weight: torch.Tensor, *, name: str, architecture: Architecture, config: Any) -> torch.Tensor:
    """A weight as llama.cpp lays it out; `name` is `transformers`' name of it."""
    if architecture.paired_rotation and (heads := _rotated_heads(name, config)):
        return pair_rotated(weight, heads)
    if architecture.centred_norms and name.endswith("norm.weight"):
        return weight + 1
    return weight


def from_llama_cpp(weight: torch.Tensor, *, name: str, architecture: Architecture, config: Any) -> torch.Tensor:
    """The inverse of `for_llama_cpp`."""
    if architecture.paired_rotation and (heads := _rotated_heads(name, config)):
        return weight.view(heads, -1, 2, *weight.shape[1:]).transpose(1, 2).reshape(weight.shape)
    if architecture.centred_norms and name.endswith("norm.weight"):
        return weight - 1
    return weight


def _rotated_heads(name: str, config: Any) -> int:
    """Number of heads of a query or key projection; 0 for anything else."""
    if ".q_proj." in name:
        return int(config.num_attention_heads)
    return int(config.num_key_value_heads) if ".k_proj." in name else 0


def pair_rotated(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Reorder the rows of each head from (first half, second half) to pairs.

    >>> pair_rotated(torch.arange(4), heads=1).tolist()
    [0, 2, 1, 3]
    """
    return weight.view(heads, 2, -1, *weight.shape[1:]).transpose(1, 2).reshape(weight.shape)
