"""Rotary frequencies that follow the longest sequence of a row (longrope, dynamic NTK): what may be computed together.

`transformers` takes the frequencies of a whole row from its highest position. A short sequence beside one on the other
side of a limit would be computed with frequencies that it does not have alone.

Sources: LongRoPE (Ding et al. 2024, arXiv 2402.13753); dynamic NTK in `transformers.modeling_rope_utils`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Frequencies:
    """Where a network's frequencies change with the length of a sequence.

    Attributes:
        steps: Lengths beyond which they are others (longrope).
        slopes: Lengths beyond which they change with every further token (dynamic NTK).
    """

    steps: tuple[int, ...] = ()
    slopes: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps or self.slopes)

    def of(self, length: int) -> tuple[int, ...]:
        """Sequences of lengths for which this is the same have the same frequencies.

        >>> changing = Frequencies(steps=(4096,))
        >>> changing.of(10) == changing.of(4096), changing.of(10) == changing.of(4097)
        (True, False)
        """
        return (*(int(length > step) for step in self.steps), *(max(length, slope) for slope in self.slopes))

    def groups(self, items: Sequence[Sequence[int]]) -> list[list[int]]:
        """Indices of items, each given as the lengths of its sequences, in groups that have the same frequencies."""
        if not self:
            return [list(range(len(items)))] if items else []
        found: dict[frozenset[tuple[int, ...]], list[int]] = {}
        for index, lengths in enumerate(items):
            found.setdefault(frozenset(self.of(length) for length in lengths), []).append(index)
        return list(found.values())


def frequencies_of(model: Any) -> Frequencies:
    """What the rotary embeddings of a model say of themselves."""
    steps, slopes = set[int](), set[int]()
    for module, kind, kinds in _embeddings(model):
        if "dynamic" in kinds:
            slopes.add(int(module.original_max_seq_len))
        elif kinds == "longrope":
            settings = module.config.rope_parameters
            steps.add(int((settings if kind is None else settings[kind])["original_max_position_embeddings"]))
    return Frequencies(tuple(sorted(steps)), tuple(sorted(slopes)))


def begin_anew(model: Any) -> None:
    """Forget the longest sequence so far, whose frequencies dynamic NTK would otherwise keep for shorter ones."""
    for module, kind, kinds in _embeddings(model):
        if "dynamic" in kinds:
            prefix = "" if kind is None else f"{kind}_"
            now = getattr(module, f"{prefix}inv_freq")
            original = getattr(module, f"{prefix}original_inv_freq").to(now.device)
            module.register_buffer(f"{prefix}inv_freq", original, persistent=False)
            setattr(module, f"{prefix}max_seq_len_cached", module.original_max_seq_len)


def _embeddings(model: Any) -> Iterator[tuple[Any, str | None, str]]:
    """Rotary embeddings, the type of layer that each is for (None: all), and the kind of its frequencies."""
    for module in model.modules():
        kinds = getattr(module, "rope_type", None)
        if isinstance(kinds, str) and hasattr(module, "original_max_seq_len"):
            yield module, None, kinds
        elif isinstance(kinds, dict) and hasattr(module, "original_max_seq_len"):
            for kind, one in kinds.items():
                yield module, kind, one
