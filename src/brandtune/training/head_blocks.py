"""The head block by block over the vocabulary, as flash attention goes over keys: sums are rescaled as maxima rise.

Shapes: P positions, E hidden size, V vocabulary, R positions and C words of one block. Buffers are made once: on a CPU,
fresh memory for every block costs as much as the products.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from brandtune.models.compiled import kernels

BLOCK_LOGITS, BLOCK_LOGITS_CUDA = 1 << 21, 1 << 26
"""Logits that exist at once: 8 MB in fp32 on a CPU, where they stay in the cache."""
MOST_ROWS, FEWEST_WORDS, WHOLE = 1024, 512, 128


def there(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    targets: torch.Tensor,
    *,
    gradient: bool,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Log-probability of each target, log-sum-exp of each position's logits, [P] fp32, and the first's slope, [P, E] fp32.

    A target's logit is read off the block that the sum is taken over, so that both are rounded alike and no
    log-probability exceeds 0. Its share stays out of the products, where it would swamp those of all other words.

    Args:
        hidden: [P, E].
        weight: [V, E].
        targets: [P].
        gradient: Whether the third is wanted, the gradient with respect to `hidden`; None without.
    """
    found, totals = (torch.empty(len(hidden), dtype=torch.float32, device=hidden.device) for _ in range(2))
    slope = torch.empty(hidden.shape, dtype=torch.float32, device=hidden.device) if gradient else None
    logits = _Logits(hidden, weight, bias)
    for rows in logits.rows:
        top = torch.full((rows.stop - rows.start, 1), -torch.inf, device=hidden.device)
        total, wanted = torch.zeros_like(top), top.clone()
        others = torch.zeros_like(slope[rows]) if slope is not None else None
        for words in logits.words:
            raw, places = logits.product(rows, words), _Places.of(targets[rows], words)
            wanted = places.read(raw, otherwise=wanted)
            shares, factor = logits.shares(raw, top, total)
            if others is not None:
                places.clear(shares)
                others.mul_(factor).add_(shares @ weight[words])
        totals[rows] = total.log().add_(top)[:, 0]
        found[rows] = wanted[:, 0].sub_(totals[rows]).clamp_(max=0.0)
        if slope is not None and others is not None:
            own = weight.index_select(0, targets[rows]).float().mul_(-torch.expm1(found[rows, None]))
            torch.sub(own, others.div_(total), out=slope[rows])
    return found, totals, slope


def back(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    targets: torch.Tensor,
    totals: torch.Tensor,
    gradient: torch.Tensor,
    *,
    needed: Sequence[bool],
) -> tuple[torch.Tensor | None, torch.Tensor | None, torch.Tensor | None]:
    """Gradients of hidden, weight and bias from those of the log-probabilities of `targets`, [P].

    Args:
        needed: Which of the three are wanted.
    """
    shapes = (hidden.shape, weight.shape, weight.shape[:1])
    d_hidden, d_weight, d_bias = (
        torch.zeros(shape, dtype=torch.float32, device=hidden.device) if wanted else None
        for shape, wanted in zip(shapes, needed, strict=True)
    )
    logits = _Logits(hidden, weight, bias)
    for rows in logits.rows:
        for words in logits.words:
            wide = logits.wide(logits.product(rows, words))
            wide.sub_(totals[rows, None]).exp_().neg_()
            _Places.of(targets[rows], words).add_one(wide)
            narrow = logits.narrowed(wide.mul_(gradient[rows, None]))
            if d_hidden is not None:
                d_hidden[rows] += narrow @ weight[words]
            if d_weight is not None:
                d_weight[words] += narrow.t() @ hidden[rows]
            if d_bias is not None:
                d_bias[words] += wide.sum(dim=0)
    return (
        None if d_hidden is None else d_hidden.to(hidden.dtype),
        None if d_weight is None else d_weight.to(weight.dtype),
        None if d_bias is None or bias is None else d_bias.to(bias.dtype),
    )


@dataclass(frozen=True)
class _Places:
    """Where the targets of a block's positions lie in it; each position has one in one block of the vocabulary.

    Attributes:
        column: That of the target, or any where it lies in another block, [R, 1].
        here: Whether it lies in this one, [R, 1].
    """

    column: torch.Tensor
    here: torch.Tensor

    @classmethod
    def of(cls, targets: torch.Tensor, words: slice) -> "_Places":
        column = (targets - words.start)[:, None]
        inside = column.clamp(0, words.stop - words.start - 1)
        return cls(inside, inside == column)

    def read(self, block: torch.Tensor, *, otherwise: torch.Tensor) -> torch.Tensor:
        """What stands at the targets, [R, 1] fp32."""
        return torch.where(self.here, block.gather(1, self.column).float(), otherwise)

    def clear(self, block: torch.Tensor) -> None:
        """Put 0 there; `block` is contiguous."""
        places = torch.arange(0, block.numel(), block.shape[1], device=block.device) + self.column[:, 0]
        # Not scatter_, which copies a whole bf16 block on a CPU to set one number a row.
        block.view(-1).index_copy_(0, places, block.gather(1, self.column).masked_fill_(self.here, 0.0)[:, 0])

    def add_one(self, block: torch.Tensor) -> None:
        """Add 1 there."""
        block.scatter_add_(1, self.column, self.here.to(block.dtype))


class _Logits:
    """Blocks of logits in buffers that are used again and again."""

    def __init__(self, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self.hidden, self.weight, self.bias = hidden, weight, bias
        num_rows, step = _block(len(hidden), weight.shape[0], hidden.device)
        self.rows = list(_slices(len(hidden), num_rows))
        self.words = list(_slices(weight.shape[0], step))
        size = num_rows * step
        self._raw = torch.empty(size, dtype=weight.dtype, device=hidden.device)
        self._wide = torch.empty(size, dtype=torch.float32, device=hidden.device)
        self._narrow = torch.empty(size, dtype=weight.dtype, device=hidden.device)

    def product(self, rows: slice, words: slice) -> torch.Tensor:
        """One block of logits, [R, C], in the products' precision; valid until the next call."""
        shape = (rows.stop - rows.start, words.stop - words.start)
        raw = self._raw[: shape[0] * shape[1]].view(shape)
        torch.mm(self.hidden[rows], self.weight[words].t(), out=raw)
        if self.bias is not None:
            raw += self.bias[words]
        return raw

    def wide(self, raw: torch.Tensor) -> torch.Tensor:
        """A block in fp32; valid until the next call."""
        return self._wide[: raw.numel()].view(raw.shape).copy_(raw)

    def shares(self, raw: torch.Tensor, top: torch.Tensor, total: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A block's exponentials relative to the highest logits so far, [R, C], in the products' precision.

        Args:
            raw: The block, which is used up.
            top: The highest so far, [R, 1] fp32; brought up to date.
            total: Sum of the exponentials so far, [R, 1] fp32; likewise.

        Returns:
            The block, valid until the next call, and what earlier sums are to be multiplied by, [R, 1].
        """
        compiled = kernels(raw)
        if compiled is not None:
            factor = torch.empty_like(top)
            compiled.head_block(raw, top, total, factor, *raw.shape)
            return raw, factor
        wide = self.wide(raw)
        higher = torch.maximum(top, raw.amax(dim=-1, keepdim=True).float())
        wide.sub_(higher).exp_()
        factor = top.sub(higher).exp_()
        total.mul_(factor).add_(wide.sum(dim=-1, keepdim=True))
        top.copy_(higher)
        return self.narrowed(wide), factor

    def narrowed(self, wide: torch.Tensor) -> torch.Tensor:
        """A block in the precision of the products; valid until the next call."""
        return self._narrow[: wide.numel()].view(wide.shape).copy_(wide)


def bytes_held(*, positions: int, vocabulary: int, element_size: int, device: torch.device) -> int:
    """What the buffers of blocks take at most: a block in fp32, and twice in the products' precision."""
    num_rows, step = _block(positions, vocabulary, device)
    return num_rows * step * (4 + 2 * element_size)


def _block(positions: int, vocabulary: int, device: torch.device) -> tuple[int, int]:
    """Positions and words of one block."""
    num_rows = max(1, min(positions, MOST_ROWS))
    budget = BLOCK_LOGITS if device.type == "cpu" else BLOCK_LOGITS_CUDA
    return num_rows, min(vocabulary, max(FEWEST_WORDS, budget // num_rows // WHOLE * WHOLE))


def _slices(size: int, step: int) -> Iterator[slice]:
    for start in range(0, size, step):
        yield slice(start, min(size, start + step))
