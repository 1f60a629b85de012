"""From a body's last hidden states to log-probabilities, as the architecture goes there; `head` computes the usual way.

Between body and softmax most architectures have one matrix, and perhaps a scale that the configuration names. Some do
more (a layer of their own, a multiplier kept elsewhere). They are not known by name: a probe compares with the model's
own logits, and where they differ the model's own `forward` turns hidden states into logits, its body replaced by them.

Shapes: P positions, E hidden size, V vocabulary.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import torch

from brandtune.core.errors import ConfigError
from brandtune.training.head import log_probs_through, token_log_probs
from brandtune.training.replacing import replaced

log = logging.getLogger(__name__)
SAME = 1e-3
"""Largest relative difference at which a probe counts as computed alike; errors of a kind are orders larger."""
SAME_ROUNDED = 30 * SAME
"""The same in 16 bits."""
_PLACES, _WORDS = (1, 3, 5, 7), 8
"""Positions of the probe's sequence, and how many tokens are asked for at each."""
_IMPOSSIBLE = -1e4
"""Stands in for log-probabilities of minus infinity, which some architectures give to unused tokens."""

_plain: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def log_probs(model: Any, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Log-probability of each target in nats, [P] fp32, from the body's last hidden states, [P, E]; differentiable.

    Args:
        model: A causal language model of `transformers`, not a PEFT model around one.

    Raises:
        ConfigError: Its logits cannot be computed from its body's hidden states.
    """
    return _by_matrix(model, hidden, targets) if is_plain(model) else _by_model(model, hidden, targets)


def is_plain(model: Any) -> bool:
    """Whether matrix, bias and `finish_of` are all that lies between body and softmax; found out once a model.

    Raises:
        ConfigError: They are not, and the model's own `forward` cannot be used instead.
    """
    if model not in _plain:
        _plain[model] = _probed(model)
    return _plain[model] and not hasattr(model.get_output_embeddings(), "base_layer")  # an adapter on the head


def in_blocks(model: Any) -> bool:
    """Whether log-probabilities are computed in the usual way, which never holds more than a block of logits."""
    return is_plain(model) and finish_of(model) is None


def slower(model: Any) -> list[str]:
    """What of the head is computed in a slower way than usual, in sentences."""
    if is_plain(model):
        return []
    name = type(model).__name__
    return [
        f"{name} does more between body and logits than multiply by a matrix; its own code does it, which is slower"
    ]


def body_of(model: Any) -> Any:
    """The part of a model that gives hidden states.

    Raises:
        ConfigError: Body and head cannot be told apart.
    """
    body = getattr(model, getattr(model, "base_model_prefix", "") or "model", None)
    if body is None or model.get_output_embeddings() is None:
        raise ConfigError(
            f"{type(model).__name__} has no body and head that can be computed apart.",
            where="base",
            fix="Use a decoder-only language model.",
        )
    return body


def finish_of(model: Any) -> Any:
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


@contextmanager
def evaluating(network: Any) -> Iterator[None]:
    """Without dropout, so without random numbers, while the block runs."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _by_matrix(model: Any, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    head = model.get_output_embeddings()
    return token_log_probs(hidden, head.weight, targets, bias=getattr(head, "bias", None), finish=finish_of(model))


def _by_model(model: Any, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    vocabulary = model.get_output_embeddings().weight.shape[0]
    return log_probs_through(lambda rows: _own_logits(model, rows), hidden, targets, vocabulary=vocabulary)


def _own_logits(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """What the model makes of hidden states, [P, V]."""
    with replaced(body_of(model), lambda *_, **__: _Given(hidden[None])):
        # A model that is divided among processes is entered already: its class's `forward`, past its hooks.
        ids = torch.zeros((1, len(hidden)), dtype=torch.long, device=hidden.device)
        logits: torch.Tensor = type(model).forward(model, input_ids=ids, use_cache=False).logits[0]
        return logits


class _Given:
    """Stands in for what a body returns; of caches, attentions and the like there are none."""

    def __init__(self, hidden: torch.Tensor) -> None:
        self.last_hidden_state = hidden

    def __getitem__(self, index: Any) -> Any:
        return (self.last_hidden_state,)[index]

    def __getattr__(self, name: str) -> None:
        return None


@torch.no_grad()
def _probed(model: Any) -> bool:
    size = model.config.get_text_config().vocab_size
    ids = torch.tensor([[(index * 7919 + 11) % size for index in range(_PLACES[-1] + 1)]])
    ids = ids.to(next(model.parameters()).device)
    places = torch.tensor(_PLACES, device=ids.device)
    with evaluating(model):
        known = model(input_ids=ids, use_cache=False).logits[0].index_select(0, places).float().log_softmax(-1)
        words = ids[0, :_WORDS] % known.shape[-1]
        hidden = body_of(model)(input_ids=ids, use_cache=False).last_hidden_state[0].index_select(0, places)
        wanted = known[:, words]
        given = hidden.repeat_interleave(len(words), dim=0), words.repeat(len(places))
        if _alike(_by_matrix(model, *given).view_as(wanted), wanted, dtype=hidden.dtype):
            return True
        name = type(model).__name__
        try:
            own = _by_model(model, *given).view_as(wanted)
        except (TypeError, RuntimeError, AttributeError, IndexError) as error:
            log.info("head=own model=%s error=%s", name, type(error).__name__)
            own = None
    if own is None or not _alike(own, wanted, dtype=hidden.dtype):
        raise ConfigError(
            f"{name} does something between its body and its logits that cannot be computed apart.",
            where="base",
            fix="Use another base, e.g. of the Llama, Qwen or Mistral family.",
        )
    log.info("head=own model=%s", name)
    return False


def _alike(ours: torch.Tensor, theirs: torch.Tensor, *, dtype: torch.dtype) -> bool:
    """Whether log-probabilities are the same, measured by how far they differ among themselves.

    Against their size a wrong scale would hardly show in a model that finds all tokens about equally likely.
    """
    ours, theirs = (
        tensor.nan_to_num(nan=_IMPOSSIBLE, neginf=_IMPOSSIBLE).clamp(min=_IMPOSSIBLE) for tensor in (ours, theirs)
    )
    tolerance = SAME if dtype == torch.float32 else SAME_ROUNDED
    return bool((ours - theirs).norm() <= tolerance * (theirs - theirs.mean()).norm())
