"""Pre-training on the product's own engine: continue a base on a corpus for a given time. Run it again to go on.

    torchrun --nproc-per-node 2 -m starter.base.pretrain --base FOLDER --corpus FOLDER [--corpus FOLDER] --work FOLDER

Set OMP_NUM_THREADS=1 and start one process a core: at this size matrix products are too small to be shared between
threads. The rate follows the time spent (warm-up, constant, linear to zero), because time is what a small machine can
promise; with `--tokens` it follows the tokens, for a machine that has other work to do.
"""

import argparse
import io
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from starter.base.corpus import SHARES, Corpus, assistant_mask, batch, read_documents

from brandtune.core.progress import Silent
from brandtune.core.storage import write_bytes
from brandtune.models import load_model
from brandtune.training.config import TrainingConfig
from brandtune.training.distributed import Team, joined
from brandtune.training.learner import Learner
from brandtune.training.methods import MasterWeights
from brandtune.training.objectives import Item
from brandtune.training.packing import Tokens
from brandtune.training.stopping import Stopping

TOKENS_A_STEP, MAX_TOKENS = 12_288, 1_024
WARMUP_SHARE, DECAY_FROM = 0.02, 0.45
GENERATED = ("context", "recall")
CONTEXT_WEIGHT = 2.0
"""Of the loss of answers in documents that teach using the context: few tokens carry all that they teach."""


@dataclass
class Standing:
    """Where the run stands."""

    step: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    tokens: int = 0


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


def whole(ids: tuple[int, ...], name: str) -> Item:
    """A document whose every token but the first is learnt."""
    return Item(name, (Tokens(ids, (False,) + (True,) * (len(ids) - 1)),))


def answers(ids: tuple[int, ...], name: str, *, begin: tuple[int, ...], end: int) -> Item:
    """A document of which only the assistant's answers are learnt: what comes before is made up and cannot be guessed."""
    return Item(name, (Tokens(ids, assistant_mask(ids, begin=begin, end=end)),), weight=CONTEXT_WEIGHT)


def rate_at(share: float, *, peak: float) -> float:
    """Learning rate when `share` of the time (or of the tokens) is spent.

    >>> [round(rate_at(share, peak=1.0), 2) for share in (0.01, 0.3, 0.725, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    if share < WARMUP_SHARE:
        return peak * share / WARMUP_SHARE
    return peak * min(1.0, (1 - share) / (1 - DECAY_FROM))


def spread(documents: Sequence[dict[str, str]], *, count: int) -> list[dict[str, str]]:
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

    def __init__(self, given: argparse.Namespace, *, team: Team) -> None:
        self.given, self.team = given, team
        model = load_model(str(given.base), precision="bf16")
        config = TrainingConfig(method="full", micro_batch_tokens=given.micro_batch_tokens, max_tokens=MAX_TOKENS)
        self.learner = Learner(model, config, progress=Silent())
        self.tokenizer = model.renderer.tokenizer
        self.optimizer = Both(self.learner.weights, rate=given.rate, weight_decay=given.weight_decay)
        self.learner.optimizer = self.optimizer  # type: ignore[assignment]
        self.standing = Standing()
        self.shares = {**SHARES, **dict(given.share)}
        self.held_out = list(read_documents(given.held_out))
        (*begin, self.end) = self._encode("<|im_start|>assistant\n<|im_end|>")
        self.begin = tuple(begin)
        self.checkpoint = given.work / "checkpoint.pt"
        if self.checkpoint.is_file():
            content = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
            self.standing = Standing(**content["standing"])
            self.optimizer.load_state_dict(content["optimizer"])
            self.learner.weights.restore(content["weights"])

    def run(self) -> None:
        """Train until the time is spent, or until a signal asks to stop."""
        with Stopping() as stopping:
            stopped = self._until(stopping)
        self._save()
        if not stopped:
            self._validate(self.held_out)
            if self.team.leads:
                self.learner.weights.save(self.given.work / "model", base="", source=str(self.given.base))

    def _until(self, stopping: Stopping) -> bool:
        """The loop; returns whether it was asked to stop before its time."""
        standing, budget = self.standing, self.given.hours * 3600
        began, before = time.monotonic(), standing.seconds
        cpu, cpu_before = time.process_time(), standing.processor_seconds
        corpora: list[Corpus] = []
        while True:
            # Everybody must take the same decisions, so they take the leader's; a stop, as soon as anybody is told to.
            elapsed = self._leaders(before + time.monotonic() - began)
            there, stop = int(self._leaders(self._there())), self.team.most(bool(stopping.asked))
            spent = standing.tokens / self.given.tokens if self.given.tokens else elapsed / budget
            if stop or spent >= 1:
                return bool(stop)
            if there != len(corpora):
                corpora = [Corpus(folder) for folder in self.given.corpus[:there]]
            if standing.step % self.given.validate_every == 0:
                self._validate(spread(self.held_out, count=16))
            rate = rate_at(spent, peak=self.given.rate)
            drawn = batch(
                corpora, step=standing.step, seed=self.given.seed, num_tokens=TOKENS_A_STEP, max_tokens=MAX_TOKENS,
                shares=self.shares,
            )  # fmt: skip
            loss = self.learner.learn([self._item(kind, ids) for kind, ids in drawn], rate=rate)
            standing.step += 1
            standing.tokens += sum(len(ids) for _, ids in drawn)
            standing.seconds = elapsed
            standing.processor_seconds = cpu_before + (time.process_time() - cpu) * self.team.size
            if standing.step % 10 == 0:
                self._log(loss=loss, rate=rate)
            if standing.step % self.given.save_every == 0:
                self._save()

    def _leaders(self, value: float) -> float:
        return self.team.total(value if self.team.leads else 0.0)

    def _encode(self, text: str) -> list[int]:
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    def _item(self, kind: str, ids: tuple[int, ...]) -> Item:
        made = answers(ids, kind, begin=self.begin, end=self.end) if kind in GENERATED else whole(ids, kind)
        return made if made.num_loss_tokens else whole(ids, kind)

    def _there(self) -> int:
        """How many of the corpora are there; later ones may still be in preparation."""
        there = [(folder / "kinds.json").is_file() for folder in self.given.corpus]
        return there.index(False) if False in there else len(there)

    def _validate(self, documents: Sequence[dict[str, str]]) -> None:
        """Bits per byte by kind, over the first 1,024 tokens of each document."""
        found: dict[str, float] = {}
        for kind in sorted({document["kind"] for document in documents}):
            texts = [tuple(self._encode(d["text"])[:MAX_TOKENS]) for d in documents if d["kind"] == kind]
            items = [whole(ids, kind) for ids in texts if len(ids) > 1]
            nats = self.learner.held_out_loss(items) * sum(item.num_loss_tokens for item in items)
            size = sum(len(self.tokenizer.decode(ids).encode()) for ids in texts if len(ids) > 1)
            found[f"bits_per_byte_{kind}"] = round(nats / size / math.log(2), 4)
        self._log(**found)

    def _log(self, **values: float) -> None:
        standing = self.standing
        line = {
            "step": standing.step, "tokens": standing.tokens, "minutes": round(standing.seconds / 60, 2),
            "processor_minutes": round(standing.processor_seconds / 60, 2), **values,
        }  # fmt: skip
        if self.team.leads:
            with (self.given.work / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(line, flush=True)

    def _save(self) -> None:
        if self.team.leads:
            buffer = io.BytesIO()
            content = {
                "standing": vars(self.standing),
                "weights": self.learner.weights.state(),
                "optimizer": self.optimizer.state_dict(),
            }
            torch.save(content, buffer)
            write_bytes(self.checkpoint, buffer.getvalue())


def _share(text: str) -> tuple[str, float]:
    kind, _, share = text.partition("=")
    if kind not in SHARES:
        raise argparse.ArgumentTypeError(f"{kind!r} is none of {', '.join(SHARES)}")
    return kind, float(share)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="folder of the model to go on with")
    parser.add_argument("--corpus", type=Path, action="append", required=True, help="prepared by starter.base.corpus")
    parser.add_argument("--held-out", type=Path, required=True, help="JSON Lines that is never trained on")
    parser.add_argument("--work", type=Path, required=True, help="checkpoint, log, and in the end the model")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--tokens", type=int, default=0, help="train on so many tokens instead of so many hours")
    parser.add_argument("--share", type=_share, action="append", default=[], help="KIND=SHARE of a batch's tokens")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--micro-batch-tokens", type=int, default=1_024)
    parser.add_argument("--save-every", type=int, default=50, help="steps")
    parser.add_argument("--validate-every", type=int, default=250, help="steps")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    with joined() as team:
        Pretraining(given, team=team).run()


if __name__ == "__main__":
    main()
