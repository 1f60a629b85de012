"""Settings of a release: what will serve it, where that is not what was evaluated."""

import importlib.util
from typing import Any, Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config
from brandtune.core.errors import MissingPartError
from brandtune.evaluation.endpoints.client import key_from
from brandtune.evaluation.endpoints.config import ServiceConfig
from brandtune.models.export.settings import Quantization

PLACE = "release.serve_as"


class ServerConfig(ServiceConfig):
    """A server that already serves what was trained: vLLM, Ollama, TGI, llama-server or any that speaks OpenAI's protocol."""

    name: str = Field(default="server", pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$")
    """What the report calls it, e.g. `vllm`."""
    deployment: str = Field(default="", max_length=80)
    """A word of yours for what is deployed there, e.g. an image tag; the report names it, and another one asks anew."""


class ServeAs(Config):
    """The engine and number format that will serve; the gates are run on them again before a release."""

    engine: Literal["llama.cpp", "endpoint"] = "llama.cpp"
    """Who will serve. `llama.cpp` runs here through the package `xllamacpp`; `endpoint` is a server that is running."""
    quantization: Quantization | None = None
    """Number format of the GGUF file that will serve; None takes q8_0. Of an endpoint it is the server's own affair."""
    endpoint: ServerConfig | None = None
    """The server that is asked, for `engine: endpoint`."""
    sample: int | None = Field(default=None, ge=1)
    """Held-out examples that are answered again; a stable choice, stated in the report. None takes all that were
    scored."""
    margin: float = Field(default=0.05, ge=0)
    """How much worse than as evaluated the primary metric may be when served, at one-sided 95 % confidence."""
    most_failed: float = Field(default=0.02, ge=0, lt=1)
    """Share of an endpoint's replies that may fail after every retry; they have no score, but more stop the release."""

    @model_validator(mode="before")
    @classmethod
    def _engine_of(cls, data: Any) -> Any:
        """Whoever names an endpoint means it."""
        named = isinstance(data, dict) and data.get("endpoint") and "engine" not in data
        return data | {"engine": "endpoint"} if named else data

    @model_validator(mode="after")
    def _fits(self) -> "ServeAs":
        if self.engine == "endpoint" and self.endpoint is None:
            raise ValueError("`engine: endpoint` needs endpoint: {url: http://host:8000/v1, model: NAME}")
        if self.engine != "endpoint" and self.endpoint is not None:
            raise ValueError(
                f"{self.engine} runs here and asks no endpoint; write engine: endpoint, or leave endpoint out"
            )
        if self.endpoint is not None and self.quantization is not None:
            raise ValueError(
                "an endpoint has its own number format; leave quantization out, or say it in endpoint.deployment"
            )
        return self

    @property
    def file_format(self) -> Quantization:
        """Number format of the file that llama.cpp gets."""
        return self.quantization or "q8_0"


class ReleaseConfig(Config):
    """What a release must stand up to beyond the evaluation."""

    serve_as: ServeAs | None = None
    """What will serve, e.g. `{engine: llama.cpp, quantization: q8_0}`. None: the engine that was evaluated."""


def require_engine(config: ServeAs) -> None:
    """Refuse early where what will serve cannot be asked. Whether a server answers shows only when it has the model.

    Raises:
        MissingPartError: A package is missing; names it.
        ConfigError: The endpoint's key is not set.
    """
    if config.endpoint is not None:
        key_from(config.endpoint.api_key_env, where=f"{PLACE}.endpoint.api_key_env")
        return
    for package in ("gguf", "xllamacpp"):
        if importlib.util.find_spec(package) is None:
            raise MissingPartError(
                f"the gates are to be run again on {config.engine}, which needs the package `{package}`.",
                where=PLACE,
                fix='pip install "brandtune[gguf]", or leave release.serve_as out.',
            )
