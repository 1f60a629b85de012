"""How long work tells people where it is. The command line draws it; libraries get silence, or their warnings as logs."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Task(Protocol):
    """One bar."""

    def advance(self, amount: float = 1.0, *, note: str = "") -> None: ...


class Progress(Protocol):
    """Where bars are drawn and sentences are said."""

    def task(self, title: str, *, total: float | None = None) -> AbstractContextManager[Task]: ...

    def say(self, text: str) -> None: ...

    def warn(self, text: str) -> None:
        """Say what should be known even where nobody watches."""
        ...


class _SilentTask:
    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        return None


class Silent:
    """Progress that shows nothing."""

    @contextmanager
    def task(self, title: str, *, total: float | None = None) -> Iterator[Task]:
        yield _SilentTask()

    def say(self, text: str) -> None:
        return None

    def warn(self, text: str) -> None:
        self.say(text)


class Logged(Silent):
    """Draws nothing; what is said goes to the logger `brandtune`, warnings at their level."""

    _log = logging.getLogger("brandtune")

    def say(self, text: str) -> None:
        self._log.info('said="%s"', text)

    def warn(self, text: str) -> None:
        self._log.warning('warning="%s"', text)
