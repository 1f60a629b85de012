"""Which run a checkpoint belongs to: everything that decides the weights which come out. `checkpoints` refuses another's."""

import hashlib
import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from brandtune.core.ids import content_id
from brandtune.models import references
from brandtune.training.config import TrainingConfig
from brandtune.training.objectives import Item
from brandtune.training.rewards.answers import Rewards

# Settings that change how and where a run is computed, or who hears of it. `start` and what is mixed in count by content.
_DECIDES_NOTHING: Any = {
    **dict.fromkeys(("workers", "least_workers", "restarts", "parallel", "device", "checkpoint_every_s"), True),
    **dict.fromkeys(("track", "search", "start", "then"), True),
    "mix": {"path"},
}

Identity = dict[str, str]
"""What decides a run, by name: hashes of what is large, settings as JSON."""


def identity_of(
    *,
    base: str,
    config: TrainingConfig,
    items: Sequence[Item],
    held_out: Sequence[Item],
    start: Path | None,
) -> Identity:
    """The identity of a run; the same for any number of processes.

    Args:
        base: Fingerprint of the base.
        start: The earlier adapter that it goes on with.
    """
    settings = config.model_dump(mode="json", exclude=_DECIDES_NOTHING)
    return {
        "the base": base,
        "the rows": _of_items(items),
        "the validation rows": _of_items(held_out),
        "the adapter it starts from": references.fingerprint(str(start)) if start is not None else "",
        **{f"training.{name}": json.dumps(value, sort_keys=True) for name, value in _flat(settings)},
    }


def identity_of_reward(reward: "Callable[..., Any] | Rewards") -> str:
    """What an answer is worth, as a hash. Of a function its code counts, not what that code reads when it is called."""
    if isinstance(reward, Rewards):
        return content_id([(part.name, part.weight) for part in reward.parts])
    code = getattr(reward, "__code__", None)
    return content_id(_of_code(code) if isinstance(code, CodeType) else type(reward).__qualname__)


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Names of what differs.

    >>> differences({"the rows": "a", "training.seed": "0"}, {"the rows": "a", "training.seed": "1"})
    ['training.seed']
    """
    return [name for name in ours if ours[name] != theirs.get(name)]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in settings.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
    return found


def _of_items(items: Sequence[Item]) -> str:
    digest = hashlib.sha256()
    for item in items:
        sizes = [len(sequence) for sequence in item.sequences]
        digest.update(json.dumps([item.item_id, sizes, item.weight, item.good, item.unit]).encode())
        for sequence in item.sequences:
            digest.update(array("q", sequence.token_ids).tobytes() + bytes(sequence.loss_mask))
    return digest.hexdigest()[:16]


def _of_code(code: CodeType) -> Any:
    """What a function does, without the places where it is written."""
    constants: list[Any] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constants.append(_of_code(constant))
        else:
            constants.append(sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant))
    return [code.co_code.hex(), code.co_names, constants]
