"""A release that another engine will serve: the gates again on the very file, refused like any gate, kept with the release."""

import json
import os
from pathlib import Path

import msgspec
import pytest
import tiny_models
from small_company import write_company

import brandtune as bt
from brandtune.cli import run as cli
from brandtune.evaluation import kept
from brandtune.evaluation.results import KEPT, VOICE, Report
from brandtune.execution import RunDirectory
from brandtune.lineage import Registry
from brandtune.models.generation import Generated
from brandtune.scoring.stored import load_engines
from brandtune.workflows.keeping import load_report, load_version
from brandtune.workflows.reported import reported

pytest.importorskip("xllamacpp")
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
    rows = [row for row in kept.load_outputs(run.path / "evaluate" / KEPT) if row.text.strip()]
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
    assert code == 4 or "Jo answers for it" in err


def test_without_the_engine_it_stops_before_anything_is_exported(company, capsys, monkeypatch):
    from brandtune.evaluation.served import config

    monkeypatch.setattr(config.importlib.util, "find_spec", lambda name: None if name == "xllamacpp" else object())
    assert cli(["release", "--config", str(company), "--set", SERVE]) == 6
    err = capsys.readouterr().err
    assert "needs the package `xllamacpp`" in err and "pip install xllamacpp" in err


def test_a_release_by_the_evaluated_engine_forgets_the_served_gates(company, capsys):
    assert cli(["release", "--config", str(company), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert not [gate["name"] for gate in document["gates"] if gate["name"].startswith("serving")]
    assert not (latest(company).path / "serving").exists()
