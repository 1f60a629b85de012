"""Settings of a release: what will serve it, where that is not what was evaluated."""

import importlib.util
from typing import Literal

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.errors import MissingPartError
from brandtune.models.export.settings import Quantization


class ServeAs(Config):
    """The engine and number format that will serve; the gates are run on them again before a release."""

    engine: Literal["llama.cpp"] = "llama.cpp"
    """Who will serve. `llama.cpp` runs here through the package `xllamacpp`."""
    quantization: Quantization = "q8_0"
    """Number format of the GGUF file that will serve."""
    sample: int | None = Field(default=None, ge=1)
    """Held-out examples that are answered again; a stable choice, stated in the report. None takes all that were
    scored."""
    margin: float = Field(default=0.05, ge=0)
    """How much worse than as evaluated the primary metric may be when served, at one-sided 95 % confidence."""


class ReleaseConfig(Config):
    """What a release must stand up to beyond the evaluation."""

    serve_as: ServeAs | None = None
    """What will serve, e.g. `{engine: llama.cpp, quantization: q8_0}`. None: the engine that was evaluated."""


def require_engine(config: ServeAs) -> None:
    """Refuse early where what will serve cannot be asked.

    Raises:
        MissingPartError: A package is missing; names it.
    """
    needed = {"gguf": 'pip install "brandtune[gguf]"', "xllamacpp": "pip install xllamacpp"}
    for package, fix in needed.items():
        if importlib.util.find_spec(package) is None:
            raise MissingPartError(
                f"the gates are to be run again on {config.engine}, which needs the package `{package}`.",
                where="release.serve_as",
                fix=f"{fix}, or leave release.serve_as out.",
            )
