"""Pre-training on the product's own engine: continue a base on a corpus for a given time. Run it again to go on.

    torchrun --nproc-per-node 2 -m starter.base.pretrain --base FOLDER --corpus FOLDER [--corpus FOLDER] --work FOLDER

One process a core with one thread each: at this size matrix products are too small to share between threads. The rate
follows the time spent (warm-up, constant, linear to zero), because time is what a small machine can promise.
"""

import argparse
import io
import json
import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from brandtune.core.progress import Silent
from brandtune.core.storage import write_bytes
from brandtune.models import load_model
from brandtune.training.config import TrainingConfig
from brandtune.training.learner import Learner
from brandtune.training.methods import MasterWeights
from brandtune.training.objectives import Item
from brandtune.training.packing import Tokens
from starter.base.corpus import Corpus, assistant_mask, batch, read_documents

TOKENS_A_STEP, MAX_TOKENS = 12_288, 1_024
WARMUP_SHARE, DECAY_FROM = 0.02, 0.45
CONTEXT_WEIGHT = 2.0
"""Of the loss of answers in documents that teach using the context: few tokens carry all that they teach."""


@dataclass
class Standing:
    """Where the run stands."""

    step: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    tokens: int = 0


class Shared(MasterWeights):
    """Masters whose gradients are summed over the processes before they are used."""

    def take_gradients(self) -> None:
        super().take_gradients()
        if not dist.is_initialized():
            return
        masters = list(self.masters.values())
        flat = torch.cat([(m.grad if m.grad is not None else torch.zeros_like(m)).flatten() for m in masters])
        dist.all_reduce(flat)
        for master, part in zip(masters, flat.split([m.numel() for m in masters]), strict=True):
            master.grad = part.view_as(master)


class Both:
    """Muon on the matrices of the layers, AdamW on embeddings and norms (Jordan et al. 2024; Moonlight's scaling,
    arXiv 2502.16982, so that one rate serves both)."""

    def __init__(self, weights: MasterWeights, *, rate: float, weight_decay: float) -> None:
        inner = {n: m for n, m in weights.masters.items() if m.ndim == 2 and "embed" not in n and "lm_head" not in n}
        outer = [m for n, m in weights.masters.items() if n not in inner]
        self.parts: list[Any] = [
            torch.optim.Muon(
                list(inner.values()), lr=rate, weight_decay=weight_decay, momentum=0.95, adjust_lr_fn="match_rms_adamw"
            ),
            torch.optim.AdamW(outer, lr=rate, weight_decay=0.0, betas=(0.9, 0.95), fused=True),
        ]
        for group in self.param_groups:
            group["rate"] = 1.0

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return [group for part in self.parts for group in part.param_groups]

    def step(self) -> None:
        for part in self.parts:
            part.step()

    def state_dict(self) -> list[Any]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[Any]) -> None:
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)


class Replica(Learner):
    """A learner that computes its share of every batch."""

    def _gradients(self, batch: list[Item], *, total: float, divergence: torch.Tensor) -> float:
        mine = batch[_rank() :: _world()]
        loss = super()._gradients(mine, total=total, divergence=divergence)
        together = torch.tensor(loss)
        if dist.is_initialized():
            dist.all_reduce(together)
        return float(together)


def _rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def _world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def whole(ids: tuple[int, ...], name: str) -> Item:
    """A document whose every token but the first is learnt."""
    return Item(name, (Tokens(ids, (False,) + (True,) * (len(ids) - 1)),))


def answers(ids: tuple[int, ...], name: str, *, begin: tuple[int, ...], end: int) -> Item:
    """A document of which only the assistant's answers are learnt: what comes before is made up and cannot be guessed."""
    return Item(name, (Tokens(ids, assistant_mask(ids, begin=begin, end=end)),), weight=CONTEXT_WEIGHT)


def rate_at(share: float, *, peak: float) -> float:
    """Learning rate when `share` of the time is spent."""
    if share < WARMUP_SHARE:
        return peak * share / WARMUP_SHARE
    return peak * min(1.0, (1 - share) / (1 - DECAY_FROM))


def encoder(learner: Learner) -> Callable[[str], list[int]]:
    """Text to token ids, nothing added."""
    tokenizer = learner.model.renderer.tokenizer
    return lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]


def bits_per_byte(learner: Learner, documents: list[dict[str, str]]) -> dict[str, float]:
    """Held-out loss in bits per byte by kind, over the first 1,024 tokens of each document."""
    encode, decode = encoder(learner), learner.model.renderer.tokenizer.decode
    kinds = sorted({document["kind"] for document in documents})
    sums = torch.zeros(len(kinds), 2, dtype=torch.float64)  # nats, bytes
    for document in documents[_rank() :: _world()]:
        ids = tuple(encode(document["text"])[:MAX_TOKENS])
        if len(ids) > 1:
            nats = learner.held_out_loss([whole(ids, "held out")]) * (len(ids) - 1)
            sums[kinds.index(document["kind"])] += torch.tensor([nats, len(decode(ids).encode())])
    if dist.is_initialized():
        dist.all_reduce(sums)
    return {kind: float(sums[at, 0] / sums[at, 1] / math.log(2)) for at, kind in enumerate(kinds)}


def spread(documents: list[dict[str, str]], *, count: int) -> list[dict[str, str]]:
    """The first `count` documents of each kind."""
    seen: dict[str, int] = {}
    found = []
    for document in documents:
        seen[document["kind"]] = seen.get(document["kind"], 0) + 1
        if seen[document["kind"]] <= count:
            found.append(document)
    return found


class Pretraining:
    """The run: batches in, checkpoints and a log out."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given, self.stopped = given, False
        self.model = load_model(str(given.base), precision="bf16")
        config = TrainingConfig(method="full", micro_batch_tokens=given.micro_batch_tokens, max_tokens=MAX_TOKENS)
        self.learner = Replica(self.model, config, progress=Silent())
        self.learner.weights = Shared(self.learner.network)
        self.optimizer = Both(self.learner.weights, rate=given.rate, weight_decay=given.weight_decay)
        self.learner.optimizer = self.optimizer  # type: ignore[assignment]
        self.standing = Standing()
        self.held_out = list(read_documents(given.held_out))
        (*begin, self.end) = encoder(self.learner)("<|im_start|>assistant\n<|im_end|>")
        self.begin = tuple(begin)
        self.checkpoint = given.work / "checkpoint.pt"
        if self.checkpoint.is_file():
            content = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
            self.standing = Standing(**content["standing"])
            self.optimizer.load_state_dict(content["optimizer"])
            self.learner.weights.restore(content["weights"])

    def run(self) -> None:
        """Train until the time is spent, or until a signal asks to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        standing, budget = self.standing, self.given.hours * 3600
        began, before = time.monotonic(), standing.seconds
        cpu, cpu_before = time.process_time(), standing.processor_seconds
        corpora: list[Corpus] = []
        while True:
            elapsed, stop, there = _agreed(before + time.monotonic() - began, self.stopped, self._there())
            if stop or elapsed >= budget:
                break
            if there != len(corpora):
                corpora = [Corpus(folder) for folder in self.given.corpus[:there]]
            if standing.step % self.given.validate_every == 0:
                self._validate(spread(self.held_out, count=16))
            rate = rate_at(elapsed / budget, peak=self.given.rate)
            drawn = batch(
                corpora, step=standing.step, seed=self.given.seed, num_tokens=TOKENS_A_STEP, max_tokens=MAX_TOKENS
            )
            loss = self.learner.learn([self._item(kind, ids) for kind, ids in drawn], rate=rate)
            standing.step += 1
            standing.tokens += sum(len(ids) for _, ids in drawn)
            standing.seconds = elapsed
            standing.processor_seconds = cpu_before + (time.process_time() - cpu) * _world()
            if standing.step % 10 == 0:
                self._log(loss=loss, rate=rate)
            if standing.step % self.given.save_every == 0:
                self._save()
        self._save()
        if not stop:
            self._validate(self.held_out)
            if _rank() == 0:
                self.learner.weights.save(self.given.work / "model", base="", source=str(self.given.base))

    def _item(self, kind: str, ids: tuple[int, ...]) -> Item:
        made = answers(ids, kind, begin=self.begin, end=self.end) if kind == "context" else whole(ids, kind)
        return made if made.num_loss_tokens else whole(ids, kind)

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def _there(self) -> int:
        """How many of the corpora are there; later ones may still be in preparation."""
        there = [(folder / "kinds.json").is_file() for folder in self.given.corpus]
        return there.index(False) if False in there else len(there)

    def _validate(self, documents: list[dict[str, str]]) -> None:
        found = bits_per_byte(self.learner, documents)
        self._log(**{f"bits_per_byte_{kind}": round(value, 4) for kind, value in found.items()})

    def _log(self, **values: float) -> None:
        standing = self.standing
        line = {
            "step": standing.step, "tokens": standing.tokens, "minutes": round(standing.seconds / 60, 2),
            "processor_minutes": round(standing.processor_seconds / 60, 2), **values,
        }  # fmt: skip
        if _rank() == 0:
            with (self.given.work / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(line, flush=True)

    def _save(self) -> None:
        if _rank() == 0:
            buffer = io.BytesIO()
            content = {
                "standing": vars(self.standing),
                "weights": self.learner.weights.state(),
                "optimizer": self.optimizer.state_dict(),
            }
            torch.save(content, buffer)
            write_bytes(self.checkpoint, buffer.getvalue())


def _agreed(elapsed: float, stop: bool, there: int) -> tuple[float, bool, int]:
    """The same for all processes: time and corpora as the first one sees them, a stop as soon as anyone is told to."""
    if not dist.is_initialized():
        return elapsed, stop, there
    seen, told = torch.tensor([elapsed, float(there)], dtype=torch.float64), torch.tensor(int(stop))
    dist.broadcast(seen, 0)
    dist.all_reduce(told)
    return float(seen[0]), bool(told), int(seen[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="folder of the model to go on with")
    parser.add_argument("--corpus", type=Path, action="append", required=True, help="prepared by starter.base.corpus")
    parser.add_argument("--held-out", type=Path, required=True, help="JSON Lines that is never trained on")
    parser.add_argument("--work", type=Path, required=True, help="checkpoint, log, and in the end the model")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--micro-batch-tokens", type=int, default=1_024)
    parser.add_argument("--save-every", type=int, default=50, help="steps")
    parser.add_argument("--validate-every", type=int, default=250, help="steps")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    if "RANK" in os.environ:
        torch.set_num_threads(1)
        dist.init_process_group("gloo")
    Pretraining(given).run()
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
