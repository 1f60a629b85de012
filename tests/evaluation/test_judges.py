"""Judges: agreement beside references, both orders, position bias, an endpoint that fails in every way it can."""

import json
import math
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import krippendorff
import pytest
import tiny_models
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from brandtune.core.errors import ConfigError, DataError, NotFoundError
from brandtune.core.examples import Example, Message
from brandtune.core.tasks import SupportReply
from brandtune.evaluation.judges.agreement import cohen_kappa, krippendorff_alpha
from brandtune.evaluation.judges.blind import judged_lines, people_lines
from brandtune.evaluation.judges.config import JudgeConfig
from brandtune.evaluation.judges.endpoint import EndpointJudge, NoAnswer, first_share
from brandtune.evaluation.judges.labels import blind_votes, comparisons, on_brand_labels
from brandtune.evaluation.judges.local import LabelTokenJudge
from brandtune.evaluation.judges.pairwise import Pair, Vote, compare, position_bias, tally
from brandtune.evaluation.results import Output
from brandtune.models.loading import load_model

LABEL = st.sampled_from(["a", "b", "tie"])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(LABEL, LABEL), min_size=2, max_size=30))
def test_kappa_is_sklearns(pairs: list[tuple[str, str]]) -> None:
    ours, theirs = [one for one, _ in pairs], [other for _, other in pairs]
    found = cohen_kappa(ours, theirs)
    if len({*ours, *theirs}) == 1:
        assert found is None
    else:
        assert found == pytest.approx(cohen_kappa_score(ours, theirs))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 2, None])] * 3), min_size=2, max_size=20))
def test_alpha_is_the_reference_packages(columns: list[tuple[int | None, ...]]) -> None:
    rows = [list(row) for row in zip(*columns, strict=True)]
    paired = [
        value for column in columns for value in column if value is not None and sum(v is not None for v in column) > 1
    ]
    found = krippendorff_alpha(rows)
    if len(set(paired)) < 2:
        assert found is None
        return
    data = [[math.nan if value is None else float(value) for value in row] for row in rows]
    assert found == pytest.approx(krippendorff.alpha(data, level_of_measurement="nominal"))


class Scripted:
    """Prefers the longer text, with a push towards whatever stands first."""

    name = "scripted"

    def __init__(self, bias: float = 0.0) -> None:
        self.bias = bias
        self.failures: dict[str, int] = {}

    def prefer_first(self, pairs: Sequence[Pair]) -> list[float | None]:
        failed = sum("fails" in pair.first + pair.second for pair in pairs)
        self.failures |= {"timed out": self.failures.get("timed out", 0) + failed} if failed else {}
        return [None if "fails" in pair.first + pair.second else self._sure(pair) for pair in pairs]

    def _sure(self, pair: Pair) -> float:
        longer = (len(pair.first) > len(pair.second)) - (len(pair.first) < len(pair.second))
        return min(1.0, max(0.0, 0.5 + self.bias + 0.2 * longer))


PAIRS = [
    Pair("q", "longer text", "text"),
    Pair("q", "text", "longer text"),
    Pair("q", "same", "same"),
    Pair("q", "fails", "x"),
]


def test_both_orders_must_agree() -> None:
    votes = compare(Scripted(), PAIRS)
    assert [vote.preferred for vote in votes] == ["first", "second", "tie", None]
    assert position_bias(votes) == pytest.approx(0.0)
    biased = compare(Scripted(0.3), PAIRS)
    assert [vote.preferred for vote in biased] == ["tie", "tie", "tie", None]
    assert position_bias(biased) == pytest.approx(0.3)
    line = tally([vote.preferred for vote in biased], clusters="abcd", judge="j", votes=biased)
    assert line is not None and line.position_bias == pytest.approx(0.3) and line.consistent == 0.0 and line.failed == 1


def test_wins_and_half_the_ties_with_an_interval() -> None:
    line = tally(["first"] * 6 + ["tie"] * 2 + ["second"] * 2 + [None], clusters=range(11), judge="people")
    assert line is not None
    assert (line.wins, line.ties, line.losses, line.failed) == (6, 2, 2, 1)
    assert line.score.value == pytest.approx(0.7) and line.score.n == 10
    assert line.score.low is not None and line.score.high is not None and line.score.low < 0.7 < line.score.high
    assert tally([None, None], clusters="ab", judge="j") is None


def example(index: int, reference: str = "text") -> Example:
    messages = (Message(role="user", content="Where is it?"), Message(role="assistant", content=reference))
    return Example(example_id=f"e{index}", task="support_reply", messages=messages, target=1, subject=f"s{index}")


def judged(tmp_path: Path, *, bar: float, labels: int) -> tuple[dict, list[str]]:
    rows = [
        {"question": "q", "first": "longer text", "second": "text", "preferred": "first" if i % 4 else "second"}
        for i in range(labels)
    ]
    rows += [{"question": "q", "first": "text", "second": "longer text", "preferred": "second"} for _ in range(labels)]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    config = JudgeConfig(model="m", labels=Path("labels.jsonl"), fewest_labels=20, bar=bar)
    outputs = {"tuned": [Output(arm="tuned", text=text) for text in ("a longer text", "", "x")]}
    return judged_lines(
        Scripted(), outputs, examples=[example(i) for i in range(3)], clusters=["a", "b", "c"],
        tasks={"support_reply": SupportReply()}, config=config, base_dir=tmp_path,
    )  # fmt: skip


@pytest.mark.parametrize(("bar", "labels", "trusted"), [(0.6, 20, True), (0.9, 20, False), (0.6, 5, False)])
def test_a_judge_is_judged_before_it_is_trusted(tmp_path: Path, bar: float, labels: int, trusted: bool) -> None:
    lines, notes = judged(tmp_path, bar=bar, labels=labels)
    line = lines["tuned"]
    assert line.trusted == trusted and line.num_labels == 2 * labels
    # An empty output is no text to prefer.
    assert (line.wins, line.ties, line.losses) == (1, 0, 2)
    assert ("not trusted" in notes[0]) == (labels == 5)
    assert (line.agreement is None) == (labels == 5)


def test_people_vote_blindly(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("example_id,arm,preferred\ne0,tuned,ours\ne1,tuned,tie\ne1,base,human\n", encoding="utf-8")
    found = people_lines(path, examples=[example(0), example(1)], clusters=["a", "b"], arms=["tuned", "base"])
    assert found["tuned"].score.value == 0.75 and found["base"].losses == 1
    assert found["tuned"].trusted and found["tuned"].judge == "people"
    path.write_text("example_id,arm,preferred\ne9,tuned,ours\n", encoding="utf-8")
    with pytest.raises(DataError, match="example e9"):
        people_lines(path, examples=[example(0)], clusters=["a"], arms=["tuned"])


@pytest.mark.parametrize(
    ("text", "read", "says"),
    [
        ("text,on_brand\nHi,maybe\n", on_brand_labels, "write true or false"),
        ("text\nHi\n", on_brand_labels, "no `on_brand`"),
        ("question,first,second,preferred\nq,a,b,both\n", comparisons, "first, second or tie"),
        ("example_id,arm,preferred\ne,tuned,a\n", blind_votes, "ours, human or tie"),
    ],
)
def test_labels_that_cannot_be_read_name_their_line(tmp_path: Path, text: str, read, says: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read(path)
    assert says in str(error.value).lower() or says in str(error.value)
    assert "labels.csv:2" in str(error.value)
    with pytest.raises(NotFoundError):
        read(tmp_path / "absent.csv")
    (tmp_path / "broken.jsonl").write_text('{"text": "a", "on_brand": true}\n[1]\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"broken\.jsonl:2"):
        on_brand_labels(tmp_path / "broken.jsonl")


def test_a_local_judge_reads_label_probabilities_whatever_it_is_batched_with(tmp_path: Path) -> None:
    judge = LabelTokenJudge(
        load_model(str(tiny_models.write_tiny_model(tmp_path / "m")), precision="fp32"), voice="Be kind."
    )
    pairs = [
        Pair("short", "a", "b"),
        Pair("a much longer question " * 8, "text one", "two"),
        Pair("x " * 2000, "a", "b"),
    ]
    together = judge.prefer_first(pairs)
    assert together[2] is None  # longer than the model's context
    for index in (0, 1):
        (alone,) = judge.prefer_first([pairs[index]])
        assert together[index] == pytest.approx(alone, abs=1e-5) and 0.0 < together[index] < 1.0
    assert together[0] != together[1]


ANSWER = {"choices": [{"message": {"content": "A"}, "logprobs": None}]}
TOP = [{"token": " A", "logprob": math.log(0.6)}, {"token": "B", "logprob": math.log(0.2)}]
LOGPROBS = {"choices": [{"message": {"content": "B"}, "logprobs": {"content": [{"top_logprobs": TOP}]}}]}


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        (ANSWER, 1.0),
        (LOGPROBS, 0.75),
        ({"choices": [{"message": {"content": " **b**"}, "logprobs": {"content": []}}]}, 0.0),
        ({"choices": [{"message": {"content": "Neither"}}]}, None),
        ({"choices": [{"message": {"content": None}}]}, None),
        ({"choices": []}, None),
        ({"error": "x"}, None),
        ([], None),
        (
            {
                "choices": [
                    {
                        "message": {"content": "A"},
                        "logprobs": {"content": [{"top_logprobs": [{"token": "A", "logprob": "NaN"}]}]},
                    }
                ]
            },
            1.0,
        ),
    ],
)
def test_answers(answer: object, share: float | None) -> None:
    if share is None:
        with pytest.raises(NoAnswer):
            first_share(answer)
    else:
        assert first_share(answer) == pytest.approx(share)


class Flaky(BaseHTTPRequestHandler):
    """Answers as the script says, one entry a request; the last goes on for ever."""

    script: list[tuple[int, str, dict[str, str]]] = []
    seen: list[tuple[str, dict]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append((self.headers.get("Authorization", ""), body))
        status, text, headers = type(self).script.pop(0) if len(type(self).script) > 1 else type(self).script[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Flaky.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()


GOOD = (200, json.dumps(ANSWER), {})


@pytest.mark.parametrize(
    ("script", "share", "requests"),
    [
        ([GOOD], 1.0, 1),
        ([(429, "slow down", {"Retry-After": "0.01"}), GOOD], 1.0, 2),
        ([(503, "", {}), (200, "<html>busy</html>", {}), GOOD], 1.0, 3),
        ([(200, '{"choices": ', {})], None, 3),
        ([(401, "{}", {})], None, 1),
        ([(500, "", {})], None, 3),
    ],
)
def test_an_endpoint_is_asked_again_and_then_counted_as_failed(url: str, script, share, requests, monkeypatch) -> None:
    monkeypatch.setenv("JUDGE_KEY", "secret")
    Flaky.script = list(script)
    judge = EndpointJudge(
        JudgeConfig(kind="endpoint", model="m", url=url, api_key_env="JUDGE_KEY", retries=2), pause_s=0.01
    )
    assert judge.prefer_first([Pair("q", "one", "two")]) == [share]
    assert len(Flaky.seen) == requests
    assert Flaky.seen[0][0] == "Bearer secret" and Flaky.seen[0][1]["model"] == "m"
    assert sum(judge.failures.values()) == (share is None)
    assert "secret" not in repr(judge.failures)


def test_what_a_judge_gave_no_verdict_on_is_counted_and_said_why(tmp_path: Path) -> None:
    texts = ("a longer text", "fails", "fails too")
    lines, notes = judged_lines(
        Scripted(), {"tuned": [Output(arm="tuned", text=text) for text in texts]},
        examples=[example(i) for i in range(3)], clusters=["a", "b", "c"], tasks={"support_reply": SupportReply()},
        config=JudgeConfig(model="m"), base_dir=tmp_path,
    )  # fmt: skip
    assert lines["tuned"].failed == 2 and lines["tuned"].wins == 1
    (note,) = [note for note in notes if "no usable verdict" in note]
    assert "scripted gave no usable verdict on 2 of 3 comparisons (timed out: 4 requests)" in note
    assert "never as lost" in note


def test_an_endpoint_that_is_not_there_fails_and_decides_nothing() -> None:
    config = JudgeConfig(kind="endpoint", model="m", url="http://127.0.0.1:9/v1", retries=0)
    votes = compare(EndpointJudge(config, pause_s=0.0), [Pair("q", "one", "two")])
    assert votes == [Vote(None, None)] and tally([vote.preferred for vote in votes], clusters="a", judge="m") is None


def test_settings_that_cannot_work_are_told(monkeypatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(ConfigError, match="NO_SUCH_KEY"):
        EndpointJudge(JudgeConfig(kind="endpoint", model="m", url="http://h/v1", api_key_env="NO_SUCH_KEY"))
    with pytest.raises(ValueError, match="needs `url`"):
        JudgeConfig(kind="endpoint", model="m")
