"""A full disk is told from other errors, however deep it lies, and said with what to do."""

from pathlib import Path

import pytest

from brandtune.core.disk import disk_is_full, explained
from brandtune.core.errors import BrandtuneError, DataError
from brandtune.core.storage import whole_file, write_bytes


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        OSError(122, "Disk quota exceeded"),
        OSError(27, "File too large"),
        RuntimeError('I/O error: IoError(Os { code: 28, kind: StorageFull, message: "No space left on device" })'),
        RuntimeError("Error while serializing: I/O error: File too large (os error 27)"),
    ],
)
def test_a_full_disk_is_recognised(error):
    assert disk_is_full(error)
    outer = RuntimeError("cannot save")
    outer.__cause__ = error
    assert disk_is_full(outer)
    with (
        pytest.raises(BrandtuneError, match="the disk is full") as caught,
        explained(Path("work/a.pt"), kept="All safe."),
    ):
        raise error
    assert (
        caught.value.where == "work/a.pt" and "All safe." in caught.value.what and "Make room" in str(caught.value.fix)
    )


def test_other_errors_pass():
    for error in (OSError(2, "No such file"), ValueError("code: 280"), DataError("row 28")):
        assert not disk_is_full(error)
        with pytest.raises(type(error)), explained(Path("x")):
            raise error


def test_what_cannot_be_written_whole_leaves_what_was_there(tmp_path):
    path = tmp_path / "state"
    write_bytes(path, b"first")
    with pytest.raises(OSError, match="No space"), whole_file(path) as file:
        file.write(b"half")
        raise OSError(28, "No space left on device")
    assert path.read_bytes() == b"first" and list(tmp_path.iterdir()) == [path]
