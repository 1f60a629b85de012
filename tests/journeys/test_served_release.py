"""After an evaluation: blind pairs for people and their votes; the gates again on the file that another engine will serve."""

import csv
import importlib.util
import json
import os
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import msgspec
import pytest
import tiny_models
from chat_server import good, serving
from pyarrow import parquet
from small_company import write_company

import brandtune as bt
from brandtune.cli import run as cli
from brandtune.core.ids import keyed_id
from brandtune.evaluation import kept
from brandtune.evaluation.judges.labels import BlindVote
from brandtune.evaluation.judges.pairwise import tally
from brandtune.evaluation.results import KEPT, VOICE, Report
from brandtune.evaluation.written import load_outputs, save_votes
from brandtune.execution import RunDirectory
from brandtune.lineage import Registry
from brandtune.models.generation import Generated
from brandtune.scoring.stored import load_engines
from brandtune.workflows.keeping import load_report, load_version
from brandtune.workflows.reported import reported
from brandtune.workflows.voted import vote_rows

needs_llama = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed")
SERVE = "release.serve_as={engine: llama.cpp, quantization: q8_0, sample: 12, margin: 0.5}"
SETTINGS = """base: ./model
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Path:
    """A company whose journey on a tiny random model went up to the evaluation."""
    folder = tmp_path_factory.mktemp("served")
    config = write_company(folder, count=150, extra=SETTINGS)
    tiny_models.write_tiny_model(folder / "model")
    os.environ["BRANDTUNE_KEY"] = "test"
    text = config.read_text().replace("heldout_loss: 0.05", "heldout_loss: null, forgetting: null, overfitting: null")
    config.write_text(text)
    assert cli(["run", "--until", "evaluate", "--config", str(config)]) == 0
    return config


def latest(config: Path) -> RunDirectory:
    run = RunDirectory.latest(config.parent / ".brandtune")
    assert run is not None
    return run


def test_the_same_text_scores_the_same_by_the_judges_that_evaluation_kept(company):
    run = latest(company)
    report = load_report(run.path / "evaluate")
    version = load_version(company.parent / ".brandtune")(run.path / "freeze")
    judges = kept.load_judges(run.path / "evaluate" / VOICE, train=version.examples("train"))
    examples = {example.example_id: example for example in version.examples("test")}
    scores = {row.example_id: row.scores for row in report.examples}
    sizes = {row.example_id: row.tokens for row in report.examples}
    rows = [row for row in load_outputs(run.path / "evaluate" / KEPT) if row.text.strip()]
    assert {row.arm for row in rows} >= {"base", "tuned"} and len(rows) > 20
    for row in rows:
        example = examples[row.example_id]
        num_prompt, num_reply = sizes[row.example_id][row.arm]
        reply = Generated(row.text, num_prompt, num_reply, True, 0.0)
        output = judges[example.task].judge(row.arm, [example], [reply])[0]
        found = {name: value for name, value in output.scores.items() if value is not None}
        known = dict(scores[row.example_id][row.arm])
        for form in ("well_formed",):  # whether the reply had ended is not kept
            found.pop(form, None), known.pop(form, None)
        assert found == known


def exported(company: Path, name: str, *more: str) -> Path:
    out = company.parent / name
    assert cli(["review", "export", "--queue", "pairs", "--out", str(out), "--config", str(company), *more]) == 0
    return out


def true_sides(company: Path) -> dict[frozenset[str], str]:
    """Both texts of each pair to the one that the tuned model wrote, from the run's own files."""
    run = latest(company)
    version = load_version(company.parent / ".brandtune")(run.path / "freeze")
    people = {example.example_id: example.reference for example in version.examples("test")}
    rows = [row for row in load_outputs(run.path / "evaluate" / KEPT) if row.arm == "tuned"]
    return {frozenset((row.text.strip(), people[row.example_id])): row.text.strip() for row in rows}


def annotated(task: dict, who: int, choice: str) -> dict:
    result = [{"from_name": "decision", "type": "choices", "value": {"choices": [choice]}}]
    return task | {"annotations": [{"completed_by": {"id": who, "email": "x@y.z"}, "result": result}]}


def test_pairs_are_blind_shuffled_and_the_same_again(company, capsys):
    out = exported(company, "pairs.json")
    tasks = json.loads(out.read_text(encoding="utf-8"))
    ours = true_sides(company)
    first = [ours[frozenset((t["data"]["first"], t["data"]["second"]))] == t["data"]["first"] for t in tasks]
    assert 10 < len(tasks) == len(ours) and 2 < sum(first) < len(first) - 2
    told = out.read_text(encoding="utf-8") + out.with_suffix(".xml").read_text(encoding="utf-8")
    assert not any(word in told for word in ("tuned", "arm", "human", "example_id"))
    assert not any(row.example_id in told for row in load_outputs(latest(company).path / "evaluate" / KEPT))
    assert out.stat().st_mode & 0o77 == 0
    assert exported(company, "again.json").read_bytes() == out.read_bytes()
    assert len(json.loads(exported(company, "few.json", "--num", "5").read_text(encoding="utf-8"))) == 5
    assert (
        len(json.loads(exported(company, "both.json", "--num", "5", "--arm", "tuned", "--arm", "base").read_text()))
        == 10
    )
    assert cli(["review", "export", "--queue", "pairs", "--out", str(out), "--config", str(company), "--arm", "x"]) == 5
    assert "Arms: base, few_shot, tuned" in capsys.readouterr().err


def test_votes_come_back_into_the_report_and_a_later_one_replaces_an_earlier(company, capsys):
    tasks = json.loads(exported(company, "pairs.json").read_text(encoding="utf-8"))
    ours = true_sides(company)

    def choose(task: dict, *, our_side: bool) -> str:
        data = task["data"]
        return "First" if (ours[frozenset((data["first"], data["second"]))] == data["first"]) == our_side else "Second"

    filled = []
    for number, task in enumerate(tasks):
        filled.append(annotated(task, 1, choose(task, our_side=False)))
        filled.append(annotated(task, 2, "No difference" if number < 4 else choose(task, our_side=number < 7)))
    filled += [tasks[0], annotated(tasks[0], 3, "Purple"), {"data": {"run": "elsewhere", "item": "x"}}]
    done = company.parent / "done.json"
    done.write_text(json.dumps(filled), encoding="utf-8")
    read = ["review", "import", str(done), "--queue", "pairs", "--config", str(company), "--json"]
    capsys.readouterr()
    assert cli(read) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["num_votes"], document["num_known"]) == (2 * len(tasks), 0)
    assert document["skipped"] == {
        "not decided": 1, "unknown choice": 1, "not of an evaluation in this workspace": 1,
    }  # fmt: skip
    run = latest(company)
    line = next(one.pairwise for one in reported(run).report.voice if one.arm == "tuned")
    assert line is not None and line.judge == "people" and line.num_people == 2
    assert (line.wins, line.ties, line.losses) == (3, 4, 2 * len(tasks) - 7)
    assert line.score.value == pytest.approx((3 + 4 / 2) / (2 * len(tasks)))
    assert f"{2 * len(tasks)} votes of 2 people" in (run.path / "report.html").read_text(encoding="utf-8")
    assert "x@y.z" not in (run.path / "votes.jsonl").read_text(encoding="utf-8")
    done.write_text(
        json.dumps([annotated(tasks[0], 1, choose(tasks[0], our_side=True)), *filled[2:]]), encoding="utf-8"
    )
    assert cli(read) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["num_votes"], document["num_changed"], document["num_known"]) == (0, 1, 2 * len(tasks) - 2)
    line = next(one.pairwise for one in reported(run).report.voice if one.arm == "tuned")
    assert line is not None and line.wins == 4


def test_votes_go_out_to_other_tools_under_pseudonyms(company):
    run = latest(company)
    rows = parquet.read_table(run.path / "votes.parquet").to_pylist()
    kept_votes = [json.loads(line) for line in (run.path / "votes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["run_id"] for row in rows} == {run.run_id} and {row["voter_kind"] for row in rows} == {"people"}
    said = Counter((row["example_id"], row["arm"], row["preferred"]) for row in rows)
    assert said == Counter((vote["example_id"], vote["arm"], vote["preferred"]) for vote in kept_votes)
    names = {vote["by"] for vote in kept_votes}
    assert len({row["voter"] for row in rows}) == len(names) == 2
    assert not [value for row in rows for value in row.values() if str(value) in names]
    assert {row["value"] for row in rows if row["preferred"] == "tie"} == {0.5}
    line = next(one.pairwise for one in reported(run).report.voice if one.arm == "tuned")
    with sqlite3.connect(company.parent / ".brandtune" / "brandtune.db") as database:
        select = "SELECT wins, ties, losses, num_votes, num_voters, score FROM votes_by_arm WHERE voter_kind = 'people'"
        found = database.execute(f"{select} AND run_id = '{run.run_id}'").fetchall()
    assert found == [(line.wins, line.ties, line.losses, len(rows), 2, pytest.approx(line.score.value))]


def test_votes_from_a_file_and_a_judges_verdicts_go_out_too(company, tmp_path):
    run = latest(company)
    report = load_report(run.path / "evaluate")
    first, second = report.examples[:2]
    copied = RunDirectory(shutil.copytree(run.path, tmp_path / "run"))
    (copied.path / "votes.jsonl").unlink()
    given = [BlindVote(first.example_id, "tuned", "first", "Ana"), BlindVote(second.example_id, "tuned", "tie")]
    save_votes(given, copied.path / "evaluate" / KEPT)
    judged = tally(["second"], clusters=["c"], judge="model-j")
    judged = msgspec.structs.replace(judged, verdicts={first.example_id: "second"})
    voice = (msgspec.structs.replace(report.voice[0], arm="tuned", pairwise=judged),)
    rows = list(vote_rows(msgspec.structs.replace(report, voice=voice), copied, key="k"))
    told = [(row["voter_kind"], row["voter"], row["example_id"], row["preferred"], row["value"]) for row in rows]
    assert told == [
        ("people", keyed_id("k", "voter/Ana"), first.example_id, "ours", 1.0),
        ("people", None, second.example_id, "tie", 0.5),
        ("judge", "model-j", first.example_id, "human", 0.0),
    ]
    assert rows[0]["customer"] == first.customer and rows[0]["tuned"] and rows[0]["task"] == "support_reply"


def test_a_filled_in_csv_is_read_and_what_is_no_vote_is_refused(company, capsys):
    out = exported(company, "pairs.csv", "--num", "6")
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    assert len(rows) == 6 and all(row["preferred"] == "" for row in rows)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")  # as a German Excel saves it
        writer.writeheader()
        writer.writerows(row | {"preferred": "tie", "by": "Ana"} for row in rows)
    read = ["review", "import", "--queue", "pairs", "--config", str(company)]
    before = len((latest(company).path / "votes.jsonl").read_text().splitlines()) if votes_exist(company) else 0
    assert cli([*read, str(out)]) == 0
    assert "6 new votes" in capsys.readouterr().out
    kept_votes = (latest(company).path / "votes.jsonl").read_text(encoding="utf-8")
    assert len(kept_votes.splitlines()) == before + 6 and kept_votes.count('"Ana"') == 6
    bad = {"no.csv": "item,preferred\nx,1\n", "none.csv": "run,item,preferred\na,b,first\n", "no.json": "{}"}
    for name, text in bad.items():
        (company.parent / name).write_text(text, encoding="utf-8")
        assert cli([*read, str(company.parent / name)]) == 3
    err = capsys.readouterr().err
    assert "no column `run`" in err and "not of an evaluation" in err and "expected a list of tasks" in err
    assert cli([*read, str(company.parent / "nowhere.json")]) == 5
    assert (latest(company).path / "votes.jsonl").read_text(encoding="utf-8") == kept_votes


def votes_exist(company: Path) -> bool:
    return (latest(company).path / "votes.jsonl").is_file()


def by_server(url: str) -> str:
    server = f"{{url: {url}, model: larkspur-1, name: vllm, retries: 0, deployment: v2, api_key_env: VLLM_KEY}}"
    return f"release.serve_as={{endpoint: {server}, sample: 12, margin: 0.5}}"


def test_a_server_that_nobody_reaches_releases_nothing_and_says_so(company, capsys, monkeypatch):
    monkeypatch.setenv("VLLM_KEY", "sk-very-secret")
    with serving(lambda *_: good("")) as service:
        pass
    run = latest(company)
    assert cli(["release", "--config", str(company), "--set", by_server(service.url)]) == 6
    err = capsys.readouterr().err
    assert "release.serve_as.endpoint: vllm at 127.0.0.1 answered 0 of 3 requests for the model `larkspur-1`" in err
    assert "no connection" in err and "Nothing was released" in err and "Traceback" not in err
    assert not (run.path / "serving").exists() and not (run.path / "release").exists()
    monkeypatch.delenv("VLLM_KEY")
    assert cli(["release", "--config", str(company), "--set", by_server(service.url)]) == 2
    assert "VLLM_KEY is not set" in capsys.readouterr().err


def test_the_gates_run_again_on_a_server_that_has_the_model(company, capsys, monkeypatch):
    monkeypatch.setenv("VLLM_KEY", "sk-very-secret")
    run = latest(company)
    texts = {row.example_id: row.text for row in load_outputs(run.path / "evaluate" / KEPT) if row.arm == "tuned"}
    version = load_version(company.parent / ".brandtune")(run.path / "freeze")
    known = {tuple(turn.content for turn in one.prompt): texts.get(one.example_id) for one in version.examples("test")}

    def answer(body: dict, _: int):
        return good(known[tuple(turn["content"] for turn in body["messages"])] or "-")

    with serving(answer) as service:
        assert cli(["release", "--config", str(company), "--set", by_server(service.url), "--json"]) == 0
    assert len(service.asked) == 12
    gates = {gate["name"]: gate for gate in json.loads(capsys.readouterr().out)["gates"]}
    assert gates["serving"]["sentence"].startswith("Served by vllm at 127.0.0.1 as larkspur-1: ")
    assert gates["serving"]["passed"] and gates["serving_answered"]["value"] == 0
    served = load_report(run.path / "serving").served
    assert served is not None and (served.engine, served.version, served.model) == ("vllm", "v2", "larkspur-1")
    assert (served.num_examples, served.num_failed, served.num_same) == (12, 0, 12)
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "the model `larkspur-1` of vllm v2 at 127.0.0.1" in page and "Requests that failed as served" in page
    plan = bt.load_plan(company)
    evidence = Registry(plan.database, files=plan.workspace).get("champion").evidence
    assert evidence["served"]["model"] == "larkspur-1"
    kept_files = [path for path in company.parent.rglob("*") if path.is_file()]
    assert not [path for path in kept_files if b"sk-very-secret" in path.read_bytes()]


@needs_llama
def test_the_gates_run_again_on_the_file_that_will_serve_and_the_release_says_so(company, capsys):
    assert cli(["release", "--config", str(company), "--set", SERVE, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    run = latest(company)
    gates = {gate["name"]: gate for gate in document["gates"]}
    assert gates["serving"]["passed"] and gates["serving"]["limit"] == -0.5
    assert "Served by llama.cpp as q8_0" in gates["serving"]["sentence"]
    assert "as evaluated" in gates["serving"]["sentence"] and "on 12 examples" in gates["serving"]["sentence"]
    report = load_report(run.path / "serving")
    assert report.served is not None and report.served.num_examples == 12
    (file,) = (run.path / "serving" / "file").glob("*.gguf")
    assert file.name == report.served.file and "q8_0" in file.name
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "As served: Primary metric" in page or "Primary metric as served" in page
    plan = bt.load_plan(company)
    release = Registry(plan.database, files=plan.workspace).get("champion")
    assert release.evidence["served"]["sha256"] == report.served.sha256
    engines = load_engines(plan.workspace / release.adapter / "voice")
    sample = report.samples[0]
    check = engines[sample.task].check(sample.reference)
    style = next(row.scores["human"]["style"] for row in report.examples if row.example_id == sample.example_id)
    assert check.style == style


@needs_llama
def test_a_served_model_that_is_worse_is_refused_named_and_can_be_answered_for(company, capsys, monkeypatch):
    """The engine answers badly; the very same settings, so that only the replies differ."""
    from brandtune.evaluation.served import writing
    from brandtune.models.export.llama_cpp import Written

    monkeypatch.setattr(writing.llama_cpp.Engine, "reply", lambda *_, **__: Written("Buy! Now! Bad!", 5, True, 0.1))
    run = latest(company)
    report = load_report(run.path / "evaluate")
    perfect = {"on_brand": 1.0}
    examples = tuple(
        msgspec.structs.replace(row, scores=row.scores | {"tuned": row.scores["tuned"] | perfect})
        for row in report.examples
    )
    made_up: Report = msgspec.structs.replace(report, examples=examples)
    (run.path / "evaluate" / "report.json").write_bytes(msgspec.json.encode(made_up))
    strict = SERVE.replace("0.5", "0.05")
    assert cli(["release", "--config", str(company), "--set", strict]) == 4
    err = capsys.readouterr().err
    assert "gate `serving` failed" in err and "Served by llama.cpp as q8_0" in err
    assert run.status == "gate_failed"
    assert not next(gate for gate in reported(run).report.gates if gate.name == "serving").passed
    answered = ["--override", "serving", "--by", "Jo", "--reason", "a trial"]
    code = cli(["release", "--config", str(company), "--set", strict, *answered])
    err = capsys.readouterr().err
    assert code == 0 and "Jo answers for it: a trial" in err


def test_without_the_engine_it_stops_before_anything_is_exported(company, capsys, monkeypatch):
    from brandtune.evaluation.served import config

    monkeypatch.setattr(config.importlib.util, "find_spec", lambda name: None if name == "xllamacpp" else object())
    assert cli(["release", "--config", str(company), "--set", SERVE]) == 6
    err = capsys.readouterr().err
    assert "needs the package `xllamacpp`" in err and 'pip install "brandtune[gguf]"' in err


def test_a_release_by_the_evaluated_engine_forgets_the_served_gates(company, capsys):
    assert cli(["release", "--config", str(company), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert not [gate["name"] for gate in document["gates"] if gate["name"].startswith("serving")]
    assert not (latest(company).path / "serving").exists()
