"""How likely a model finds continuations of contexts, where many contexts begin alike and many continuations share one.

What all contexts begin with goes through the network once, each context once, and then only the continuations.
Shapes: D contexts, C continuations, T padded positions, V vocabulary.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import DynamicCache

from brandtune.core.errors import DataError
from brandtune.models.cache import attends_fully, reading, roomy_cache

Tokens = tuple[int, ...]
# Padded positions in one pass over contexts, and continuations scored together; both bound memory.
MOST_TOKENS, MOST_TOGETHER, MOST_LOGITS = 8192, 128, 40_000_000


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood of a continuation in nats, and whether greedy decoding would have written it."""

    nats: float
    greedy: bool


@torch.inference_mode()
def score_continuations(
    network: Any, requests: Sequence[tuple[Sequence[int], Sequence[int]]], *, pad_id: int = 0
) -> list[Likelihood]:
    """The likelihood of each (context, continuation), in order; equal to scoring each by itself, up to rounding.

    Args:
        network: A causal model, which knows its device.
        pad_id: Any token; padding is masked.

    Raises:
        DataError: A context or a continuation is empty.
    """
    by_context: dict[Tokens, list[int]] = {}
    for index, (context, continuation) in enumerate(requests):
        if not context or not continuation:
            raise DataError("a context or a continuation has no tokens.", where=f"request {index}")
        by_context.setdefault(tuple(context), []).append(index)
    contexts = sorted(by_context)
    shared = _shared(contexts) if attends_fully(network.config) else 0
    start = _Start(network, contexts[0][:shared] if contexts else ())
    found: dict[int, Likelihood] = {}
    for group in _groups(contexts, by_context, shared=shared):
        asked = [(place, index) for place, context in enumerate(group) for index in by_context[context]]
        rows = [tuple(requests[index][1]) for _, index in asked]
        if attends_fully(network.config):
            scored = _after(start, group, [place for place, _ in asked], rows, pad_id=pad_id)
        else:
            scored = _whole(network, [group[place] for place, _ in asked], rows, pad_id=pad_id)
        found.update(zip((index for _, index in asked), scored, strict=True))
    return [found[index] for index in range(len(requests))]


def _shared(contexts: Sequence[Tokens]) -> int:
    """How many leading tokens all contexts share, of sorted ones; each keeps its last for itself."""
    if not contexts:
        return 0
    first, last, shortest = contexts[0], contexts[-1], min(map(len, contexts))
    alike = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), shortest)
    return min(alike, shortest - 1)


def _groups(
    contexts: Sequence[Tokens],
    by_context: dict[Tokens, list[int]],
    *,
    shared: int,
) -> Iterator[list[Tokens]]:
    """Contexts of similar length, few enough that they and their continuations fit."""
    group: list[Tokens] = []
    together = 0
    for context in sorted(contexts, key=lambda one: (len(one), one)):
        own = len(by_context[context])
        if group and ((len(group) + 1) * (len(context) - shared) > MOST_TOKENS or together + own > MOST_TOGETHER):
            yield group
            group, together = [], 0
        group.append(context)
        together += own
    if group:
        yield group


class _Start:
    """The beginning that all contexts share, run once."""

    def __init__(self, network: Any, tokens: Tokens) -> None:
        self.network, self.tokens = network, tokens
        self.keys_and_values: list[tuple[torch.Tensor, torch.Tensor]] = []
        if tokens:
            once: Any = DynamicCache(config=network.config)
            ids = torch.tensor([tokens], device=network.device)
            network(input_ids=ids, logits_to_keep=1, **reading(network, once))
            self.keys_and_values = [(layer.keys, layer.values) for layer in once.layers]

    def cache(self, *, rows: int, capacity: int) -> Any:
        found = roomy_cache(self.network.config, capacity=capacity)
        for index, (keys, values) in enumerate(self.keys_and_values):
            found.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), index)
        return found


def _after(
    start: _Start, contexts: Sequence[Tokens], places: Sequence[int], rows: Sequence[Tokens], *, pad_id: int
) -> list[Likelihood]:
    """Run contexts [D, T] padded on the left, then continuations [C, T] padded on the right, each after its context."""
    network, shared = start.network, len(start.tokens)
    longest = max(len(context) for context in contexts) - 1
    cache = start.cache(rows=len(contexts), capacity=longest + max(map(len, rows)))
    mask = torch.ones(len(contexts), longest, dtype=torch.long, device=network.device)
    if longest > shared:
        ids = torch.full((len(contexts), longest - shared), pad_id, device=network.device)
        for row, context in enumerate(contexts):
            rest = context[shared:-1]
            mask[row, shared : longest - len(rest)] = 0
            if rest:
                ids[row, -len(rest) :] = torch.tensor(rest)
        positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)[:, shared:]
        network(
            input_ids=ids, attention_mask=mask, position_ids=positions, logits_to_keep=1,
            **reading(network, cache),
        )  # fmt: skip
    chosen = torch.tensor(places, device=network.device)
    if longest:
        cache.batch_select_indices(chosen)
    lasts = [contexts[place][-1] for place in places]
    fed, targets, real = _padded(lasts, rows, pad_id=pad_id, device=network.device)
    mask = torch.cat([mask[chosen], real], dim=1)
    positions = (mask.cumsum(dim=-1) - 1).clamp(min=0)[:, longest:]
    return _read(
        network, targets, real, input_ids=fed, attention_mask=mask, position_ids=positions, **reading(network, cache)
    )


def _padded(
    lasts: Sequence[int], rows: Sequence[Tokens], *, pad_id: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What is fed, what is to be predicted there, and where that is real, all [C, T]."""
    longest = max(map(len, rows))
    fed = torch.full((len(rows), longest), pad_id, device=device)
    targets, real = fed.clone(), torch.zeros_like(fed)
    for row, (last, tokens) in enumerate(zip(lasts, rows, strict=True)):
        targets[row, : len(tokens)] = torch.tensor(tokens)
        fed[row, : len(tokens)] = torch.tensor((last, *tokens[:-1]))
        real[row, : len(tokens)] = 1
    return fed, targets, real


def _whole(network: Any, contexts: Sequence[Tokens], rows: Sequence[Tokens], *, pad_id: int) -> list[Likelihood]:
    """Without a cache, each sequence by itself, for architectures whose layers do not look back at everything."""
    found = []
    for context, tokens in zip(contexts, rows, strict=True):
        ids = torch.tensor([[*context, *tokens[:-1]]], device=network.device)
        targets = torch.full_like(ids, pad_id)
        real = torch.zeros_like(ids)
        targets[0, len(context) - 1 :], real[0, len(context) - 1 :] = torch.tensor(tokens), 1
        found += _read(network, targets, real, input_ids=ids)
    return found


def _read(network: Any, targets: torch.Tensor, real: torch.Tensor, **inputs: Any) -> list[Likelihood]:
    """Likelihoods from one pass; the output head sees only positions that predict something, a slice at a time."""
    places = real.flatten().nonzero().flatten()
    head = network.get_output_embeddings()
    hook = head.register_forward_pre_hook(
        lambda _, given: (given[0].flatten(0, 1).index_select(0, places).unsqueeze(0),)
    )
    try:
        scores = network(**({"use_cache": False} | inputs)).logits[0]
    finally:
        hook.remove()
    wanted = targets.flatten()[places]
    nats = torch.zeros(targets.shape[0], device=targets.device)
    greedy = torch.ones(targets.shape[0], dtype=torch.bool, device=targets.device)
    rows = places // targets.shape[1]
    size = max(1, MOST_LOGITS // scores.shape[-1])
    for begin in range(0, len(places), size):
        part = slice(begin, begin + size)
        logits = scores[part].float()
        picked = logits.gather(1, wanted[part, None]).squeeze(1) - logits.logsumexp(dim=-1)
        nats.index_add_(0, rows[part], picked)
        greedy[rows[part][logits.argmax(dim=-1) != wanted[part]]] = False
    return [Likelihood(n, bool(g)) for n, g in zip(nats.tolist(), greedy.tolist(), strict=True)]
