"""An endpoint's replies to prompts: several at once, each written down as it comes, failures named and never scored."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from brandtune.core.examples import Message
from brandtune.core.ids import content_id
from brandtune.core.progress import Task as Bar
from brandtune.evaluation.endpoints.client import ChatClient, NoAnswer, first_choice, key_from
from brandtune.evaluation.endpoints.config import ServiceConfig
from brandtune.evaluation.generating import GenerationCache
from brandtune.models.generation import Generated
from brandtune.models.settings import Decoding

# After so many failures in a row the service is down, and waiting out every timeout helps nobody.
MOST_IN_A_ROW = 20


class EndpointWriter:
    """Writes with one endpoint through the cache; the counterpart of `Writer` for models that run here.

    Args:
        where: The configuration's path to it, for messages.
        cache: Each reply is kept under the endpoint, its model and the exact messages; failed ones are not, so that a
            later run asks again.
        pause_s: Waits before another try grow from this.

    Raises:
        ConfigError: The environment variable with the key is not set.
    """

    def __init__(
        self,
        config: ServiceConfig,
        *,
        decoding: Decoding,
        cache: GenerationCache,
        where: str = "evaluation.endpoints",
        pause_s: float = 1.0,
    ) -> None:
        self.config, self.decoding, self.cache = config, decoding, cache
        key = key_from(config.api_key_env, where=f"{where}.api_key_env")
        self._client = ChatClient(
            url=config.url, key=key, timeout_s=config.timeout_s, retries=config.retries, pause_s=pause_s
        )
        self._in_a_row = 0

    def write(self, prompts: Sequence[Sequence[Message]], *, bar: Bar, note: str) -> list[Generated]:
        """One reply for each prompt, in order; `Generated.failed` says why there is none."""
        bodies = [self._body(messages) for messages in prompts]
        keys = [content_id(["endpoint", self.config.url, body], length=32) for body in bodies]
        wanted = {key: body for key, body in zip(keys, bodies, strict=True) if key not in self.cache.known}
        bar.advance(sum(key in self.cache.known for key in keys), note=note)
        repeats = Counter(keys)
        failed: dict[str, Generated] = {}
        self._in_a_row = 0
        pool = ThreadPoolExecutor(self.config.concurrency)
        try:
            asked = {pool.submit(self._one, body): key for key, body in wanted.items()}
            for done in as_completed(asked):
                key, reply = asked[done], done.result()
                if reply.failed:
                    failed[key] = reply
                else:
                    self.cache.add(key, [reply])
                bar.advance(repeats[key], note=note)
        finally:
            pool.shutdown(cancel_futures=True)
        return [failed[key] if key in failed else self.cache.known[key][0] for key in keys]

    def _body(self, messages: Sequence[Message]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.config.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": self.decoding.max_new_tokens,
            "temperature": self.decoding.temperature,
        } | self.config.request
        return {name: value for name, value in body.items() if value is not None}

    def _one(self, body: dict[str, Any]) -> Generated:
        if self._in_a_row >= MOST_IN_A_ROW:
            return _failure(f"not asked after {MOST_IN_A_ROW} failures in a row")
        try:
            answer = self._client.complete(body, read_reply)
        except NoAnswer as error:
            self._in_a_row += 1
            return _failure(str(error))
        self._in_a_row = 0
        text, (num_prompt, num_reply), finished = answer.value
        return Generated(text, num_prompt, num_reply, finished, answer.seconds)


def _failure(why: str) -> Generated:
    return Generated("", 0, 0, False, 0.0, failed=why)


def read_reply(answer: Any) -> tuple[str, tuple[int, int], bool]:
    """(text, (prompt tokens, reply tokens), whether it ended by itself) of a chat completion; tokens not told are 0.

    Raises:
        NoAnswer: It is no chat completion, or its text is empty.
    """
    choice, text = first_choice(answer)
    if not text.strip():
        raise NoAnswer("the answer is empty", again=choice.get("finish_reason") != "content_filter")
    usage = answer.get("usage")
    told = usage if isinstance(usage, dict) else {}
    tokens = [told.get(name) for name in ("prompt_tokens", "completion_tokens")]
    prompt, reply = (value if isinstance(value, int) and value > 0 else 0 for value in tokens)
    return text.strip(), (prompt, reply), choice.get("finish_reason") in ("stop", None)


def failures(name: str, replies: Sequence[Generated]) -> list[str]:
    """What failed, by reason, as a note; nothing where nothing did.

    >>> failures("hosted", [_failure("timed out"), Generated("Yes.", 3, 2, True, 0.1)])
    ['hosted: 1 of 2 replies failed after every retry (timed out: 1). They count as failed and have no score.']
    """
    num = sum(bool(reply.failed) for reply in replies)
    if not num:
        return []
    return [
        f"{name}: {num} of {len(replies)} replies failed after every retry ({reasons(replies)}). "
        "They count as failed and have no score."
    ]


def reasons(replies: Sequence[Generated]) -> str:
    """Why replies failed, with how often, the most frequent first."""
    counts = Counter(reply.failed for reply in replies if reply.failed)
    return ", ".join(f"{why}: {count}" for why, count in counts.most_common())
