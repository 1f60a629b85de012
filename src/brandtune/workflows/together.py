"""One command in several processes (`torchrun … -m brandtune train`): the leader works, the others help it train.

Only the leader reads sources, writes files and speaks. The others wait until it asks them to call a function with it.
"""

import logging
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from brandtune.core.errors import BrandtuneError, UsageError
from brandtune.core.progress import Progress, Silent

if TYPE_CHECKING:
    from brandtune.training import TrainingConfig

T = TypeVar("T")
log = logging.getLogger(__name__)
_leading = False


def started_together() -> bool:
    """Whether `torchrun` started this process with others; they say so in the environment."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and "RANK" in os.environ


def run(command: Callable[[], int]) -> int:
    """Run a command in the leader, and help in every other process until it is done; returns the exit code.

    A leader that fails leaves without a word: the others notice, and `torchrun` ends them.
    """
    global _leading
    from brandtune.training import distributed

    with distributed.joined() as team:
        if not team.leads:
            return _help(team)
        _leading = True
        try:
            if (code := command()) == 0:
                team.tell(None)
            return code
        finally:
            _leading = False


def call(
    function: Callable[..., T], *arguments: Any, config: "TrainingConfig", work: Path, progress: Progress, **named: Any
) -> T:
    """Call a function in every process that trains together; returns what the leader's call returned.

    Processes are those that `torchrun` started with this one; else the configured number of Ray workers; else this one.

    Args:
        function: A function of a module, with arguments that can be pickled. All processes must see the same files.
        config: How many Ray workers.
        work: A folder that all workers see, from which the function goes on; it is handed to it.
        progress: The leader's; nobody else shows anything.

    Raises:
        UsageError: The arguments cannot be handed to another process.
    """
    if _leading:
        from brandtune.training import distributed

        try:
            asked = pickle.dumps((function, arguments, {**named, "work": work}))
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise UsageError(
                f"this cannot be handed to the other processes ({error}).", fix="Train in one process."
            ) from None
        distributed.team().tell(asked)
    elif config.workers > 1 and not started_together():
        from brandtune.execution import ray

        progress.say(f"training runs on {config.workers} workers under Ray; follow it in {work / 'events.jsonl'}")
        workers = ray.Workers(config.workers, config.least_workers or config.workers, config.restarts)
        return ray.call(function, *arguments, workers=workers, folder=work, progress=Silent(), work=work, **named)
    return function(*arguments, progress=progress, work=work, **named)


def _help(team: Any) -> int:
    """Do what the leader asks for until it is done."""
    logging.getLogger().setLevel(logging.ERROR)
    try:
        while (asked := team.tell(None)) is not None:
            function, arguments, named = pickle.loads(asked)
            function(*arguments, progress=Silent(), **named)
    except BrandtuneError as error:  # the leader meets the same and says so
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        log.info("helping=off error=%s", type(error).__name__)
        return 1
    return 0
