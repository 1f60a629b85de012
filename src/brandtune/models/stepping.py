"""One token of one sequence through the network, without what a general forward pass costs around the arithmetic.

For a small model the modules, masks and shapes around the matrix products take longer than the products. Here the same
operations are called directly, so that the scores are those of the library; where the compiled kernels are at hand, they
compute what lies between the products, equal but for rounding.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from brandtune.models.cache import attends_fully
from brandtune.models.linears import Product, is_understood
from brandtune.models.step_attention import StepAttention, step_kernels

# Architectures whose layers are exactly what `Stepper` computes.
KNOWN = ("LlamaForCausalLM", "Qwen2ForCausalLM", "MistralForCausalLM")
# Up to this many parameters the weights of query, key and value (gate and up) are held a second time, side by side.
JOINED_UP_TO = 100_000_000


@dataclass(frozen=True)
class _Layer:
    """Weights of one layer."""

    input_norm: torch.Tensor
    query_key_value: Product
    output: Product
    inner_norm: torch.Tensor
    gate_up: Product
    down: Product


class Stepper:
    """Computes the scores that follow one more token; keys and values go into the cache that the prompt filled.

    Shapes: D size of a head, H heads, K heads of keys and values, N tokens so far.
    """

    def __init__(self, network: Any) -> None:
        body, config = network.model, network.config
        self.config = config
        joined = sum(parameter.numel() for parameter in network.parameters()) <= JOINED_UP_TO
        self.embedding = body.embed_tokens.weight
        self.head = Product([network.lm_head], copied=False)
        self.norm, self.epsilon = body.norm.weight, float(config.rms_norm_eps)
        self.rotary = body.rotary_emb
        attention = body.layers[0].self_attn
        self.size, self.scale = int(attention.head_dim), float(attention.scaling)
        self.heads, self.key_heads = int(config.num_attention_heads), int(config.num_key_value_heads)
        self.layers = [_layer(layer, joined=joined) for layer in body.layers]
        alike = all(parameter.dtype == self.embedding.dtype for parameter in network.parameters())
        self.kernels = step_kernels(self.embedding) if alike else None
        self.attention: StepAttention | None = None
        if self.kernels:
            self.attention = StepAttention(self.kernels, (self.heads, self.key_heads, self.size), self.scale)

    def __call__(self, token: int, position: int, cache: Any) -> torch.Tensor:
        """Scores [1, vocabulary] after `token`, which stands at `position`."""
        hidden = self.embedding[token : token + 1]
        place = torch.tensor([[position]], device=hidden.device)
        cosine, sine = (turn[0] for turn in self.rotary(hidden[None], place))
        for weights, kept in zip(self.layers, cache.layers, strict=True):
            hidden = hidden + self._attended(hidden, weights, kept, cosine, sine)
            inner = self.normed(hidden, weights.inner_norm)
            hidden = hidden + weights.down(self.gated(weights.gate_up(inner)))
        return self.head(self.normed(hidden, self.norm))

    def _attended(
        self, hidden: torch.Tensor, weights: _Layer, kept: Any, cosine: torch.Tensor, sine: torch.Tensor
    ) -> torch.Tensor:
        every = weights.query_key_value(self.normed(hidden, weights.input_norm))
        if self.attention:
            return weights.output(self.attention(every, cosine, sine, kept))
        rows = every.view(self.heads + 2 * self.key_heads, self.size)
        moved = turned(rows[: self.heads + self.key_heads], cosine, sine)
        keys, values = kept.append(moved[self.heads :], rows[self.heads + self.key_heads :])
        found = functional.scaled_dot_product_attention(
            moved[: self.heads].view(1, self.heads, 1, self.size), keys, values,
            scale=self.scale, enable_gqa=self.heads != self.key_heads,
        )  # fmt: skip
        return weights.output(found.view(1, -1))

    def normed(self, hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """The library's RMSNorm; without kernels rounding where it rounds."""
        if self.kernels:
            out = torch.empty_like(hidden)
            inverse = hidden.new_empty(len(hidden), dtype=torch.float32)
            self.kernels.rms_norm(hidden, weight, out, inverse, *hidden.shape, self.epsilon)
            return out
        exact = functional.rms_norm(hidden.float(), weight.shape, eps=self.epsilon)
        return weight * exact.to(hidden.dtype)

    def gated(self, gate_up: torch.Tensor) -> torch.Tensor:
        """silu(gate) · up, [N, I], of [N, 2I]."""
        if self.kernels:
            out = gate_up.new_empty(len(gate_up), gate_up.shape[1] // 2)
            self.kernels.gated(gate_up, out, *out.shape)
            return out
        gate, up = gate_up.chunk(2, dim=-1)
        return functional.silu(gate) * up


def stepper_for(network: Any) -> Stepper | None:
    """A stepper where the architecture is known to be what it computes, else None.

    Args:
        network: As `transformers` made it, or with a LoRA adapter of PEFT that was not merged, as while it is trained.
    """
    if hasattr(network, "get_base_model"):
        network = network.get_base_model()
    if type(network).__name__ not in KNOWN or not attends_fully(network.config):
        return None
    if network.config.hidden_act != "silu" or network.lm_head.bias is not None:
        return None
    if any(not is_understood(module) for module in network.modules() if hasattr(module, "in_features")):
        return None  # quantized, or with adapters of another kind
    if network.training or any(_is_changed(module) for module in network.modules()):
        return None
    return Stepper(network)


def _is_changed(module: torch.nn.Module) -> bool:
    """Whether somebody hooked into this module or put another forward in place of its own that is at work here."""
    own = vars(module).get("forward")
    replaced = own is not None and not getattr(own, "steps_aside", False)
    return bool(module._forward_hooks or module._forward_pre_hooks or replaced)


def _layer(layer: Any, *, joined: bool) -> _Layer:
    attention, inner = layer.self_attn, layer.mlp
    return _Layer(
        input_norm=layer.input_layernorm.weight,
        query_key_value=Product([attention.q_proj, attention.k_proj, attention.v_proj], copied=joined),
        output=Product([attention.o_proj], copied=False),
        inner_norm=layer.post_attention_layernorm.weight,
        gate_up=Product([inner.gate_proj, inner.up_proj], copied=joined),
        down=Product([inner.down_proj], copied=False),
    )


def turned(rows: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Rotary positions, [..., heads, D]."""
    half = rows.shape[-1] // 2
    return rows * cosine + torch.cat((-rows[..., half:], rows[..., :half]), dim=-1) * sine
