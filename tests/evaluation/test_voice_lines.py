"""Four voice lines that stay apart and stay blank without evidence; tasks name their metrics; suites refuse in time."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_models

from brandtune.core.brand import Brand, split_sections
from brandtune.core.errors import ConfigError, MissingPartError, UsageError
from brandtune.core.examples import Example, Message
from brandtune.core.tasks.form import FormConfig
from brandtune.core.tasks.registry import KINDS, OURS, BrandQa, Localize, NextBestAction, SupportReply
from brandtune.evaluation import suites
from brandtune.evaluation.calibration import _calibrate
from brandtune.evaluation.checks import settle
from brandtune.evaluation.comparison import _pairwise
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.judges.config import JudgeConfig
from brandtune.evaluation.judges.labels import OnBrandLabel
from brandtune.evaluation.judging import TextJudge
from brandtune.evaluation.metrics.catalogue import ALL, check_metrics
from brandtune.evaluation.results import Estimate, Output, PairwiseLine, VoiceLines
from brandtune.evaluation.scored import Scored
from brandtune.evaluation.set_tables import confusions, set_cells
from brandtune.evaluation.voice_lines import voice_lines
from brandtune.models.generation import Generated
from brandtune.scoring import FactBook, RuleSet, StyleModel, load_rules
from brandtune.scoring.copying import CopyIndex
from brandtune.scoring.fingerprint import Fingerprint
from brandtune.scoring.off_limits import OffLimits

WARM = [f"Hi there! We've sent the {thing}, and it's yours on {day}." for thing in ("tent", "lamp", "mug", "rope", "map")
        for day in ("Monday", "Tuesday", "Friday", "Sunday", "Thursday")]  # fmt: skip
FACTS = """# Returns
Unworn boots can be returned within 45 days of delivery.
# Old
Valid until: 2020-01-01
Unworn boots can be returned within 99 days of delivery.
"""


def example(
    index: int, *, question: str = "Where is it?", reference: str = "It left.", task: str = "support_reply"
) -> Example:
    messages = (Message(role="user", content=question), Message(role="assistant", content=reference))
    return Example(example_id=f"e{index}", task=task, messages=messages, target=1, subject=f"s{index}")


def reply(text: str) -> Generated:
    return Generated(text, 5, 7, True, 0.1)


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    (tmp_path / "Kindly.yml").write_text(
        "extends: existence\nmessage: \"Not '%s'.\"\nlevel: error\nignorecase: true\ntokens: [kindly]"
    )
    (tmp_path / "Soft.yml").write_text("extends: existence\nmessage: m\nlevel: warning\ntokens: [basically]")
    return load_rules(tmp_path)


def full_judge(rules: RuleSet, **more: object) -> TextJudge:
    book = FactBook.from_documents(split_sections(FACTS, path="facts.md"))
    fingerprint = Fingerprint.fit(WARM, others={"the base model": ["It is dispatched."] * 20})
    return TextJudge(
        "support_reply", rules, None, book, (1, 500), fingerprint=fingerprint,
        sources=tuple(f"t{index}" for index in range(len(WARM))), copies=CopyIndex(WARM), **more,
    )  # fmt: skip


def lines(judge: TextJudge, written: Sequence[str], **more: object) -> VoiceLines:
    examples = [example(index) for index in range(len(written))]
    outputs = {"tuned": judge.judge("tuned", examples, [reply(text) for text in written])}
    clusters = [one.subject or "" for one in examples]
    (found,) = voice_lines(outputs, examples=examples, clusters=clusters, judges={"support_reply": judge}, **more)
    return found


def test_four_lines_with_their_evidence(rules: RuleSet) -> None:
    judge = full_judge(rules, on=date(2026, 1, 1))
    texts = [
        "Kindly note: boots can be returned within 45 days of delivery.",
        "Unworn boots can be returned within 99 days of delivery. Kindly wait, kindly.",
        "Unworn boots can be returned within 30 days of delivery. It is basically 7 kg.",
        WARM[3],
    ]
    pairwise = PairwiseLine(score=Estimate(value=0.5, n=4), wins=2, ties=0, losses=2, judge="people", trusted=True)
    found = lines(judge, texts, pairwise={"tuned": pairwise}, texts={f"t{i}": text for i, text in enumerate(WARM)})
    assert found.rules is not None and found.rules.value == 0.5
    (broken,) = found.broken
    assert (broken.outputs, broken.example, broken.message) == (2, "Kindly", "Not 'Kindly'.")
    assert found.fingerprint is not None and 0 < found.fingerprint.percentile.value < 1
    assert set(found.fingerprint.auc) == {"support_reply against the base model"}
    assert all(near.real in WARM and near.traits and near.real_id.startswith("t") for near in found.fingerprint.nearest)
    assert found.claims is not None
    assert (found.claims.matched, found.claims.expired, found.claims.contradicted, found.claims.unmatched) == (
        1,
        1,
        1,
        1,
    )
    assert found.pairwise is pairwise


def test_a_line_without_evidence_stays_blank() -> None:
    bare = TextJudge("support_reply", RuleSet(), None, FactBook(), (1, 500))
    found = lines(bare, ["Anything at all, 45 days."])
    assert (found.rules, found.fingerprint, found.pairwise, found.claims) == (None, None, None, None)


def test_rules_of_other_tasks_are_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "R.yml").write_text("extends: existence\nmessage: m\nlevel: error\ntasks: [campaign_copy]\ntokens: [a]")
    judge = TextJudge("support_reply", load_rules(tmp_path), None, FactBook(), (1, 500))
    assert lines(judge, ["Anything."]).rules is None


def test_the_task_names_what_is_scored(rules: RuleSet) -> None:
    judge = full_judge(rules, metrics=("chrf", "abuse_free"))
    (output,) = judge.judge("tuned", [example(0, reference="It left.")], [reply("It left.")])
    assert output.scores == {"chrf": 1.0, "abuse_free": 1.0}
    for kind, task in zip(KINDS, OURS, strict=True):
        check_metrics({kind: task()})
        assert set(task().metrics) <= set(ALL)
    assert "resolution" in SupportReply().metrics and "lift" in NextBestAction().metrics
    assert Localize().metrics[0] == "chrf" and BrandQa().metrics[0] == "facts_ok"


def test_a_metric_nobody_computes_is_refused() -> None:
    class Odd(SupportReply):
        @property
        def metrics(self) -> tuple[str, ...]:
            return ("on_brnd",)

    with pytest.raises(ConfigError, match="Did you mean `on_brand`"):
        check_metrics({"support_reply": Odd()})


@pytest.mark.parametrize(
    ("text", "reference", "contained", "resolution"),
    [
        ("Return it within 45 days of delivery.", "You can return unworn boots within 45 days of delivery.", 1, 1),
        ("Of course you can return it.", "You can return unworn boots within 45 days of delivery.", 1, 0),
        ("I've passed this to our warranty team.", "You can return unworn boots within 45 days of delivery.", 0, 0),
        ("Our repair team will be in touch.", "I've passed this to our warranty team.", 0, 1),
        ("Unworn boots can be returned within 30 days of delivery.", "Sure.", 1, 0),
        ("", "Sure.", 0, 0),
    ],
)
def test_containment_and_resolution(rules: RuleSet, text: str, reference: str, contained: int, resolution: int) -> None:
    judge = full_judge(rules, metrics=("contained", "resolution"))
    (output,) = judge.judge("tuned", [example(0, reference=reference)], [reply(text)])
    assert output.scores == {"contained": contained, "resolution": resolution}


def test_what_the_other_metrics_say(rules: RuleSet) -> None:
    judge = full_judge(rules, form=FormConfig(max_words=8), off_limits=OffLimits(("cheap",)))
    good, bad = judge.judge(
        "tuned",
        [example(0, reference="It left today."), example(1, reference="It left today.")],
        [reply("It left today."), reply(f"{WARM[0]} Cheap, 7 kg, for you idiot.")],
    )
    assert (good.scores["format_ok"], good.scores["off_limits_ok"], good.scores["revised"]) == (1.0, 1.0, 0.0)
    assert (good.scores["copied_words"], good.scores["unsupported_claims"], good.scores["claims_supported"]) == (
        0.0,
        0.0,
        None,
    )
    assert (bad.scores["format_ok"], bad.scores["off_limits_ok"], bad.scores["revised"]) == (0.0, 0.0, 1.0)
    assert bad.scores["copied_words"] == 11 and bad.scores["unsupported_claims"] == 1.0
    assert good.scores["editing_s"] is not None and bad.scores["editing_s"] > good.scores["editing_s"]
    assert (good.scores["abuse_free"], bad.scores["abuse_free"]) == (1.0, 0.0)
    assert (good.scores["safe"], bad.scores["safe"]) == (1.0, 0.0)
    (unlimited,) = full_judge(rules).judge("tuned", [example(0)], [reply("Cheap.")])
    assert unlimited.scores["off_limits_ok"] is None
    assert {"Off limits", "Form"} <= {finding.rule for finding in bad.findings}


def test_glossary_terms_are_those_of_the_prompt() -> None:
    judge = TextJudge("localize", RuleSet(), None, FactBook(), (1, 500), metrics=("glossary_kept",))
    question = "Into de-DE.\nGlossary: tent = Zelt; rope = Seil\nText: A tent and a rope."
    rows = judge.judge(
        "tuned", [example(0, question=question)] * 2, [reply("Ein Zelt und eine Leine."), reply("Zelte, Seile")]
    )
    assert [row.scores["glossary_kept"] for row in rows] == [0.5, 1.0]
    (row,) = judge.judge("tuned", [example(0, question="Into de-DE.\nText: A tent.")], [reply("Ein Zelt.")])
    assert row.scores["glossary_kept"] is None


def test_sets_of_outputs_and_of_labels(rules: RuleSet) -> None:
    judge = full_judge(rules)
    examples = [example(index) for index in range(4)]
    same = judge.judge("base", examples, [reply(WARM[0])] * 4)
    varied = judge.judge("tuned", examples, [reply(text) for text in (WARM[0], WARM[7], WARM[13], WARM[24])])
    cells = set_cells(
        {"base": same, "tuned": varied}, examples=examples, clusters=list("abcd"), judges={"support_reply": judge}
    )
    found = {(cell.arm, cell.metric): cell.estimate.value for cell in cells}
    assert found["base", "self_overlap"] == 1.0 > found["tuned", "self_overlap"]
    assert found["base", "distinct_2"] < found["tuned", "distinct_2"]
    assert found["base", "tone_spread"] == pytest.approx(0, abs=1e-6) and found["tuned", "tone_spread"] > 0
    assert list(confusions({"base": same}, examples=examples, judges={"support_reply": judge})) == []


def test_labels_by_people_set_the_threshold_or_it_is_said() -> None:
    stiff = [f"Please be informed that the {index} was dispatched." for index in range(25)]
    style = StyleModel.fit(WARM, stiff, seed=0)
    assert "uncalibrated" in _calibrate(style, "support_reply", [])
    few = [OnBrandLabel(text, True) for text in WARM[:9]] + [OnBrandLabel(text, False) for text in stiff]
    assert "uncalibrated: 9 on-brand" in _calibrate(style, "support_reply", few)
    assert style.calibration == "uncalibrated"
    labels = [OnBrandLabel(text, True, "support_reply") for text in WARM] + [
        OnBrandLabel(text, False) for text in stiff
    ]
    note = _calibrate(style, "support_reply", [*labels, OnBrandLabel("x", True, "campaign_copy")])
    assert style.calibration == "labels" and "50 labels" in note and "AUC 1.000 and kappa 1.00" in note


def test_an_empty_reply_passes_nothing_and_keeps_its_bad_marks() -> None:
    scores: dict[str, float | None] = {"abuse_free": 1.0, "revised": 1.0, "facts_ok": None}
    scored = Scored([example(0)], outputs={"tuned": [Output(arm="tuned", text=" ", scores=scores)]})
    (note,) = settle(scored)
    assert "1 of 1 replies are empty" in note
    assert scored.outputs["tuned"][0].scores == {"abuse_free": 0.0, "revised": 1.0, "facts_ok": None}


def test_the_configured_judge_compares_and_people_go_before_it(tmp_path: Path) -> None:
    tiny_models.write_tiny_model(tmp_path / "judge")
    (tmp_path / "votes.csv").write_text("example_id,arm,preferred\ne0,tuned,ours\n", encoding="utf-8")
    config = EvaluationConfig(judge=JudgeConfig(model="judge"), votes=Path("votes.csv"))
    study = SimpleNamespace(
        config=config, book=SimpleNamespace(brand=Brand(name="Acme", voice="Be kind.")), notes=[],
        tasks={"support_reply": SupportReply()},
    )  # fmt: skip
    rows = {arm: [Output(arm=arm, text=f"{arm} {index}") for index in range(3)] for arm in ("base", "tuned")}
    scored = Scored([example(index) for index in range(3)], outputs=rows)
    found = _pairwise(study, scored, base_dir=tmp_path)  # type: ignore[arg-type]
    assert found["tuned"].judge == "people" and found["tuned"].wins == 1
    base = found["base"]
    assert base.judge == "judge" and base.wins + base.ties + base.losses == 3 and not base.trusted
    assert base.position_bias is not None and "not trusted" in study.notes[0]


def test_suites_refuse_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="names no suite"):
        suites.check_suites(["hellaswag"])
    monkeypatch.setattr(suites.importlib.util, "find_spec", lambda name: None)
    for name in ("lm-eval:arc_easy", "inspect:arc"):
        with pytest.raises(MissingPartError, match="pip install"):
            suites.check_suites([name])
