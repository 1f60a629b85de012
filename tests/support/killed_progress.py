"""Progress that stops the run after some steps, the way a signal would: in between two steps."""

from brandtune.core.progress import Silent


class Killed(Exception):
    """What ends the run, or its process."""


class KillAt(Silent):
    """Raises `Killed` when `step` steps have been made, counted anew in a resumed run."""

    def __init__(self, step: int) -> None:
        self.left = step

    def task(self, title, *, total=None):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def advance(self, amount=1.0, *, note=""):
        if note:  # only steps of training have one
            self.left -= 1
            if self.left == 0:
                raise Killed
