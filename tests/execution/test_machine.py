"""Facts about the machine."""

import os
import platform
import shutil
from pathlib import Path

import numpy as np
import pytest

from brandtune.execution import describe_machine, machine


def test_a_machine_is_described_by_what_it_offers(tmp_path: Path) -> None:
    found = describe_machine(tmp_path)
    assert found.python == platform.python_version()
    assert platform.machine() in found.system
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert found.memory > 2**28
    assert abs(found.free_disk - shutil.disk_usage(tmp_path).free) < 2**34
    assert found.libraries["numpy"] == np.__version__


def test_cores_are_those_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3}, raising=False)
    assert machine.num_cores() == 2


def test_cores_are_counted_where_the_system_knows_no_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert machine.num_cores() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert machine.num_cores() == 1


def test_memory_is_unknown_where_the_system_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: str) -> int:
        raise ValueError

    monkeypatch.setattr(os, "sysconf", silent)
    assert machine.total_memory() == 0


@pytest.mark.parametrize(("system", "expected"), [("linux", 3072), ("darwin", 3)])
def test_peak_memory_is_in_bytes_on_every_system(monkeypatch: pytest.MonkeyPatch, system: str, expected: int) -> None:
    """Linux counts kilobytes, macOS bytes."""

    class Usage:
        ru_maxrss = 3

    monkeypatch.setattr(machine.resource, "getrusage", lambda _: Usage)
    monkeypatch.setattr(machine.sys, "platform", system)
    assert machine.peak_memory() == expected


def test_a_library_that_is_not_installed_has_no_version_and_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.library_version("no-such-library-here") == ""
    monkeypatch.setattr(machine, "LIBRARIES", ("numpy", "no-such-library-here"))
    assert set(describe_machine().libraries) == {"numpy"}


def test_accelerators_are_found_by_their_device_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nvidia1", "nvidia0", "nvidiactl", "null"):
        (tmp_path / name).touch()
    monkeypatch.setattr(machine, "Path", lambda _: tmp_path)
    assert machine._accelerators() == ("nvidia0", "nvidia1")
    monkeypatch.setattr(machine, "Path", lambda _: tmp_path / "none")
    assert machine._accelerators() == ()


def test_free_memory_is_no_more_than_there_is():
    assert 0 < machine.free_memory() <= machine.total_memory()
