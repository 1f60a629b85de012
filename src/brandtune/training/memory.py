"""How much memory a stretch of work takes at most, and how much there is; of the process, or of the accelerator."""

import ctypes
import threading
from functools import cache
from types import TracebackType

import torch

from brandtune.execution.machine import free_memory, resident_memory

SAMPLED_EVERY_S = 0.02


class PeakMemory:
    """While the block runs, `bytes` is the most that was held so far.

    On a CPU the resident size is looked at fifty times a second: the system's own peak counts from the start of the
    process and cannot be set back.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seen = 0
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def bytes(self) -> int:
        if self._device.type == "cuda":
            return int(torch.cuda.max_memory_allocated(self._device))
        self._look()
        return self._seen

    def __enter__(self) -> "PeakMemory":
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            return self
        self._look()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLED_EVERY_S):
            self._look()

    def _look(self) -> None:
        self._seen = max(self._seen, resident_memory())


def present(device: torch.device) -> int:
    """Bytes held now."""
    return int(torch.cuda.memory_allocated(device)) if device.type == "cuda" else resident_memory()


def available(device: torch.device) -> int:
    """Bytes that could still be taken; 0 where the system does not say."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0] + unused)
    return free_memory()


def keeps_kernels(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether the library of matrix products prepares a kernel for each shape and keeps it: on CPUs in bf16."""
    return device.type == "cpu" and dtype == torch.bfloat16


M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -2, -3, -4
HELD = {M_TRIM_THRESHOLD: -1, M_TOP_PAD: 64 * 2**20, M_MMAP_MAX: 0}
USUAL = {M_TRIM_THRESHOLD: 64 * 2**20, M_TOP_PAD: 128 * 2**10, M_MMAP_THRESHOLD: 32 * 2**20, M_MMAP_MAX: 65_536}
"""What glibc's allocator comes to by itself after large blocks were freed (`man 3 mallopt`)."""


def hold_freed() -> None:
    """Keep what is freed for the next step: fresh pages from the system cost as much as a twentieth of a step.

    Does nothing where the C library is not glibc.
    """
    _set(HELD)


def give_back() -> None:
    """Let freed memory go to the system again, and what is free now with it."""
    _set(USUAL)
    trim = getattr(_libc(), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _set(options: dict[int, int]) -> None:
    mallopt = getattr(_libc(), "mallopt", None)
    if mallopt is not None:
        for option, value in options.items():
            mallopt(option, value)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
