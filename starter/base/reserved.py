"""Which values belong to the probes: training text never holds them, so that a probe is never a memory."""

import zlib
from collections.abc import Iterable


def is_reserved(value: str) -> bool:
    """Whether a name, number, label or code is kept for the probes: one in ten, decided by the value alone."""
    return zlib.crc32(value.casefold().encode()) % 10 == 0


def ours(values: Iterable[str], *, held_out: bool) -> tuple[str, ...]:
    """The values of a list that one side may use."""
    return tuple(value for value in values if is_reserved(value) == held_out)
