"""Settings of services that speak OpenAI's protocol: what every one has, and what one has as a further arm."""

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from brandtune.core.config import Config

PromptKind = Literal["base", "prompt", "few_shot", "rag"]


def _nothing_but_the_place(url: str) -> str:
    """A URL goes into runs and reports, so it may hold no password and no key."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write the address up to and with /v1, e.g. https://host/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "the address may hold no name, password or `?…`; put the key into an environment variable and name that in "
            "api_key_env"
        )
    return url


ServiceUrl = Annotated[str, AfterValidator(_nothing_but_the_place)]


class ServiceConfig(Config):
    """Where an OpenAI-compatible service is and how it is asked."""

    url: ServiceUrl
    """Where the service is, up to and with `/v1`."""
    model: str = Field(min_length=1)
    """Name of the service's model."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key. Empty sends none."""
    timeout_s: float = Field(default=60.0, gt=0)
    """How long one request may take."""
    retries: int = Field(default=3, ge=0)
    """How often a request that fails is sent again; then the example counts as failed, which is not a score of 0."""
    concurrency: int = Field(default=8, ge=1, le=256)
    """Requests in flight at once."""
    request: dict[str, Any] = {}
    """Further fields of each request, e.g. `{max_completion_tokens: 220, max_tokens: null}`; null takes a field out."""

    @property
    def host(self) -> str:
        """Where it is, for people."""
        return urlsplit(self.url).hostname or ""


class EndpointConfig(ServiceConfig):
    """An OpenAI-compatible service that answers the same held-out examples, as one more arm."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")
    """What the arm is called in the report: small letters, digits and `_.-`."""
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

    @model_validator(mode="after")
    def _has_both_prices(self) -> Self:
        if (self.price_per_million_input is None) != (self.price_per_million_output is None):
            raise ValueError("give both price_per_million_input and price_per_million_output, or neither")
        return self
