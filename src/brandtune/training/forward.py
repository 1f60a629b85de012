"""Items through one network: log-probabilities of their loss tokens, with gradients. All objectives build on this."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from brandtune.core.errors import ConfigError
from brandtune.models.likelihood import IGNORED, LENGTH_MULTIPLE, length_groups
from brandtune.training import flex, output
from brandtune.training.attention import Layout, seeing
from brandtune.training.fast import accelerate, restore
from brandtune.training.narrowing import narrow, widen
from brandtune.training.output import SAME, SAME_ROUNDED, body_of, evaluating
from brandtune.training.packing import Pack, Tokens, pack, padded
from brandtune.training.positions import begin_anew, frequencies_of

log = logging.getLogger(__name__)
MOSTLY = 0.8
"""Share of the positions from which on leaving the others out of the last layer saves nothing."""


Computation = Callable[[], tuple[torch.Tensor, torch.Tensor]]


class Forward:
    """Computes groups of sequences, packed where the architecture allows it.

    Args:
        network: A causal language model of `transformers`, or a PEFT model around one.
        packed: Whether to pack; `packs_are_exact` tells whether that is sound.

    Attributes:
        through: Calls each computation; a network that is divided among processes gathers its weights around it.
    """

    def __init__(self, network: Any, *, packed: bool) -> None:
        self.network, self.packed = network, packed
        self.through: Callable[[Computation], tuple[torch.Tensor, torch.Tensor]] = lambda compute: compute()
        self.model = base_of(network)
        self.frequencies = frequencies_of(self.model)
        self.device = next(network.parameters()).device

    def log_probs(self, sequences: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities of all loss tokens in nats, [P] fp32, and the index of the sequence of each, [P].

        The tokens are in the order of the sequences, and within each in its own.
        """
        return self.through(lambda: self._log_probs(sequences))

    def _log_probs(self, sequences: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
        groups = self.frequencies.groups([(len(sequence),) for sequence in sequences])
        if len(groups) < 2:
            return self._together(sequences)
        if isinstance(self.through, torch.nn.Module):
            raise ConfigError(
                "this base has other rotary frequencies for long sequences, and a batch holds an item with both kinds.",
                where="training.parallel",
                fix=f"Set training.max_tokens to at most {min(self.frequencies.steps + self.frequencies.slopes)}.",
            )
        found = [self._together([sequences[index] for index in group]) for group in groups]
        owners = torch.cat(
            [torch.tensor(group, device=self.device)[own] for group, (_, own) in zip(groups, found, strict=True)]
        )
        order = owners.argsort(stable=True)
        return torch.cat([log_probs for log_probs, _ in found])[order], owners[order]

    def _together(self, sequences: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
        if self.frequencies.slopes:
            begin_anew(self.model)
        if not self.packed:
            return self._padded(sequences)
        (row,) = pack(sequences, max_tokens=sum(len(sequence) for sequence in sequences))
        members = torch.tensor(row.sequences)[torch.tensor(row.owners, dtype=torch.long)]
        order = members.argsort(stable=True)  # callers meet the tokens in the order of their sequences
        row = padded(row, multiple=LENGTH_MULTIPLE)
        return self._row(row, order.to(self.device)), members[order].to(self.device)

    def parts(self, sequences: Sequence[Sequence[Tokens]], *, max_tokens: int) -> Iterator[list[int]]:
        """Indices of items (each with its sequences) that are computed together within `max_tokens` tokens."""
        for group in self.frequencies.groups([[len(one) for one in item] for item in sequences]):
            for part in self._parts([sequences[index] for index in group], max_tokens=max_tokens):
                yield [group[index] for index in part]

    def _parts(self, sequences: Sequence[Sequence[Tokens]], *, max_tokens: int) -> Iterator[list[int]]:
        if self.packed:
            yield from _packed_parts(sequences, max_tokens=max_tokens)
        else:
            longest = [max(len(one) for one in item) for item in sequences]
            share = max(1, max_tokens // max(len(item) for item in sequences))
            yield from length_groups(longest, max_tokens=share)

    def size(self, sequences: Sequence[Tokens]) -> int:
        """Tokens that are computed for these sequences together."""
        groups = self.frequencies.groups([(len(sequence),) for sequence in sequences])
        return sum(self._size([sequences[index] for index in group]) for group in groups)

    def _size(self, sequences: Sequence[Tokens]) -> int:
        return _size(sequences) if self.packed else len(sequences) * max(len(sequence) for sequence in sequences)

    def slower(self) -> list[str]:
        """What is computed in a slower way than usual, and why, in sentences; empty for nothing.

        Raises:
            ConfigError: The base cannot be computed at all.
        """
        return [*output.slower(self.model), *flex.slower(self.device)]

    def _row(self, row: Pack, order: torch.Tensor) -> torch.Tensor:
        """The body once over the row, the head over the positions that predict loss tokens, in the given order."""
        layout = Layout.of(row, device=self.device)
        rows = torch.tensor(row.rows, dtype=torch.long, device=self.device)[order]
        layout.needed = _needed(rows, size=len(row))
        ids = torch.tensor([row.token_ids], device=self.device)
        with seeing(self.model, layout):
            hidden = body_of(self.model)(
                input_ids=ids, position_ids=layout.position_ids[None], attention_mask=None, use_cache=False
            ).last_hidden_state[0]
        targets = torch.tensor(row.targets, dtype=torch.long, device=self.device)[order]
        if layout.narrowed and layout.needed is not None:
            rows = torch.searchsorted(layout.needed, rows)
        return self._head(hidden.index_select(0, rows), targets)

    def _padded(self, sequences: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
        """One sequence a row, padding on the right, where causal models never look back from."""
        longest = -(-max(len(sequence) for sequence in sequences) // LENGTH_MULTIPLE) * LENGTH_MULTIPLE
        ids = torch.zeros((len(sequences), longest), dtype=torch.long, device=self.device)
        targets = torch.full((len(sequences), longest), IGNORED, dtype=torch.long, device=self.device)
        for index, sequence in enumerate(sequences):
            tokens = torch.tensor(sequence.token_ids, device=self.device)
            mask = torch.tensor(sequence.loss_mask, device=self.device)
            ids[index, : len(tokens)] = tokens
            targets[index, : len(tokens)] = torch.where(mask, tokens, IGNORED)
        positions = {}
        if self.frequencies:  # which follow the highest position: it must not be one of the padding
            highest = max(len(sequence) for sequence in sequences) - 1
            positions["position_ids"] = torch.arange(longest, device=self.device).clamp(max=highest)[None]
        hidden = body_of(self.model)(input_ids=ids, use_cache=False, **positions).last_hidden_state
        owners, places = (targets[:, 1:] != IGNORED).nonzero(as_tuple=True)
        return self._head(hidden[owners, places], targets[owners, places + 1]), owners

    def _head(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        count = len(targets)
        missing = -count % LENGTH_MULTIPLE  # as for the row: few distinct shapes
        hidden = torch.nn.functional.pad(hidden, (0, 0, 0, missing))
        targets = torch.nn.functional.pad(targets, (0, missing))
        return output.log_probs(self.model, hidden, targets)[:count]


def _needed(rows: torch.Tensor, *, size: int) -> torch.Tensor | None:
    """The positions among `rows`, rising, filled up with the last one to one of few lengths; None if that is most."""
    found = torch.unique(rows)
    filled = torch.nn.functional.pad(found, (0, -len(found) % LENGTH_MULTIPLE), value=size - 1)
    return filled if len(filled) <= MOSTLY * size else None


def base_of(network: Any) -> Any:
    """The `transformers` model inside a PEFT model, or the model itself."""
    return network.get_base_model() if hasattr(network, "get_base_model") else network


def _packed_parts(sequences: Sequence[Sequence[Tokens]], *, max_tokens: int) -> Iterator[list[int]]:
    """Items in the order of their tokens, so that those with a common beginning meet."""
    group: list[int] = []
    for index in sorted(range(len(sequences)), key=lambda i: (sequences[i][0].token_ids, i)):
        together = [one for member in (*group, index) for one in sequences[member]]
        if group and _size(together) > max_tokens:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _size(sequences: Sequence[Tokens]) -> int:
    """Tokens of the row that holds these sequences."""
    total = sum(len(sequence) for sequence in sequences)
    return len(pack(sequences, max_tokens=total)[0])


def packs_are_exact(network: Any) -> bool:
    """Whether this architecture computes a small pack as it computes the sequences one by one.

    State-space layers, or an attention of its own, would let sequences of a pack see each other without any error.
    """
    try:
        with torch.no_grad():
            return _alike(_probe(network, packed=True), _probe(network, packed=False), network)
    except (ConfigError, TypeError, RuntimeError, NotImplementedError) as error:
        log.info("packing=off error=%s", type(error).__name__)
        return False


def accelerate_exactly(network: Any) -> int:
    """Put the fast layers into a network that packs, if values and gradients stay the same; returns how many.

    A layer may look like Llama's and still do something of its own (a multiplier, no rotation in every fourth layer):
    the probe finds out.
    """
    before = _probe_with_gradients(network)
    count = accelerate(network)
    if count and not all(_alike(*both, network) for both in zip(before, _probe_with_gradients(network), strict=True)):
        restore(network)
        log.info("fast_layers=off reason=differs")
        return 0
    log.info("fast_layers=%d", count)
    return count


def narrow_exactly(network: Any) -> bool:
    """Let the last layer of a network that packs compute needed positions only, if values and gradients stay the same."""
    model = base_of(network)
    before = _probe_with_gradients(network)
    if not narrow(model):
        return False
    try:
        same = all(_alike(*both, network) for both in zip(before, _probe_with_gradients(network), strict=True))
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):  # a layer of another build
        same = False
    if not same:
        widen(model)
    log.info("last_layer=%s", "narrow" if same else "whole")
    return same


def _probe_with_gradients(network: Any) -> list[torch.Tensor]:
    """Values, and the gradients of the first and the last trained parameters (those see the whole way back)."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    values = _probe(network, packed=True)
    wanted = trained[:2] + trained[-2:]
    found = torch.autograd.grad(values.sum(), wanted, allow_unused=True)
    return [values.detach(), *(gradient for gradient in found if gradient is not None)]


def _probe(network: Any, *, packed: bool) -> torch.Tensor:
    """Log-probabilities of three short made-up sequences with a common beginning."""
    size = base_of(network).config.get_text_config().vocab_size
    ids = [(index * 7919 + 11) % size for index in range(40)]
    probes = [Tokens((*ids[:20], *ids[at : at + 8]), (False,) * 20 + (True,) * 8) for at in (20, 24, 28)]
    with evaluating(network):
        log_probs, owners = Forward(network, packed=packed).log_probs(probes)
    return torch.cat([log_probs[owners == owner] for owner in range(len(probes))])


def _alike(ours: torch.Tensor, theirs: torch.Tensor, network: Any) -> bool:
    exact = next(network.parameters()).dtype == torch.float32
    difference = (ours.float() - theirs.float()).norm()
    return bool(difference <= (SAME if exact else SAME_ROUNDED) * theirs.float().norm())
