"""Memory that runs out: told from other errors, met with smaller parts, and in the end said in plain words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from brandtune.core.errors import BrandtuneError

Found = TypeVar("Found")


def out_of_memory(error: RuntimeError) -> bool:
    """Whether an allocation failed, on whatever device."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def until_it_fits(compute: Callable[[], Found], *, made_smaller: Callable[[], bool]) -> Found:
    """What `compute` gives, which is called again while memory runs out and `made_smaller` finds something to save.

    Raises:
        RuntimeError: The last failed allocation, when nothing is left to save; or whatever else `compute` raised.
    """
    while True:
        try:
            return compute()
        except RuntimeError as error:
            if not out_of_memory(error) or not made_smaller():
                raise
        # Here, not above, the failed attempt is forgotten, and with it what it held.


@contextmanager
def explained(step: Callable[[], int]) -> Iterator[None]:
    """Turn an allocation that failed for good into an error that says what to do.

    Args:
        step: Gives the step at which the run stands.

    Raises:
        BrandtuneError: Memory ran out.
    """
    try:
        yield
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        raise BrandtuneError(
            f"memory ran out at step {step()}, and there is no smaller part to go on with.",
            where="train",
            fix="Lower training.batch_size or training.max_tokens, set training.recompute: always, hold the base in fewer "
            "bits (training.base_precision: int8 or nf4), or take a smaller base.",
        ) from error
