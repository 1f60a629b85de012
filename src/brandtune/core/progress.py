"""How long work tells people where it is. The command line draws it; libraries get silence by default."""

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
