"""Whether an export computes what the trained model computes, by its next-token distributions; and refusing when not."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from brandtune.core.errors import GateFailed
from brandtune.core.examples import Message
from brandtune.core.records import Struct
from brandtune.models.export.settings import ParityLimits
from brandtune.models.export.trials import CONVERSATIONS
from brandtune.models.rendering import Renderer

# Positions compared at the end of each conversation; bounds memory where the vocabulary is large.
POSITIONS = 48
# Tokens this likely or more are compared one by one; below, a difference of logarithms says nothing.
LIKELY = 1e-3
# Two tokens this close, in nats, are a tie that rounding may decide either way.
TIE = 0.02


class Parity(Struct, frozen=True, kw_only=True):
    """How far one computation is from the trained model's, or another reference.

    Attributes:
        against: What computed it.
        reference: What it is held against.
        divergence: Mean Kullback-Leibler divergence in nats per token.
        difference: Largest difference of log-probabilities, as a share of the largest.
        agreement: Share of positions with the same likeliest token.
        num_positions: Positions compared.
        exact_texts: Rough texts that gave the same token ids, of how many; None where tokens were not compared.
        kept: How much of what tuning changed is in it, 1 being all; None where that was not measured, or cannot be.
    """

    against: str
    divergence: float
    difference: float
    agreement: float
    num_positions: int
    exact_texts: tuple[int, int] | None = None
    kept: float | None = None
    reference: str = "the trained model"

    @property
    def sentence(self) -> str:
        kept = "" if self.kept is None else f", {self.kept:.0%} of what tuning changed"
        return (
            f"{self.against}, against {self.reference}: divergence {self.divergence:.2g} nats a token, "
            f"largest difference {self.difference:.2g}, same likeliest token at {self.agreement:.1%} of "
            f"{self.num_positions} positions{kept}"
        )


def trial_ids(renderer: Renderer, conversations: Sequence[Sequence[Message]] = CONVERSATIONS) -> list[tuple[int, ...]]:
    """Token ids of whole conversations, as training renders them; without system turns where the template has none."""
    if not takes_system(renderer):
        conversations = [[m for m in messages if m.role != "system"] for messages in conversations]
    return [rendered.token_ids for messages in conversations for rendered in renderer.turns(messages)]


def takes_system(renderer: Renderer) -> bool:
    """Whether the chat template has a place for a system turn."""
    turns = [Message(role="system", content="a"), Message(role="user", content="b")]
    try:
        renderer.prompt(turns)
    except Exception:  # a template refuses by raising whatever it likes
        return False
    return True


@torch.inference_mode()
def log_probabilities(network: Any, rows: Sequence[Sequence[int]], *, last: int = POSITIONS) -> torch.Tensor:
    """Log-probabilities of the next token at the last positions of each row [positions, vocabulary], fp32."""
    found = []
    for row in rows:
        ids = torch.tensor([list(row)], device=next(network.parameters()).device)
        logits = network(input_ids=ids, logits_to_keep=min(last, len(row))).logits[0]
        found.append(logits.float().log_softmax(dim=-1).cpu())
    return torch.cat(found)


def compare(reference: torch.Tensor, other: torch.Tensor, *, against: str) -> Parity:
    """Compare log-probabilities [positions, outcomes]; the outcomes of a position make up all its probability."""
    shares = reference.exp()
    # A share that rounds to nothing contributes nothing, whatever its logarithm is.
    gaps = torch.where(shares > 0, reference - other, 0.0)
    likely = shares >= LIKELY
    first, second = reference.argmax(dim=-1, keepdim=True), other.argmax(dim=-1, keepdim=True)
    lost = (reference.gather(-1, first) - reference.gather(-1, second)).flatten()
    return Parity(
        against=against,
        divergence=float((shares * gaps).sum(dim=-1).mean().clamp(min=0)),
        difference=_difference(gaps[likely], reference[likely]),
        agreement=float((lost <= TIE).float().mean()),
        num_positions=len(reference),
    )


def _difference(gaps: torch.Tensor, reference: torch.Tensor) -> float:
    """The largest gap as a share of the largest log-probability; 0 where no token is likely, as in an untrained model."""
    return float(gaps.abs().max() / reference.abs().max().clamp(min=1.0)) if len(gaps) else 0.0


def compare_some(
    reference: torch.Tensor, tops: Sequence[Mapping[int, float]], *, against: str
) -> Parity:  # fmt: skip
    """As `compare`, where only the likeliest tokens of the other side are known (id: log-probability), by position."""
    return compare(*aligned(reference, tops), against=against)


def aligned(reference: torch.Tensor, tops: Sequence[Mapping[int, float]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Both sides' log-probabilities of the known tokens, and of all others together [positions, outcomes].

    A position with fewer known tokens than others is filled up with outcomes that have no probability.
    """
    rows = [_with_rest(row, top) for row, top in zip(reference, tops, strict=True)]
    width = max(len(row[0]) for row in rows)
    pad = torch.nn.functional.pad
    ours, theirs = (
        torch.stack([pad(row[side], (0, width - len(row[side])), value=-torch.inf) for row in rows]) for side in (0, 1)
    )
    return ours, theirs


def _with_rest(row: torch.Tensor, top: Mapping[int, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Both sides' log-probabilities of the known tokens, then of all others together."""
    ids = torch.tensor(list(top))
    ours, theirs = row[ids], torch.tensor(list(top.values()))
    if len(ids) == len(row):
        return ours, theirs
    rests = [(1 - side.double().exp().sum()).clamp(min=1e-9).log().float()[None] for side in (ours, theirs)]
    return torch.cat([ours, rests[0]]), torch.cat([theirs, rests[1]])


def require(parity: Parity, limits: ParityLimits) -> None:
    """Refuse an export that is too far from the model.

    Raises:
        GateFailed: Names each figure beyond its limit.
    """
    broken = [
        f"{name} {value:.3g} ({bound} {limit:.3g} allowed)"
        for name, value, bound, limit, good in (
            ("divergence", parity.divergence, "at most", limits.divergence, parity.divergence <= limits.divergence),
            ("difference", parity.difference, "at most", limits.difference, parity.difference <= limits.difference),
            ("agreement", parity.agreement, "at least", limits.agreement, parity.agreement >= limits.agreement),
        )
        if not good  # NaN is not good
    ]
    if broken:
        raise GateFailed(
            f"{parity.against} computes something else than {parity.reference}: {'; '.join(broken)}.",
            where="export",
            fix="Nothing was written. Take a wider number format; if this is one, the conversion is wrong: report it.",
        )
