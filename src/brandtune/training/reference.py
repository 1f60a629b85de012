"""What the reference makes of each sequence, kept in a file that a run which goes on reads, as do the trials of a search.

Each sum is found by a hash of the weights that gave it and of its tokens, and comes back bit for bit.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from brandtune.core.disk import explained
from brandtune.core.ids import content_id
from brandtune.core.storage import write_bytes
from brandtune.models import references
from brandtune.training.config import TrainingConfig
from brandtune.training.distributed import Team
from brandtune.training.objectives import Item
from brandtune.training.packing import Tokens

REFERENCE = "reference.safetensors"
BYTES = 16
"""Of a hash."""

Compute = Callable[[list[Item]], list[Item]]


def weights_before(*, base: str, config: TrainingConfig, start: Path | None) -> str:
    """Identity of the weights that training starts from.

    Args:
        base: Fingerprint of the base, its precision included.
        start: The earlier adapter that is gone on with.
    """
    adapter = references.fingerprint(str(start)) if start is not None else ""
    # An adapter that starts at nothing changes nothing; one that starts in the weights rounds them in its own way.
    init = [config.lora.model_dump(mode="json"), config.seed] if config.lora.init != "default" else None
    return content_id([base, adapter, config.base_precision, init if config.method == "lora" else None])


class KeptReference:
    """Sums that were computed before, and those that are computed now.

    Args:
        path: The file, written and read by the leader of those that train together; None keeps nothing.
        weights: Identity of the weights that the sums come from.
        say: Tells whoever started the run.
    """

    def __init__(self, path: Path | None, *, weights: str, team: Team, say: Callable[[str], None]) -> None:
        self.path, self.weights, self.team, self.say = path, weights, team, say
        self.known: dict[bytes, float] | None = None

    def noted(self, items: Sequence[Item], *, compute: Compute) -> list[Item]:
        """Items with their reference; `compute` is asked for those of which something is not known yet.

        Raises:
            BrandtuneError: The disk is full.
        """
        names = [[self._name(sequence) for sequence in item.all_sequences] for item in items]
        known = self._known({name for own in names for name in own})
        missing = [place for place, own in enumerate(names) if not all(name in known for name in own)]
        if missing:
            for place, item in zip(missing, compute([items[place] for place in missing]), strict=True):
                known.update(zip(names[place], item.reference, strict=True))
            self._write(known)
        return [
            replace(item, reference=tuple(known[name] for name in own)) for item, own in zip(items, names, strict=True)
        ]

    def _name(self, sequence: Tokens) -> bytes:
        digest = hashlib.sha256(f"{self.weights}/{len(sequence)}/".encode())
        digest.update(array("q", sequence.token_ids).tobytes() + bytes(sequence.loss_mask))
        return digest.digest()[:BYTES]

    def _known(self, wanted: Iterable[bytes]) -> dict[bytes, float]:
        if self.known is None:
            self.known = self._read()
            if self.known and not self.known.keys() & set(wanted):
                self.say(f"{self.path} holds the reference of other weights or rows; it is computed anew")
                self.known = {}
        return self.known

    def _read(self) -> dict[bytes, float]:
        """What is in the file, the same for all that train together; nothing where it is damaged."""
        if self.path is None:
            return {}
        there = self.team.leads and self.path.is_file()
        data = self.team.tell(self.path.read_bytes() if there else None)
        try:
            return unpacked(data) if data is not None else {}
        except (SafetensorError, LookupError, ValueError, RuntimeError) as error:
            self.say(f"{self.path} is damaged ({type(error).__name__}); the reference is computed anew")
            return {}

    def _write(self, known: Mapping[bytes, float]) -> None:
        if self.path is not None and self.team.leads:
            with explained(self.path, kept="What was saved before is whole."):
                write_bytes(self.path, packed(known))


def packed(known: Mapping[bytes, float]) -> bytes:
    """As a safetensors file: hashes, [N, `BYTES`]; sums in nats, [N] fp64; and a hash over both."""
    names = torch.frombuffer(bytearray(b"".join(known)), dtype=torch.uint8).view(-1, BYTES)
    sums = torch.tensor(list(known.values()), dtype=torch.float64)
    return save({"sequences": names, "sums": sums, "check": _check(names, sums)})


def unpacked(data: bytes) -> dict[bytes, float]:
    """Back from `packed`.

    Raises:
        SafetensorError, LookupError, ValueError, RuntimeError: It is not what was written.

    >>> unpacked(packed({b"0123456789abcdef": -1.1}))
    {b'0123456789abcdef': -1.1}
    """
    found = load(data)
    names, sums = found["sequences"], found["sums"]
    if not torch.equal(found["check"], _check(names, sums)):
        raise ValueError("the hash does not fit")
    rows = names.numpy().tobytes()
    return {rows[at * BYTES : (at + 1) * BYTES]: value for at, value in enumerate(sums.tolist())}


def _check(names: torch.Tensor, sums: torch.Tensor) -> torch.Tensor:
    digest = hashlib.sha256(names.numpy().tobytes() + sums.numpy().tobytes()).digest()
    return torch.frombuffer(bytearray(digest), dtype=torch.uint8)
