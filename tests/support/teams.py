"""Several processes on this machine that train together, started as `torchrun` starts them, but from a warm process."""

import multiprocessing
import os
import socket
import sys
import traceback
from multiprocessing.connection import Connection
from typing import Any

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["peft", "brandtune.training.loop", "brandtune.training.online"])


def environment(rank: int, size: int, port: int) -> dict[str, str]:
    """What `torchrun` tells each process."""
    return {
        "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1",
    }  # fmt: skip


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def run_team(function: Any, *arguments: Any, size: int = 2, timeout: float = 240) -> list[Any]:
    """Call a function of a module in `size` processes; returns what each returned, in order of rank.

    Raises:
        AssertionError: One of them raised; the message holds its traceback.
    """
    port, started = free_port(), []
    for rank in range(size):
        ours, theirs = _context.Pipe(duplex=False)
        process = _context.Process(target=_run, args=(theirs, environment(rank, size, port), function, arguments))
        process.start()
        theirs.close()
        started.append((process, ours))
    results = []
    try:
        for _, pipe in started:
            assert pipe.poll(timeout), "a process did not answer in time"
            failed, value = pipe.recv()
            assert not failed, value
            results.append(value)
    finally:
        for process, _ in started:
            process.join(10)
            process.kill()
    return results


def _run(pipe: Connection, variables: dict[str, str], function: Any, arguments: Any) -> None:
    import torch

    os.environ |= variables
    torch.set_num_threads(1)
    try:
        pipe.send((False, function(*arguments)))
    except BaseException:
        pipe.send((True, traceback.format_exc()))
        sys.exit(1)
