"""The kernels of `kernels.c`, built once by this machine's C compiler and kept in the user's cache folder.

Where there is no compiler, or what it built does not load, `kernels` is None and everything runs in PyTorch's own
operations; the log says which and why.
"""

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch

log = logging.getLogger(__name__)
SOURCE = Path(__file__).with_name("kernels.c")
OFF = "BRANDTUNE_KERNELS"
"""Set to 0, nothing is built and nothing is used."""
# Sums may be taken in another order and numbers divided by multiplying; not-a-number and infinity stay what they are.
FLAGS = (
    "-O3", "-march=native", "-fopenmp", "-fPIC", "-fno-math-errno", "-fno-trapping-math", "-fassociative-math",
    "-fno-signed-zeros", "-freciprocal-math",
)  # fmt: skip
WIDE = ("-mprefer-vector-width=512",)
BUILD_TIMEOUT_S = 60
TYPES = {torch.bfloat16: ("-DBF16",), torch.float32: ()}


class Kernels:
    """Functions of the built library, called with tensors, integers and floats in the order of `kernels.c`."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.rms_norm = _function(library, "rms_norm", "ppppiif")
        self.rms_norm_back = _function(library, "rms_norm_back", "ppppppii")
        self.gated = _function(library, "gated", "ppii")
        self.gated_back = _function(library, "gated_back", "pppii")
        self.lay_out = _function(library, "lay_out", "pppipppiiii")
        self.lay_back = _function(library, "lay_back", "pppppipiiii")
        self.weigh = _function(library, "weigh", "ppiiiiifb")
        self.weigh_again = _function(library, "weigh_again", "ppiiiiifb")
        self.join = _function(library, "join", "ppppiiiiib")
        self.turn = _function(library, "turn", "ppppiiii")
        self.scores_back = _function(library, "scores_back", "ppppippiiiif")
        self.add = _function(library, "add", "pipiib")
        self.head_block = _function(library, "head_block", "ppppii")
        self.step_lay_out = _function(library, "step_lay_out", "pppipppiiiiii")
        self.step_attend = _function(library, "step_attend", "pipippiiippiiiif")
        self.step_join = _function(library, "step_join", "ppiiii")


def kernels(tensor: torch.Tensor) -> Kernels | None:
    """The kernels for this tensor's type on a CPU, built at the first call; None where there are none."""
    if tensor.device.type != "cpu" or tensor.dtype not in TYPES or os.environ.get(OFF) == "0":
        return None
    return _kernels(tensor.dtype)


@cache
def _kernels(dtype: torch.dtype) -> Kernels | None:
    if sys.platform != "linux":  # elsewhere PyTorch's thread pool is not one that a compiler finds by itself
        return None
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        log.info("kernels=off reason=no_c_compiler")
        return None
    try:
        found = Kernels(_load(_built(compiler, TYPES[dtype])))
    except (OSError, AttributeError, subprocess.SubprocessError) as error:
        log.info("kernels=off reason=%s", type(error).__name__)
        return None
    log.info("kernels=on dtype=%s", str(dtype).removeprefix("torch."))
    return found


def _built(compiler: str, types: tuple[str, ...]) -> Path:
    """The library for this source, compiler and processor; built where the cache folder does not have it yet."""
    source = SOURCE.read_bytes()
    identity = repr((source, Path(compiler).resolve(), FLAGS, types, _processor())).encode()
    folder = _folder()
    library = folder / f"kernels-{hashlib.sha256(identity).hexdigest()[:20]}.so"
    if not library.is_file():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            fresh = Path(scratch) / "kernels.so"
            _build(compiler, types, fresh)
            fresh.replace(library)  # whole or not there, also when several processes build it at once
    return library


def _build(compiler: str, types: tuple[str, ...], library: Path) -> None:
    """Compile, and link without an OpenMP of its own: symbols come from the one that PyTorch has loaded."""
    middle = library.with_suffix(".o")
    for wide in (WIDE, ()):  # other processors know no such width
        flags = (*FLAGS, *wide, *types)
        if not _run(compiler, *flags, "-c", str(SOURCE), "-o", str(middle), required=not wide):
            continue
        _run(compiler, "-shared", str(middle), "-o", str(library), "-lm", required=True)
        return


def _run(*command: str, required: bool) -> bool:
    result = subprocess.run(command, capture_output=True, check=required, timeout=BUILD_TIMEOUT_S)
    return result.returncode == 0


def _load(library: Path) -> ctypes.CDLL:
    # A symbol that nobody has must fail here, where it can be handled, and not in the middle of a step.
    return ctypes.CDLL(str(library), mode=os.RTLD_NOW)


def _folder() -> Path:
    """A folder of the user's own; one of this process where that cannot be written."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "brandtune"
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(base, os.W_OK) and base.stat().st_uid == os.getuid():
            return base
    except OSError:
        pass
    return Path(_own_folder().name)


@cache
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    """Goes away with the process."""
    return tempfile.TemporaryDirectory(prefix="brandtune-")


def _processor() -> str:
    """What `-march=native` depends on."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())


_KINDS: dict[str, Any] = {"p": ctypes.c_void_p, "i": ctypes.c_int64, "f": ctypes.c_float, "b": ctypes.c_int}


def _function(library: ctypes.CDLL, name: str, kinds: str) -> Callable[..., None]:
    """One function, which takes tensors where C takes pointers (None for NULL)."""
    found = getattr(library, name)
    found.argtypes, found.restype = [_KINDS[kind] for kind in kinds], None

    def call(*arguments: Any) -> None:
        found(*[a.data_ptr() if isinstance(a, torch.Tensor) else a for a in arguments])

    return call
