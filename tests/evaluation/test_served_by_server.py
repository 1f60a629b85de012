"""A server as what will serve: it is asked as it stands, what fails is never scored, and silence is told with exit code 6."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from chat_server import Reply, good, serving
from pydantic import ValidationError
from test_served_gates import EXAMPLES, NUM, Read, report

from brandtune.core.errors import ConfigError, MissingPartError
from brandtune.evaluation import EvaluationConfig
from brandtune.evaluation.generating import GenerationCache
from brandtune.evaluation.results import Gate, Report, Served
from brandtune.evaluation.served.asking import TRIED_FIRST, ask_server
from brandtune.evaluation.served.config import ServeAs, ServerConfig, require_engine
from brandtune.evaluation.served.gates import with_served
from brandtune.models.generation import Generated
from brandtune.models.settings import Decoding

HTML = Reply("<html>502 Bad Gateway</html>")


class Bar:
    def __init__(self) -> None:
        self.done = 0.0

    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        self.done += amount


def ask(
    url: str, *, num: int = 12, path: Path | None = None, bar: Bar | None = None, **settings: Any
) -> list[Generated]:
    server = ServerConfig(**({"url": url, "model": "acme-1", "name": "vllm", "retries": 1} | settings))
    return ask_server(
        server, EXAMPLES[:num], decoding=Decoding(max_new_tokens=30), cache=GenerationCache(path), bar=bar or Bar(),
        pause_s=0.001,
    )  # fmt: skip


def test_a_server_gets_the_prompts_of_the_tuned_arm_and_its_replies_are_kept(tmp_path: Path) -> None:
    bar = Bar()
    with serving(lambda body, _: good(f"to {body['messages'][-1]['content']}")) as service:
        found = ask(service.url, path=tmp_path / "r.jsonl", bar=bar)
        assert [reply.text for reply in found] == [f"to {one.prompt[-1].content}" for one in EXAMPLES[:12]]
        assert bar.done == 12
        body = service.asked[0][1]
        assert body["model"] == "acme-1" and body["max_tokens"] == 30
        assert sorted(
            [(turn["role"], turn["content"]) for turn in body["messages"]] for _, body in service.asked
        ) == sorted([(turn.role, turn.content) for turn in one.prompt] for one in EXAMPLES[:12])
        before = len(service.asked)
        assert [reply.text for reply in ask(service.url, path=tmp_path / "r.jsonl")] == [r.text for r in found]
        assert len(service.asked) == before


@pytest.mark.parametrize(
    ("always", "why"),
    [
        (HTML, "the answer is not JSON: 3"),
        (Reply('{"choices": ['), "the answer is not JSON: 3"),
        (Reply('{"error": {"code": "model_not_found"}}', status=404), r"HTTP 404 \(model_not_found\): 3"),
        (Reply("", status=429), "HTTP 429: 3"),
        (Reply("", wait_s=1.0), "timed out: 3"),
    ],
    ids=["html", "cut json", "no such model", "rate limit", "silent"],
)
def test_a_server_that_gives_nothing_usable_is_refused_after_three_requests(always: Reply, why: str) -> None:
    with serving(lambda *_: always) as service, pytest.raises(MissingPartError, match=why) as error:
        ask(service.url, timeout_s=0.2)
    assert error.value.exit_code == 6
    assert "vllm at 127.0.0.1 answered 0 of 3 requests for the model `acme-1`" in str(error.value)
    assert "brandtune release" in str(error.value)
    assert len({str(body) for _, body in service.asked}) == TRIED_FIRST


def test_nobody_listening_is_refused_too() -> None:
    with serving(lambda *_: HTML) as service:
        pass
    with pytest.raises(MissingPartError, match="no connection: 3"):
        ask(service.url)


def test_a_server_that_dies_in_the_middle_is_refused_and_later_asked_only_for_the_rest(tmp_path: Path) -> None:
    known = {one.prompt[-1].content for one in EXAMPLES[:4]}
    dead = True

    def dies(body: dict[str, Any], _: int) -> Reply:
        return good("Yes.") if not dead or body["messages"][-1]["content"] in known else Reply("", status=500)

    with serving(dies) as service:
        with pytest.raises(MissingPartError, match=r"answered 4 of 12 .*HTTP 500: 8"):
            ask(service.url, path=tmp_path / "r.jsonl")
        dead, before = False, len(service.asked)
        assert [reply.text for reply in ask(service.url, path=tmp_path / "r.jsonl")] == ["Yes."] * 12
        assert len(service.asked) - before == 8


def test_what_fails_at_first_is_asked_again() -> None:
    with serving(lambda _, before: good("Yes.") if before else HTML) as service:
        assert {reply.text for reply in ask(service.url)} == {"Yes."}
    assert len(service.asked) == 24


def gates_of(replies: list[Generated], **settings: Any) -> tuple[Report, dict[str, Gate]]:
    serve = ServeAs(
        endpoint=ServerConfig(url="http://gpu:8000/v1", model="acme-1", name="vllm"), margin=0.1, **settings
    )
    failed = sum(bool(reply.failed) for reply in replies)
    served = Served(
        engine="vllm", version="0.9", model="acme-1", host="gpu", num_examples=NUM, num_failed=failed, num_same=3
    )
    before = report([1.0] * NUM)
    after = with_served(
        before, replies, examples=EXAMPLES, judges={"support_reply": Read()},  # type: ignore[dict-item]
        config=EvaluationConfig(resamples=500, gates={"latency_s": 0.5}), serve=serve, served=served,
    )  # fmt: skip
    return after, {gate.name: gate for gate in after.gates[len(before.gates) :]}


def test_failed_replies_have_no_score_and_are_counted_in_a_gate_of_their_own() -> None:
    fine = Generated("1 1 1", 5, 5, True, 1.0)
    failed = dataclasses.replace(fine, text="", seconds=0.0, failed="timed out")
    after, gates = gates_of([failed] * 8 + [fine] * (NUM - 8))
    assert gates["serving"].passed and f"on {NUM - 8} examples" in gates["serving"].sentence
    assert not gates["serving_answered"].passed and gates["serving_answered"].value == pytest.approx(0.1)
    assert "8 of 80 requests (10.0 %) failed after every retry; at most 2.0 % may" in gates["serving_answered"].sentence
    assert any("8 of 80 replies failed after every retry (timed out: 8)" in note for note in after.notes)
    assert gates_of([failed] * 8 + [fine] * (NUM - 8), most_failed=0.1)[1]["serving_answered"].passed


def test_replies_that_never_came_do_not_make_a_server_fast() -> None:
    """Three of forty that came took long; with those that failed in no time they would be among the slowest twentieth."""
    fast, slow = Generated("1 1 1", 5, 5, True, 0.1), Generated("1 1 1", 5, 5, True, 9.0)
    failed = dataclasses.replace(fast, text="", seconds=0.0, failed="timed out")
    gate = gates_of([failed] * 40 + [slow] * 3 + [fast] * 37)[1]["serving_latency"]
    assert not gate.passed and gate.value > 8


def test_the_report_names_server_and_model_and_how_much_is_word_for_word_the_same() -> None:
    after, gates = gates_of([Generated("1 1 1", 5, 5, True, 0.1)] * NUM)
    assert all(gate.sentence.startswith("Served by vllm at gpu as acme-1: ") for gate in gates.values())
    (note,) = [note for note in after.notes if note.startswith("The gates that begin")]
    assert "on the model `acme-1` of vllm 0.9 at gpu, on 80 of the 80 held-out examples" in note
    assert (
        "3 of 80 replies are word for word those of the evaluation. That it holds the model of this run rests" in note
    )


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"engine": "endpoint"}, "needs endpoint"),
        ({"engine": "llama.cpp", "endpoint": {"url": "http://h/v1", "model": "m"}}, "asks no endpoint"),
        ({"quantization": "q4_0", "endpoint": {"url": "http://h/v1", "model": "m"}}, "number format"),
        ({"endpoint": {"url": "http://me:secret@h/v1", "model": "m"}}, "may hold no name, password"),
        ({"endpoint": {"url": "http://h/v1?key=secret", "model": "m"}}, "may hold no name, password"),
        ({"endpoint": {"url": "h:8000/v1", "model": "m"}}, "e.g. https://host/v1"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ServeAs(**wrong)


def test_an_endpoint_is_its_own_engine_and_a_file_has_a_format() -> None:
    assert ServeAs(endpoint=ServerConfig(url="http://h/v1", model="m")).engine == "endpoint"
    assert ServeAs().file_format == "q8_0" and ServeAs(quantization="q4_0").file_format == "q4_0"


def test_a_missing_key_is_told_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_KEY", raising=False)
    server = ServerConfig(url="http://h/v1", model="m", api_key_env="VLLM_KEY")
    with pytest.raises(ConfigError, match=r"release\.serve_as\.endpoint\.api_key_env: .*VLLM_KEY is not set"):
        require_engine(ServeAs(endpoint=server))


def test_the_key_is_sent_and_is_in_nothing_that_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from brandtune.workflows.as_served import determined_by

    monkeypatch.setenv("VLLM_KEY", "sk-very-secret")
    with serving(lambda *_: good("Yes.")) as service:
        ask(service.url, num=2, path=tmp_path / "r.jsonl", api_key_env="VLLM_KEY")
        assert {headers["Authorization"] for headers, _ in service.asked} == {"Bearer sk-very-secret"}
    assert "sk-very-secret" not in (tmp_path / "r.jsonl").read_text(encoding="utf-8")
    server = ServerConfig(url="http://h/v1", model="m", api_key_env="VLLM_KEY")
    made_from = determined_by(ServeAs(endpoint=server), checkpoint="c", report="r")
    monkeypatch.setenv("VLLM_KEY", "sk-another")
    assert determined_by(ServeAs(endpoint=server), checkpoint="c", report="r") == made_from
    assert "sk-" not in str(made_from)
    asks_anew = server.model_copy(update={"deployment": "second"})
    assert determined_by(ServeAs(endpoint=asks_anew), checkpoint="c", report="r") != made_from


def test_examples_are_few_and_all_are_asked() -> None:
    with serving(lambda *_: good("Yes.")) as service:
        assert len(ask(service.url, num=2)) == 2
