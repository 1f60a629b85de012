"""Any OpenAI-compatible endpoint as a judge; what fails is sent again, then counted as failed."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from brandtune.evaluation.endpoints.client import ChatClient, NoAnswer, first_choice, key_from
from brandtune.evaluation.judges.asking import LABELS, messages
from brandtune.evaluation.judges.config import JudgeConfig
from brandtune.evaluation.judges.pairwise import Pair

__all__ = ["EndpointJudge", "NoAnswer", "first_share"]

_AT_ONCE = 8


class EndpointJudge:
    """Judges through `/chat/completions`, by the labels' log-probabilities where the endpoint gives them.

    Args:
        voice: The brand's voice guide, if the judge is to know it.
        pause_s: Waits before another try grow from this.

    Raises:
        ConfigError: The environment variable with the key is not set.
    """

    def __init__(self, config: JudgeConfig, *, voice: str = "", pause_s: float = 1.0) -> None:
        self.config, self.voice = config, voice
        key = key_from(config.api_key_env, where="evaluation.judge.api_key_env")
        self._client = ChatClient(
            url=config.url, key=key, timeout_s=config.timeout_s, retries=config.retries, pause_s=pause_s
        )
        self.failures: dict[str, int] = {}

    @property
    def name(self) -> str:
        return self.config.model

    def prefer_first(self, pairs: Sequence[Pair]) -> list[float | None]:
        """How sure the endpoint is of the first text; None where it gave no usable answer after every retry."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._one, pairs))

    def _one(self, pair: Pair) -> float | None:
        body = {
            "model": self.config.model,
            "messages": [{"role": t.role, "content": t.content} for t in messages(pair, voice=self.voice)],
            "max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 10,
        }  # fmt: skip
        try:
            return self._client.complete(body, first_share).value
        except NoAnswer as error:
            self.failures[str(error)] = self.failures.get(str(error), 0) + 1
            return None


def first_share(answer: Any) -> float:
    """How sure an answer is of A: by the labels' log-probabilities, else by the letter it begins with.

    Raises:
        NoAnswer: It is no chat completion, or names neither letter.
    """
    choice, text = first_choice(answer)
    found = _label_logprobs(choice)
    if found:
        shares = [math.exp(found.get(label, -math.inf)) for label in LABELS]
        if sum(shares) > 0:
            return shares[0] / sum(shares)
    letter = text.strip().strip("*\"'(").upper()[:1]
    if letter in LABELS:
        return float(letter == LABELS[0])
    raise NoAnswer("the answer names neither text", again=False)


def _label_logprobs(choice: Mapping[str, Any]) -> dict[str, float]:
    try:
        listed = choice["logprobs"]["content"][0]["top_logprobs"]
        found: dict[str, float] = {}
        for item in listed:
            label, value = str(item["token"]).strip(), float(item["logprob"])
            if label in LABELS and math.isfinite(value):
                found[label] = max(value, found.get(label, -math.inf))
        return found
    except (KeyError, IndexError, TypeError, ValueError):
        return {}
