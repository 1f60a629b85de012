"""A full disk, said in plain words. Writers give their error to `explained`; whole-or-absent writing is in `storage`."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brandtune.core.errors import BrandtuneError

# No space, over the quota, over the largest size of a file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Libraries written in Rust or C++ hand the number on inside a sentence (safetensors: `IoError(Os { code: 28, ...`).
_SAID = re.compile(rf"(?:code: |os error |errno )({'|'.join(map(str, _FULL))})\b|No space left on device")


def disk_is_full(error: BaseException) -> bool:
    """Whether an error, or one that led to it, came from a disk without room.

    >>> disk_is_full(OSError(28, "No space left on device")), disk_is_full(OSError(2, "No such file"))
    (True, False)
    """
    seen: BaseException | None = error
    while seen is not None:
        if getattr(seen, "errno", None) in _FULL or (not isinstance(seen, BrandtuneError) and _SAID.search(str(seen))):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


@contextmanager
def explained(path: Path, *, kept: str = "") -> Iterator[None]:
    """Turn the error of a full disk, while something is written to `path`, into one that says what to do.

    Args:
        kept: What of the work so far is safe, in one sentence.

    Raises:
        BrandtuneError: The disk is full, or over its quota.
    """
    try:
        yield
    except BrandtuneError:
        raise
    except Exception as error:
        if not disk_is_full(error):
            raise
        raise BrandtuneError(
            f"the disk is full, so this could not be written.{' ' + kept if kept else ''}",
            where=str(path),
            fix="Make room, then give the same command again; finished work is not done twice.",
        ) from error
