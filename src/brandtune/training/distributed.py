"""Several processes that train one model: who is there, what each computes, how their results become one.

Each process holds the whole model (`sharded` divides it as well) and computes its share of every batch. The sum of their
losses and gradients is that of the batch, so any number of processes trains the same model, up to the order of sums.
Processes are started by `torchrun` or by Ray; alone, everything here does nothing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

import torch
import torch.distributed as dist

from brandtune.core.errors import BrandtuneError, ConfigError
from brandtune.core.ids import content_id
from brandtune.training.config import ONLINE, TrainingConfig
from brandtune.training.packing import Tokens
from brandtune.training.sharing import shares

T = TypeVar("T")
PATIENCE = timedelta(days=1)
"""How long the others wait for the leader, which may have to read all sources first; one that dies is noticed at once."""
BUCKET = 1 << 24
"""Numbers that are summed over the processes at once: 64 MB."""


class HasSequences(Protocol):
    """What can be shared out."""

    @property
    def sequences(self) -> tuple[Tokens, ...]: ...


@dataclass(frozen=True)
class Team:
    """The processes of this training, seen from one of them.

    Attributes:
        rank: Which one this is; 0 leads: it alone writes and speaks.
        size: How many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def share(self, items: Sequence[HasSequences]) -> list[int]:
        """Indices of the items that this process computes; all of them when it is alone."""
        if self.size == 1:
            return list(range(len(items)))
        return shares([item.sequences for item in items], count=self.size)[self.rank]

    def mine(self, parts: Iterable[T]) -> Iterator[T]:
        """Those of some equal parts that this process computes: every `size`-th."""
        return (part for number, part in enumerate(parts) if number % self.size == self.rank)

    def total(self, value: float) -> float:
        """The sum of everybody's value, the same to the last bit for everybody."""
        if self.size == 1:
            return value
        return self._reduced(value, dist.ReduceOp.SUM)

    def merged(self, found: Mapping[int, T]) -> dict[int, T]:
        """Everybody's findings by index, in one."""
        if self.size == 1:
            return dict(found)
        gathered: list[Mapping[int, T]] = [{} for _ in range(self.size)]
        dist.all_gather_object(gathered, dict(found))
        return {index: value for part in gathered for index, value in part.items()}

    def most(self, count: int) -> int:
        """The largest of everybody's counts."""
        return int(self._reduced(count, dist.ReduceOp.MAX)) if self.size > 1 else count

    def decides(self, choice: bool) -> bool:
        """The leader's choice, for everybody."""
        return bool(self.total(float(choice and self.leads))) if self.size > 1 else choice

    def tell(self, message: bytes | None) -> bytes | None:
        """What the leader says, for everybody."""
        said = [message]
        if self.size > 1:
            dist.broadcast_object_list(said, src=0, device=_small_device())
        return said[0]

    def wait(self) -> None:
        """Go on when everybody has come here."""
        if self.size > 1:
            self.total(0.0)

    @torch.no_grad()
    def add_gradients(self, masters: Mapping[str, torch.Tensor]) -> None:
        """Replace each gradient by the sum of everybody's; one that nobody has stays None."""
        if self.size == 1:
            return
        for bucket in _buckets(list(masters.values())):
            flat = torch.zeros(sum(m.numel() for m in bucket) + len(bucket), device=bucket[0].device)
            spans = list(_spans(bucket))
            for number, (master, span) in enumerate(zip(bucket, spans, strict=True)):
                if master.grad is not None:
                    flat[span] = master.grad.flatten()
                    flat[number - len(bucket)] = 1
            dist.all_reduce(flat)
            present = flat[-len(bucket) :].tolist()
            for master, span, anybody in zip(bucket, spans, present, strict=True):
                master.grad = flat[span].view_as(master) if anybody else None

    @torch.no_grad()
    def take_over(self, weights: Iterable[torch.Tensor]) -> None:
        """Give everybody the leader's weights."""
        if self.size > 1:
            for weight in weights:
                whole = weight.float()  # exact, and every backend can send it
                dist.broadcast(whole, src=0)
                weight.copy_(whole)

    @torch.no_grad()
    def require_same(self, masters: Iterable[torch.Tensor]) -> None:
        """Raises BrandtuneError when the processes no longer hold the same weights."""
        if self.size == 1:
            return
        ours = float(sum(master.double().sum() for master in masters))
        if self._reduced(ours, dist.ReduceOp.MIN) != self._reduced(ours, dist.ReduceOp.MAX):
            raise BrandtuneError(
                "the processes that train together no longer hold the same weights.",
                where="train",
                fix="Run the same library versions on every machine, and report this.",
            )

    def reseed(self, seed: int, step: int) -> None:
        """Random numbers of this step (dropout), other ones in each process; alone, they are left as they are."""
        if self.size > 1:
            torch.manual_seed(int(content_id([seed, step, self.rank]), 16) % 2**63)

    def _reduced(self, value: float, how: dist.ReduceOp.RedOpType) -> float:
        number = torch.tensor(value, dtype=torch.float64, device=_small_device())
        dist.all_reduce(number, op=how)
        return float(number)


def require_possible(config: TrainingConfig, team: Team, *, is_sharded: bool) -> None:
    """Raises ConfigError where these processes cannot train together."""
    if config.privacy is not None and team.size > 1:
        raise ConfigError("differential privacy trains in one process.", where="training.privacy")
    if is_sharded and config.objective in ONLINE:
        raise ConfigError(
            "a model that is divided among processes cannot answer.", where="training.parallel", fix="Use ddp."
        )
    if is_sharded and config.recompute == "always":
        raise ConfigError(
            "layers of a divided model cannot be computed again.", where="training.recompute", fix="Use ddp, or auto."
        )
    if is_sharded and config.base_precision != "auto":
        raise ConfigError(
            f"a base in {config.base_precision} cannot be divided among processes.", where="training.parallel",
            fix="Use ddp, or base_precision: auto.",
        )  # fmt: skip


ALONE = Team()


def team() -> Team:
    """Whoever trains together with this process now."""
    if dist.is_available() and dist.is_initialized():
        return Team(rank=dist.get_rank(), size=dist.get_world_size())
    return ALONE


@contextmanager
def joined() -> Iterator[Team]:
    """Join the processes that `torchrun` started with this one, for the time of the block; alone, nothing happens.

    Each process on a machine with CUDA devices takes the one of its local rank.

    Example:
        >>> with joined() as here:
        ...     here.size
        1
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    if team() is not ALONE or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield team()
        return
    if torch.cuda.is_available():
        dist.init_process_group("cpu:gloo,cuda:nccl", timeout=PATIENCE)
    else:
        dist.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield team()
    finally:
        dist.destroy_process_group()


def _small_device() -> torch.device:
    """Where single numbers are summed: on the CPU, unless the processes can only talk through their GPUs."""
    only_nccl = dist.get_backend() == "nccl"
    return torch.device("cuda") if only_nccl else torch.device("cpu")


def _buckets(masters: Sequence[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    bucket: list[torch.Tensor] = []
    for master in masters:
        if bucket and sum(m.numel() for m in bucket) + master.numel() > BUCKET:
            yield bucket
            bucket = []
        bucket.append(master)
    if bucket:
        yield bucket


def _spans(bucket: Sequence[torch.Tensor]) -> Iterator[slice]:
    start = 0
    for master in bucket:
        yield slice(start, start + master.numel())
        start += master.numel()
