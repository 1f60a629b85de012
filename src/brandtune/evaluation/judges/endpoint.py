"""Any OpenAI-compatible endpoint as a judge; what fails is sent again, then counted as failed."""

import json
import math
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Message
from brandtune.evaluation.judges.asking import LABELS, messages
from brandtune.evaluation.judges.config import JudgeConfig
from brandtune.evaluation.judges.pairwise import Pair

_AT_ONCE, _LONGEST_WAIT_S, _MOST_BYTES = 8, 30.0, 4_000_000
_WORTH_ANOTHER_TRY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class NoAnswer(Exception):
    """The endpoint gave nothing that can be used; `again` is whether asking again may help."""

    def __init__(self, why: str, *, again: bool, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.again, self.wait_s = again, wait_s


class EndpointJudge:
    """Judges through `/chat/completions`, by the labels' log-probabilities where the endpoint gives them.

    Args:
        voice: The brand's voice guide, if the judge is to know it.
        pause_s: Waits before another try grow from this.

    Raises:
        ConfigError: The environment variable with the key is not set.
    """

    def __init__(self, config: JudgeConfig, *, voice: str = "", pause_s: float = 1.0) -> None:
        self.config, self.voice, self.pause_s = config, voice, pause_s
        self._key = os.environ.get(config.api_key_env, "") if config.api_key_env else ""
        if config.api_key_env and not self._key:
            raise ConfigError(
                f"the environment variable {config.api_key_env} is not set.",
                where="evaluation.judge.api_key_env",
                fix="Set it, or leave the setting empty for an endpoint without a key.",
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
        for attempt in range(self.config.retries + 1):
            try:
                return first_share(self._ask(messages(pair, voice=self.voice)))
            except NoAnswer as error:
                if not error.again or attempt == self.config.retries:
                    self.failures[str(error)] = self.failures.get(str(error), 0) + 1
                    return None
                time.sleep(min(_LONGEST_WAIT_S, max(error.wait_s, self.pause_s * 2**attempt)))
        return None

    def _ask(self, turns: Sequence[Message]) -> Any:
        body = {
            "model": self.config.model, "messages": [{"role": t.role, "content": t.content} for t in turns],
            "max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 10,
        }  # fmt: skip
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        request = urllib.request.Request(
            f"{self.config.url.rstrip('/')}/chat/completions", data=json.dumps(body).encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=self.config.timeout_s) as response:
                return json.loads(response.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            wait = _seconds(error.headers.get("Retry-After"))
            raise NoAnswer(f"HTTP {error.code}", again=error.code in _WORTH_ANOTHER_TRY, wait_s=wait) from None
        except ValueError:
            raise NoAnswer("the answer is not JSON", again=True) from None
        except TimeoutError:
            raise NoAnswer("timed out", again=True) from None
        except OSError:
            raise NoAnswer("no connection", again=True) from None


def first_share(answer: Any) -> float:
    """How sure an answer is of A: by the labels' log-probabilities, else by the letter it begins with.

    Raises:
        NoAnswer: It is no chat completion, or names neither letter.
    """
    try:
        choice = answer["choices"][0]
        text = str(choice["message"]["content"] or "")
    except (KeyError, IndexError, TypeError):
        raise NoAnswer("the answer is no chat completion", again=True) from None
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


def _seconds(value: str | None) -> float:
    try:
        return max(0.0, float(value or 0))
    except ValueError:
        return 0.0
