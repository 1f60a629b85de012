"""Facts about the machine, without importing anything heavy."""

import contextlib
import importlib.metadata
import os
import platform
import resource
import shutil
import sys
from pathlib import Path

from brandtune.core.records import Struct


class Machine(Struct, frozen=True, kw_only=True):
    """What work can count on here. Memory and disk in bytes."""

    system: str
    python: str
    cores: int
    memory: int
    free_disk: int
    accelerators: tuple[str, ...] = ()
    libraries: dict[str, str] = {}


LIBRARIES = ("brandtune", "torch", "transformers", "peft", "tokenizers", "scikit-learn", "scipy", "numpy", "pyarrow")


def describe_machine(path: Path = Path()) -> Machine:
    """Cores this process may use, memory, free disk at `path`, accelerators by their device files, library versions."""
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        cores=num_cores(),
        memory=total_memory(),
        free_disk=shutil.disk_usage(path).free,
        accelerators=_accelerators(),
        libraries={name: version for name in LIBRARIES if (version := library_version(name))},
    )


def num_cores() -> int:
    """Cores this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else (os.cpu_count() or 1)


def total_memory() -> int:
    """Physical memory in bytes; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0


def free_memory() -> int:
    """Bytes that this process could still take: what the system has to give, within its control group's limit.

    0 where the system does not say.
    """
    found = []
    with contextlib.suppress(OSError, ValueError, KeyError):
        found.append(1024 * int(_numbered(Path("/proc/meminfo"))["MemAvailable:"]))
    with contextlib.suppress(OSError, ValueError, KeyError):
        group = Path("/sys/fs/cgroup")
        limit, used = ((group / name).read_text(encoding="ascii") for name in ("memory.max", "memory.current"))
        cached = _numbered(group / "memory.stat")["inactive_file"]  # given back as soon as somebody needs it
        found.append(max(0, int(limit) - int(used) + int(cached)))  # a limit of `max` is no number: none is set
    return min(found, default=0)


def _numbered(path: Path) -> dict[str, str]:
    """The second word of each line by its first."""
    return dict(line.split()[:2] for line in path.read_text(encoding="ascii").splitlines())


def peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def resident_memory() -> int:
    """Resident size of this process now, in bytes; the peak where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return peak_memory()


def library_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _accelerators() -> tuple[str, ...]:
    nvidia = sorted(path.name for path in Path("/dev").glob("nvidia[0-9]*")) if Path("/dev").is_dir() else []
    return tuple(nvidia)
