"""One pack through one network: log-probabilities of its loss tokens, with gradients. All objectives build on this."""

from dataclasses import dataclass
from typing import Any

import torch

from brandtune.core.errors import ConfigError
from brandtune.training.attention import Layout, seeing
from brandtune.training.head import token_log_probs
from brandtune.training.packing import Pack


@dataclass(frozen=True)
class Scored:
    """What a pack's loss tokens are worth to the network.

    Attributes:
        log_probs: Natural logarithm of each loss token's probability, [P], fp32.
        owners: Place within `sequences` of the sequence that each belongs to, [P].
        sequences: Which of the packed sequences these are.
    """

    log_probs: torch.Tensor
    owners: torch.Tensor
    sequences: tuple[int, ...]

    def summed(self, values: torch.Tensor | None = None) -> torch.Tensor:
        """Sums over each sequence's tokens of `values` (the log-probabilities when left out), one a sequence."""
        chosen = self.log_probs if values is None else values
        return torch.zeros(len(self.sequences), device=chosen.device).index_add(0, self.owners, chosen)

    def counts(self) -> torch.Tensor:
        """Loss tokens of each sequence, float."""
        return self.summed(torch.ones_like(self.log_probs))


def score(network: Any, pack: Pack, *, device: torch.device) -> Scored:
    """Run the network's body once over the row, and its head over the rows that predict loss tokens.

    Args:
        network: A causal language model of `transformers`, or a PEFT model around one.

    Raises:
        ConfigError: The architecture does not take position ids or has no separate head.
    """
    model = network.get_base_model() if hasattr(network, "get_base_model") else network
    layout = Layout.of(pack, device=device)
    ids = torch.tensor([pack.token_ids], device=device)
    with seeing(model, layout):
        hidden = _body(model)(
            input_ids=ids, position_ids=layout.position_ids[None], attention_mask=None, use_cache=False
        ).last_hidden_state[0]
    owners = torch.tensor(pack.owners, dtype=torch.long, device=device)
    targets = torch.tensor(pack.targets, dtype=torch.long, device=device)
    rows, inverse = torch.unique(torch.tensor(pack.rows, dtype=torch.long, device=device), return_inverse=True)
    head = model.get_output_embeddings()
    selected = hidden.index_select(0, rows)
    if len(rows) != len(inverse):
        selected = selected.index_select(0, inverse)
    log_probs = token_log_probs(selected, head.weight, targets, bias=getattr(head, "bias", None), finish=_finish(model))
    return Scored(log_probs, owners, pack.sequences)


def _body(model: Any) -> Any:
    body = getattr(model, getattr(model, "base_model_prefix", "") or "model", None)
    if body is None or model.get_output_embeddings() is None:
        raise ConfigError(
            f"{type(model).__name__} has no body and head that can be computed apart.",
            where="training.packing",
            fix="Set training.packing: none.",
        )
    return body


def _finish(model: Any) -> Any:
    """What architectures do between head and softmax: Gemma's soft cap, Granite's and Cohere's scaling."""
    config = model.config.get_text_config()
    cap = getattr(config, "final_logit_softcapping", None)
    if cap:
        return lambda logits: torch.tanh(logits / cap) * cap
    scaling = getattr(config, "logits_scaling", None)
    if scaling and scaling != 1:
        return lambda logits: logits / scaling
    factor = getattr(config, "logit_scale", None)
    if factor and factor != 1:
        return lambda logits: logits * factor
    return None
