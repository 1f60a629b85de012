"""The head block by block over the vocabulary, as flash attention goes over keys: sums are rescaled as maxima rise.

Shapes: P positions, E hidden size, V vocabulary, R positions and C words of one block. Buffers are made once: on a CPU,
fresh memory for every block costs as much as the products.
"""

from collections.abc import Iterator, Sequence

import torch

from brandtune.training.fast.compiled import kernels

BLOCK_LOGITS, BLOCK_LOGITS_CUDA = 1 << 21, 1 << 26
"""Logits that exist at once: 8 MB in fp32 on a CPU, where they stay in the cache."""
MOST_ROWS, FEWEST_WORDS, WHOLE = 1024, 512, 128


def there(
    hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, *, gradient: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Log-sum-exp of the logits of each position, [P] fp32, and the mean of `weight` under their softmax, [P, E] fp32.

    Args:
        hidden: [P, E].
        weight: [V, E].
        gradient: Whether the second is wanted; None without.
    """
    totals = torch.empty(len(hidden), dtype=torch.float32, device=hidden.device)
    expected = torch.empty(hidden.shape, dtype=torch.float32, device=hidden.device) if gradient else None
    logits = _Logits(hidden, weight, bias)
    for rows in logits.rows:
        top = torch.full((rows.stop - rows.start, 1), -torch.inf, device=hidden.device)
        total = torch.zeros_like(top)
        mean = torch.zeros_like(expected[rows]) if expected is not None else None
        for words in logits.words:
            shares, factor = logits.shares(rows, words, top, total)
            if mean is not None:
                mean.mul_(factor).add_(shares @ weight[words])
        if expected is not None and mean is not None:
            torch.div(mean, total, out=expected[rows])
        totals[rows] = total.log_().add_(top)[:, 0]
    return totals, expected


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
            _, wide = logits.of(rows, words)
            wide.sub_(totals[rows, None]).exp_().mul_(-gradient[rows, None])
            narrow = logits.narrowed(wide)
            if d_hidden is not None:
                d_hidden[rows] += narrow @ weight[words]
            if d_weight is not None:
                d_weight[words] += narrow.t() @ hidden[rows]
            if d_bias is not None:
                d_bias[words] += wide.sum(dim=0)
    # What the targets themselves contribute needs no logits.
    if d_hidden is not None:
        d_hidden += weight.index_select(0, targets) * gradient[:, None]
    if d_weight is not None:
        d_weight.index_add_(0, targets, hidden.float() * gradient[:, None])
    if d_bias is not None:
        d_bias.index_add_(0, targets, gradient)
    return (
        None if d_hidden is None else d_hidden.to(hidden.dtype),
        None if d_weight is None else d_weight.to(weight.dtype),
        None if d_bias is None or bias is None else d_bias.to(bias.dtype),
    )


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

    def of(self, rows: slice, words: slice) -> tuple[torch.Tensor, torch.Tensor]:
        """One block of logits, [R, C]: as the product gave it, and in fp32; valid until the next call."""
        raw = self._product(rows, words)
        return raw, self._wide[: raw.numel()].view(raw.shape).copy_(raw)

    def shares(
        self, rows: slice, words: slice, top: torch.Tensor, total: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A block's exponentials relative to the highest logits so far, [R, C], in the products' precision.

        Args:
            top: The highest so far, [R, 1] fp32; brought up to date.
            total: Sum of the exponentials so far, [R, 1] fp32; likewise.

        Returns:
            The block, valid until the next call, and what earlier sums are to be multiplied by, [R, 1].
        """
        compiled = kernels(self._raw)
        if compiled is not None:
            raw, factor = self._product(rows, words), torch.empty_like(top)
            compiled.head_block(raw, top, total, factor, *raw.shape)
            return raw, factor
        raw, wide = self.of(rows, words)
        higher = torch.maximum(top, raw.amax(dim=-1, keepdim=True).float())
        wide.sub_(higher).exp_()
        factor = top.sub(higher).exp_()
        total.mul_(factor).add_(wide.sum(dim=-1, keepdim=True))
        top.copy_(higher)
        return self.narrowed(wide), factor

    def _product(self, rows: slice, words: slice) -> torch.Tensor:
        shape = (rows.stop - rows.start, words.stop - words.start)
        raw = self._raw[: shape[0] * shape[1]].view(shape)
        torch.mm(self.hidden[rows], self.weight[words].t(), out=raw)
        if self.bias is not None:
            raw += self.bias[words]
        return raw

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
