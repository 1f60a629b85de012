"""Endpoints as arms: what fails is asked again, then counted as failed and never scored; what came is never asked twice."""

import threading
from pathlib import Path
from typing import Any

import pytest
from chat_server import Reply, good, serving
from pydantic import ValidationError

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Message
from brandtune.evaluation import EvaluationConfig
from brandtune.evaluation.endpoints import writing
from brandtune.evaluation.endpoints.client import _seconds
from brandtune.evaluation.endpoints.config import EndpointConfig
from brandtune.evaluation.endpoints.writing import EndpointWriter, failures
from brandtune.evaluation.generating import GenerationCache
from brandtune.evaluation.spending import ArmWords, arm_facts, money
from brandtune.models.generation import Generated
from brandtune.models.settings import Decoding

HTML = Reply("<html>We are down for maintenance</html>")


class Bar:
    """Counts what was reported done."""

    def __init__(self) -> None:
        self.done = 0.0

    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        self.done += amount


def writer(url: str, *, path: Path | None = None, **settings: Any) -> EndpointWriter:
    config = EndpointConfig(**({"name": "hosted", "url": url, "model": "big", "retries": 2} | settings))
    return EndpointWriter(config, decoding=Decoding(max_new_tokens=30), cache=GenerationCache(path), pause_s=0.001)


def ask(one: EndpointWriter, *questions: str) -> list[Generated]:
    return one.write([[Message(role="user", content=question)] for question in questions], bar=Bar(), note="")


def question(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def test_replies_come_in_order_with_tokens_and_time_and_the_request_is_the_standard_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOSTED_KEY", "sk-secret")
    bar = Bar()
    with serving(lambda body, _: good(f"to {question(body)}", prompt=7, reply=3)) as service:
        one = writer(service.url, api_key_env="HOSTED_KEY", request={"seed": 5, "temperature": None})
        found = one.write([[Message(role="user", content=f"q{n}")] for n in (3, 1, 2, 1)], bar=bar, note="")
    assert [reply.text for reply in found] == ["to q3", "to q1", "to q2", "to q1"]
    assert all((r.num_prompt_tokens, r.num_reply_tokens, r.finished, r.failed) == (7, 3, True, "") for r in found)
    assert all(reply.seconds > 0 for reply in found)
    assert bar.done == 4
    assert len(service.asked) == 3
    headers, body = service.asked[0]
    assert headers["Authorization"] == "Bearer sk-secret"
    assert sorted(body) == ["max_tokens", "messages", "model", "seed"]
    assert (body["model"], body["max_tokens"]) == ("big", 30)


@pytest.mark.parametrize(
    "first",
    [
        Reply("slow down", status=429, headers={"Retry-After": "0.01"}),
        Reply("", status=503),
        HTML,
        Reply('{"choices": ['),
        Reply('{"error": "none"}'),
        Reply('["a", "list"]'),
        good("  "),
    ],
    ids=["rate limit", "unavailable", "html", "cut json", "no completion", "list", "empty"],
)
def test_what_may_come_right_is_asked_again(first: Reply) -> None:
    with serving(lambda _, before: good("Yes.") if before else first) as service:
        assert [reply.text for reply in ask(writer(service.url), "q")] == ["Yes."]
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("always", "why", "requests"),
    [
        (Reply("", status=429), "HTTP 429", 3),
        (Reply("{}", status=401), "HTTP 401", 1),
        (HTML, "the answer is not JSON", 3),
        (good(""), "the answer is empty", 3),
        (good("", finish="content_filter"), "the answer is empty", 1),
        (Reply("{}"), "the answer is no chat completion", 3),
        (Reply("", status=302, headers={"Location": "/v1/elsewhere"}), "HTTP 302", 1),
    ],
    ids=["rate limit", "key", "html", "empty", "filtered", "no completion", "redirect"],
)
def test_what_stays_wrong_has_failed_and_says_why(always: Reply, why: str, requests: int) -> None:
    with serving(lambda *_: always) as service:
        (reply,) = ask(writer(service.url), "q")
    assert (reply.text, reply.failed, reply.finished) == ("", why, False)
    assert len(service.asked) == requests


@pytest.mark.parametrize("slow", [Reply("{}", wait_s=1.0), Reply("{" + " " * 99, drip_s=0.02)], ids=["silent", "drips"])
def test_a_request_that_takes_too_long_fails_by_the_clock(slow: Reply) -> None:
    with serving(lambda *_: slow) as service:
        (reply,) = ask(writer(service.url, timeout_s=0.2, retries=0), "q")
    assert reply.failed == "timed out"


def test_nobody_there_is_a_failure_too() -> None:
    with serving(lambda *_: HTML) as service:
        pass
    (reply,) = ask(writer(service.url, retries=0), "q")
    assert reply.failed == "no connection"


def test_a_killed_evaluation_goes_on_and_asks_again_only_for_what_is_missing(tmp_path: Path) -> None:
    """The first process dies in the middle; the second is asked for the same and more."""

    def dies(body: dict[str, Any], _: int) -> Reply:
        return Reply("", status=400) if question(body) == "q2" else good(f"to {question(body)}")

    with serving(dies) as service:
        first = ask(writer(service.url, path=tmp_path / "e.jsonl"), "q1", "q2", "q3")
        assert [reply.failed for reply in first] == ["", "HTTP 400", ""]
        assert len(service.asked) == 3
        with (tmp_path / "e.jsonl").open("ab") as file:
            file.write(b'{"key": "cut o')
        ask(writer(service.url, path=tmp_path / "e.jsonl"), "q1", "q2", "q3", "q4")
        assert sorted(question(body) for _, body in service.asked[3:]) == ["q2", "q4"]
        ask(writer(service.url, path=tmp_path / "e.jsonl", model="other"), "q1")
        assert question(service.asked[-1][1]) == "q1" and len(service.asked) == 6


def test_a_service_that_is_down_is_not_waited_for_a_thousand_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_IN_A_ROW", 4)
    with serving(lambda *_: Reply("", status=500)) as service:
        found = ask(writer(service.url, retries=0, concurrency=1), *(f"q{n}" for n in range(30)))
    assert len(service.asked) == 4
    (note,) = failures("hosted", found)
    assert note.startswith("hosted: 30 of 30 replies failed after every retry (not asked after 4 failures in a row: 26")


def test_an_interruption_asks_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(Bar):
        def advance(self, amount: float = 1.0, *, note: str = "") -> None:
            if amount:
                raise KeyboardInterrupt

    with serving(lambda *_: good("Yes.")) as service:
        prompts = [[Message(role="user", content=f"q{n}")] for n in range(200)]
        with pytest.raises(KeyboardInterrupt):
            writer(service.url, concurrency=1).write(prompts, bar=Stop(), note="")
        assert len(service.asked) < 200
    assert threading.active_count() < 50


def test_retry_after_is_seconds_or_a_date() -> None:
    assert _seconds("2.5") == 2.5
    assert _seconds("Wed, 21 Oct 2099 07:28:00 GMT") > 1000
    assert [_seconds(text) for text in ("-3", "soon", None, "Wed, 21 Oct 2015 07:28:00 GMT")] == [0, 0, 0, 0]


def test_a_missing_key_is_said_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOSTED_KEY", raising=False)
    with pytest.raises(ConfigError, match="HOSTED_KEY is not set"):
        writer("https://api.example.com/v1", api_key_env="HOSTED_KEY")


@pytest.mark.parametrize(
    "wrong",
    [
        [{"name": "base"}],
        [{"name": "human"}],
        [{"name": "a"}, {"name": "a"}],
        [{"name": "../x"}],
        [{"name": "a", "url": "ftp://x"}],
        [{"name": "a", "price_per_million_input": 1.0}],
        [{"name": "a", "timeout_s": 0}],
    ],
)
def test_endpoints_that_make_no_sense_are_refused(wrong: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        EvaluationConfig(endpoints=[{"url": "https://x/v1", "model": "m"} | one for one in wrong])


def test_money_time_and_failures_of_an_arm() -> None:
    replies = [Generated("a", 1000, 50, True, seconds) for seconds in (1.0, 2.0, 3.0)]
    failed = Generated("", 0, 0, False, 0.0, failed="timed out")
    words = ArmWords(title="Hosted", description="", prices=(1.0, 4.0), currency="EUR")
    facts = arm_facts("hosted", [*replies, failed], words)
    assert (facts.mean_prompt_tokens, facts.mean_reply_tokens, facts.failed) == (1000, 50, 1)
    assert (facts.mean_seconds, facts.p50_seconds) == (2.0, 2.0)
    assert facts.p95_seconds == pytest.approx(2.9)
    assert facts.cost == pytest.approx(1.2) and facts.currency == "EUR"
    uncounted = Generated("a", 0, 0, True, 1.0)
    assert money([*replies, uncounted], prices=(1.0, 4.0)) is None
    nothing = arm_facts("hosted", [failed], words)
    assert (nothing.cost, nothing.currency, nothing.mean_seconds, nothing.failed) == (None, "", 0.0, 1)
