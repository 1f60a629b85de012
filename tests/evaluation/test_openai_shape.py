"""Our endpoint client beside the real `openai` SDK, against the same small server: the same requests, the same readings."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from chat_server import Reply, Service, serving

from brandtune.core.examples import Message
from brandtune.evaluation.endpoints.config import EndpointConfig
from brandtune.evaluation.endpoints.writing import EndpointWriter
from brandtune.evaluation.generating import GenerationCache
from brandtune.evaluation.judges.config import JudgeConfig
from brandtune.evaluation.judges.endpoint import EndpointJudge
from brandtune.evaluation.judges.pairwise import Pair
from brandtune.models.generation import Generated
from brandtune.models.settings import Decoding

openai = pytest.importorskip("openai", reason="needs the openai SDK: pip install openai")

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is my tent? ⛺"}]
ASKED = {"model": "big", "messages": MESSAGES, "max_tokens": 30, "temperature": 0.0}


class Bar:
    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        pass


def completion(text: str | None, *, finish: str = "stop", **more: Any) -> Reply:
    """What the service sends, with every field that OpenAI sends."""
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": []} | more.pop("message", {})
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    usage = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15,
             "completion_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "big-2026", "choices": [choice],
            "usage": usage, "service_tier": "default"} | more  # fmt: skip
    return Reply(json.dumps(body), headers={"Content-Type": "application/json"})


def failure(status: int, code: str, **headers: str) -> Reply:
    error = {"error": {"message": "No.", "type": "requests", "param": None, "code": code}}
    return Reply(json.dumps(error), status=status, headers={"Content-Type": "application/json"} | headers)


def sdk(service: Service, *, retries: int = 0, timeout: float = 5.0) -> Any:
    return openai.OpenAI(base_url=service.url, api_key="sk-1", max_retries=retries, timeout=timeout)


def ours(service: Service, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Generated:
    monkeypatch.setenv("SHAPE_KEY", "sk-1")
    config = EndpointConfig(
        **({"name": "hosted", "url": service.url, "model": "big", "retries": 0, "api_key_env": "SHAPE_KEY"} | settings)
    )
    one = EndpointWriter(config, decoding=Decoding(max_new_tokens=30), cache=GenerationCache(None), pause_s=0.001)
    (reply,) = one.write([[Message(**turn) for turn in MESSAGES]], bar=Bar(), note="")
    return reply


def test_the_request_is_the_one_that_the_sdk_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda *_: completion("It left us.")) as service:
        sdk(service).chat.completions.create(**ASKED)
        ours(service, monkeypatch)
    (theirs_headers, theirs), (headers, body) = service.asked
    assert body == theirs
    for name in ("authorization", "content-type", "accept"):
        sent, wanted = ({k.lower(): v for k, v in one.items()}[name] for one in (headers, theirs_headers))
        assert sent == wanted, name


def test_the_judges_request_is_one_that_the_sdk_can_send() -> None:
    with serving(lambda *_: completion("A")) as service:
        judge = EndpointJudge(JudgeConfig(url=service.url, model="big", retries=0))
        (sure,) = judge.prefer_first([Pair(question="q", first="one", second="two")])
        _, body = service.asked[0]
        sdk(service).chat.completions.create(**body)
    assert sure == 1.0
    assert service.asked[1][1] == body


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_completion_is_read_as_the_sdk_reads_it(finish: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda *_: completion("It left us.", finish=finish)) as service:
        theirs = sdk(service).chat.completions.create(**ASKED)
        reply = ours(service, monkeypatch)
    assert reply.text == theirs.choices[0].message.content
    assert (reply.num_prompt_tokens, reply.num_reply_tokens) == (
        theirs.usage.prompt_tokens,
        theirs.usage.completion_tokens,
    )
    assert reply.finished is (theirs.choices[0].finish_reason == "stop")


@pytest.mark.parametrize(
    ("answer", "why", "error"),
    [
        (lambda: failure(429, "rate_limit_exceeded", **{"Retry-After": "0"}), "HTTP 429", "RateLimitError"),
        (lambda: failure(500, "server_error"), "HTTP 500", "InternalServerError"),
        (lambda: failure(401, "invalid_api_key"), "HTTP 401", "AuthenticationError"),
        (lambda: failure(400, "context_length_exceeded"), "HTTP 400", "BadRequestError"),
        (lambda: Reply("{}", wait_s=1.0), "timed out", "APITimeoutError"),
    ],
    ids=["429", "500", "401", "400", "timeout"],
)
def test_what_the_sdk_raises_has_failed_here(
    answer: Callable[[], Reply], why: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda *_: answer()) as service:
        with pytest.raises(getattr(openai, error)):
            sdk(service, timeout=0.3).chat.completions.create(**ASKED)
        reply = ours(service, monkeypatch, timeout_s=0.3)
    assert (reply.text, reply.failed.partition(" (")[0]) == ("", why)


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "0.05"}, {"Retry-After-Ms": "50"}, {"X-Should-Retry": "true"}], ids=str
)
def test_both_ask_again_after_a_rate_limit(headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: Any, before: int) -> Reply:
        return completion("Yes.") if before else failure(429, "rate_limit_exceeded", **headers)

    with serving(answer) as service:
        sdk(service, retries=2).chat.completions.create(**ASKED)
    with serving(answer) as other:
        assert ours(other, monkeypatch, retries=2).text == "Yes."
    assert len(service.asked) == len(other.asked) == 2


def test_both_give_up_when_the_service_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: Any) -> Reply:
        return failure(429, "insufficient_quota", **{"X-Should-Retry": "false"})

    with serving(answer) as service, pytest.raises(openai.RateLimitError):
        sdk(service, retries=2).chat.completions.create(**ASKED)
    with serving(answer) as other:
        assert ours(other, monkeypatch, retries=2).failed == "HTTP 429 (insufficient_quota)"
    assert len(service.asked) == len(other.asked) == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Reply("<html>down</html>", headers={"Content-Type": "text/html"}), "the answer is not JSON"),
        (Reply('{"choices": [', headers={"Content-Type": "application/json"}), "the answer is not JSON"),
        (completion(None, message={"refusal": "I cannot."}), "refused"),
        (completion(None, finish="tool_calls", message={"tool_calls": []}), "the answer is empty"),
    ],
    ids=["html", "cut json", "refusal", "tool call"],
)
def test_what_the_sdk_hands_over_without_a_text_has_failed_here(
    answer: Reply, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda *_: answer) as service:
        try:
            theirs = sdk(service).chat.completions.create(**ASKED)
            # The SDK hands a page of HTML over as a string, and a refusal as a message without content.
            text = None if isinstance(theirs, str) else theirs.choices[0].message.content
        except (ValueError, openai.APIError):
            text = None
        reply = ours(service, monkeypatch)
    assert text is None
    assert (reply.text, reply.failed) == ("", why)
