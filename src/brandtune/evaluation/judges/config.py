"""Settings of the judge that compares outputs with what people wrote."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config
from brandtune.evaluation.endpoints.config import ServiceUrl


class JudgeConfig(Config):
    """Who compares outputs blindly with what people wrote, and how far to trust it."""

    kind: Literal["local", "endpoint"] = "local"
    """`local`: the probabilities a local model gives to the labels A and B. `endpoint`: any OpenAI-compatible service."""
    model: str
    """A local model folder or hub id; for an endpoint, the name of its model. Take another family than the base."""
    url: ServiceUrl | Literal[""] = ""
    """Where the endpoint is, up to and with `/v1`."""
    api_key_env: str = ""
    """Name of the environment variable that holds the endpoint's key."""
    timeout_s: float = Field(default=60.0, gt=0)
    """How long one request may take."""
    retries: int = Field(default=3, ge=0)
    """How often a request that fails is sent again; then the comparison counts as failed, never as lost."""
    max_pairs: int = Field(default=100, ge=1)
    """Outputs of each arm that are compared, each in both orders."""
    labels: Path | None = None
    """CSV or JSONL of comparisons by people (`question`, `first`, `second`, `preferred`: first, second or tie), by which
    the judge itself is judged."""
    fewest_labels: int = Field(default=150, ge=10)
    """With fewer labels the judge's agreement with people is not known, so it is not trusted."""
    bar: float = Field(default=0.6, ge=0, le=1)
    """Cohen's kappa with people from which the judge is trusted."""

    @model_validator(mode="after")
    def _has_url(self) -> "JudgeConfig":
        if self.kind == "endpoint" and not self.url:
            raise ValueError("an endpoint judge needs `url`, e.g. https://host/v1")
        return self
