"""Settings of one endpoint that is compared as a further arm."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from brandtune.core.config import Config

PromptKind = Literal["base", "prompt", "few_shot", "rag"]


class EndpointConfig(Config):
    """An OpenAI-compatible service that answers the same held-out examples, as one more arm."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")
    """What the arm is called in the report: small letters, digits and `_.-`."""
    url: str = Field(pattern=r"^https?://")
    """Where the service is, up to and with `/v1`."""
    model: str
    """Name of the service's model."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key. Empty sends none."""
    prompt: PromptKind = "prompt"
    """How it is prompted, with the wording and the number of worked examples that did best on validation."""
    max_prompt_tokens: int = Field(default=8000, ge=64)
    """Longest prompt, in tokens of the base model; further worked examples and passages are left out."""
    price_per_million_input: float | None = Field(default=None, ge=0)
    """What a million prompt tokens cost. Without both prices the report gives no cost."""
    price_per_million_output: float | None = Field(default=None, ge=0)
    """What a million reply tokens cost."""
    currency: str = "USD"
    """What the prices are in."""
    timeout_s: float = Field(default=60.0, gt=0)
    """How long one request may take."""
    retries: int = Field(default=3, ge=0)
    """How often a request that fails is sent again; then the example counts as failed, which is not a score of 0."""
    concurrency: int = Field(default=8, ge=1, le=256)
    """Requests in flight at once."""
    request: dict[str, Any] = {}
    """Further fields of each request, e.g. `{max_completion_tokens: 220, max_tokens: null}`; null takes a field out."""

    @model_validator(mode="after")
    def _has_both_prices(self) -> Self:
        if (self.price_per_million_input is None) != (self.price_per_million_output is None):
            raise ValueError("give both price_per_million_input and price_per_million_output, or neither")
        return self
