"""How a run of training ended, as callbacks are told."""

from typing import Literal

Outcome = Literal["finished", "failed", "killed"]
"""It came to its end, something went wrong, or somebody stopped it."""
