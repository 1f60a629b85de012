"""Work on several workers of a Ray cluster: the same function in each, started again from what it left when one dies.

Ray starts the workers and connects them; what they do with each other is the function's business. Without a cluster to
join (`RAY_ADDRESS`) one is started on this machine for the time of the call.
"""

import logging
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from brandtune.core.errors import BrandtuneError, MissingPartError
from brandtune.core.storage import whole_file
from brandtune.execution.machine import num_cores

T = TypeVar("T")
FAILURE = "failure.pickle"


@dataclass(frozen=True)
class Workers:
    """How many workers to start, and when to give up.

    Attributes:
        most: Workers at the start.
        least: Go on with as few as these when others cannot be had again.
        restarts: How often a run whose worker died is started again.
    """

    most: int
    least: int
    restarts: int = 3


def call(function: Callable[..., T], *arguments: Any, workers: Workers, folder: Path, **named: Any) -> T:
    """Call a function in every worker; returns what the first of them returned.

    Args:
        function: A function of a module that goes on from its own files when it is called again.
        folder: A folder that all workers see; Ray's own records lie in it.

    Raises:
        MissingPartError: Ray is not installed, or its cluster has too few cores or GPUs.
        BrandtuneError: What the function raised; or a worker died once more than `restarts` times.
    """
    with _cluster(workers) as gpus:
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchConfig, TorchTrainer

        count: Any = workers.most if workers.least == workers.most else (workers.least, workers.most)
        told = folder.resolve() / FAILURE
        told.unlink(missing_ok=True)
        trainer = TorchTrainer(
            _Attempt(function, arguments, named, told),
            scaling_config=ScalingConfig(num_workers=count, use_gpu=gpus),
            run_config=RunConfig(
                name="ray", storage_path=str(folder.resolve()),
                failure_config=FailureConfig(max_failures=workers.restarts),
            ),
            torch_config=TorchConfig(backend="cpu:gloo,cuda:nccl" if gpus else "gloo"),
        )  # fmt: skip
        try:
            result = _finished(trainer, workers, told)
        finally:
            told.unlink(missing_ok=True)
    if isinstance(result, BrandtuneError):
        raise result
    return result  # type: ignore[no-any-return]


class _Attempt:
    """What each worker does; an expected failure is handed back instead of being tried again.

    It may be one worker's alone (a full disk is the leader's), while the others wait for that worker. So it is noted in
    a file and raised, at which Ray ends all of them; their next attempt finds the note, and hands it back.
    """

    def __init__(self, function: Callable[..., Any], arguments: Any, named: dict[str, Any], told: Path) -> None:
        self.function, self.arguments, self.named, self.told = function, arguments, named, told

    def __call__(self) -> Any:
        logging.getLogger().setLevel(logging.ERROR)
        if (failure := _failure(self.told)) is not None:
            return failure
        try:
            return self.function(*self.arguments, **self.named)
        except BrandtuneError as error:
            with suppress(OSError), whole_file(self.told) as file:  # on a full disk Ray's own message has to do
                pickle.dump(error, file)
            raise


def _failure(told: Path) -> BrandtuneError | None:
    """What a worker noted in an earlier attempt of this call."""
    if not told.is_file():
        return None
    found = pickle.loads(told.read_bytes())
    assert isinstance(found, BrandtuneError)
    return found


def _finished(trainer: Any, workers: Workers, told: Path) -> Any:
    try:
        return trainer.fit().return_value
    except Exception as error:
        if (failure := _failure(told)) is not None:  # there was no attempt left that could have handed it back
            return failure
        cause = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise BrandtuneError(
            f"training on {workers.most} Ray workers failed, {workers.restarts} restarts included ({cause[0]}).",
            where="training.workers",
            fix="Look into Ray's logs; what was trained is kept, and the same command goes on from it.",
        ) from error


@contextmanager
def _cluster(workers: Workers) -> Iterator[bool]:
    """A connection to Ray; tells whether every worker gets a GPU.

    Raises:
        MissingPartError: Ray is not installed, or has not enough to start the workers on.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing about the user leaves the machine
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    try:
        import ray
        import ray.train
    except ImportError:
        raise MissingPartError(
            "`ray` is not installed.", where="training.workers", fix='pip install "brandtune[ray]", or use torchrun.'
        ) from None
    cluster: Any = ray
    ours = not cluster.is_initialized()
    if ours:
        there = "RAY_ADDRESS" in os.environ
        cores = {} if there else {"num_cpus": max(num_cores(), workers.most + 1), "include_dashboard": False}
        cluster.init(logging_level=logging.ERROR, log_to_driver=False, **cores)
    try:
        found = cluster.cluster_resources()
        gpus = found.get("GPU", 0) >= workers.least
        if not gpus and found.get("CPU", 0) < workers.least:
            raise MissingPartError(
                f"the Ray cluster has {found.get('CPU', 0):.0f} cores, fewer than {workers.least} workers.",
                where="training.workers",
                fix="Ask for fewer workers, or add machines to the cluster.",
            )
        yield gpus
    finally:
        if ours:
            cluster.shutdown()
