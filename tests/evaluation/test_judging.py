"""What makes an output on-brand, well-formed, right; and that one judge treats all arms alike."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core.brand import split_sections
from brandtune.core.examples import Example, Message
from brandtune.evaluation.judging import LABEL_METRICS, TEXT_METRICS, LabelJudge, TextJudge, normal, usual_length
from brandtune.evaluation.results import Output
from brandtune.models.generation import Generated
from brandtune.scoring import FactBook, RuleSet, StyleModel, load_rules

NOUNS = ("parcel", "order", "lamp", "mug", "shelf", "chair", "rug", "clock", "vase", "desk", "stool", "tray")
WARM = [f"Hi there, your {noun} is on its way, with love from all of us!" for noun in NOUNS]
STIFF = [f"Dear Sir or Madam, regarding the {noun}, please be informed that it was dispatched." for noun in NOUNS]


def example(*, question: str = "Where is my parcel?", reference: str = "It left today.", **more: object) -> Example:
    messages = (Message(role="user", content=question), Message(role="assistant", content=reference))
    return Example(example_id="e1", task="support_reply", messages=messages, target=1, **more)


def reply(text: str, *, finished: bool = True) -> Generated:
    return Generated(text=text, num_prompt_tokens=5, num_reply_tokens=7, finished=finished, seconds=0.1)


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    (tmp_path / "House").mkdir()
    for name, level, word in (("Hard", "error", "kindly"), ("Soft", "warning", "basically")):
        text = f"extends: existence\nmessage: \"Not '%s'.\"\nlevel: {level}\nignorecase: true\ntokens: [{word}]\n"
        (tmp_path / "House" / f"{name}.yml").write_text(text)
    return load_rules(tmp_path)


@pytest.fixture(scope="module")
def style() -> StyleModel:
    return StyleModel.fit(WARM, STIFF, seed=0)


def judge(rules: RuleSet = RuleSet(), style: StyleModel | None = None, facts: str = "") -> TextJudge:  # noqa: B008
    book = FactBook.from_documents(split_sections(facts, path="facts.md"))
    return TextJudge("support_reply", rules, style, book, (5, 200))


def judged(judge_: TextJudge, text: str, *, finished: bool = True, **more: object) -> Output:
    (output,) = judge_.judge("tuned", [example(**more)], [reply(text, finished=finished)])
    return output


def form(output: Output) -> list[str]:
    return [finding.message for finding in output.findings if finding.rule == "Form"]


def test_every_metric_that_is_described_is_scored(rules: RuleSet, style: StyleModel) -> None:
    output = judged(judge(rules, style), "It left today.")
    assert set(output.scores) == {metric.name for metric in TEXT_METRICS}
    assert all(0.0 <= value <= 1.0 for value in output.scores.values() if value is not None)
    labelled = LabelJudge("label", frozenset({"a"})).judge("tuned", [example(label="a")], [reply("a")])
    assert set(labelled[0].scores) < {metric.name for metric in LABEL_METRICS}  # F1 belongs to a whole set


def test_a_broken_error_rule_is_off_brand_and_says_where(rules: RuleSet) -> None:
    output = judged(judge(rules), "Would you kindly wait?")
    assert (output.scores["rules_pass"], output.scores["on_brand"]) == (0.0, 0.0)
    (finding,) = output.findings
    assert (finding.rule, finding.message) == ("House.Hard", "Not 'kindly'.")
    assert output.text[finding.start : finding.end] == "kindly"


def test_a_warning_is_shown_and_breaks_nothing(rules: RuleSet) -> None:
    output = judged(judge(rules), "It is basically on its way.")
    assert (output.scores["rules_pass"], output.scores["on_brand"]) == (1.0, 1.0)
    assert [finding.rule for finding in output.findings] == ["House.Soft"]


def test_without_enough_text_for_a_style_score_on_brand_rests_on_rules(rules: RuleSet) -> None:
    output = judged(judge(rules), "It left today.")
    assert output.scores["style"] is None
    assert output.scores["on_brand"] == 1.0


def test_on_brand_needs_rules_and_style(rules: RuleSet, style: StyleModel) -> None:
    both = judge(rules, style)
    warm, stiff = judged(both, WARM[0]), judged(both, STIFF[0])
    assert (warm.scores["on_brand"], stiff.scores["on_brand"]) == (1.0, 0.0)
    assert stiff.scores["rules_pass"] == 1.0
    assert warm.scores["style"] >= style.threshold > stiff.scores["style"]
    warm_but_broken = judged(both, WARM[0].replace("there", "kindly"))
    assert warm_but_broken.scores["style"] >= style.threshold
    assert warm_but_broken.scores["on_brand"] == 0.0


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_text_is_never_on_brand(text: str, rules: RuleSet, style: StyleModel) -> None:
    for one in (judge(rules), judge(rules, style)):
        scores = judged(one, text).scores
        assert (scores["on_brand"], scores["rules_pass"], scores["well_formed"]) == (0.0, 0.0, 0.0)


def test_a_number_that_contradicts_the_facts_is_found() -> None:
    facts = "# Returns\nYou can return items within 45 days of delivery."
    wrong = judged(judge(facts=facts), "You can return items within 30 days of delivery.")
    assert wrong.scores["facts_ok"] == 0.0
    assert wrong.findings[0].rule == "Facts"
    assert "45 days" in wrong.findings[0].message
    assert wrong.text[wrong.findings[0].start : wrong.findings[0].end].startswith("30")
    right = judged(judge(facts=facts), "You can return items within 45 days of delivery.")
    assert right.scores["facts_ok"] == 1.0


def test_likeness_is_measured_against_what_people_wrote() -> None:
    assert judged(judge(), "It left today.").scores["similarity"] == 1.0
    assert judged(judge(), "QQQQQQ").scores["similarity"] == 0.0


@pytest.mark.parametrize(
    ("text", "finished", "said"),
    [
        ("It left today.", False, "did not come to an end"),
        ("Yes", True, "3 characters; usual are 5 to 200"),
        ("It left today. " * 20, True, "300 characters; usual are 5 to 200"),
        ("It left today.<|im_end|>", True, "holds marks of the chat template"),
        ("Write to [EMAIL] about [ORDER_ID].", True, "placeholder made up: [EMAIL], [ORDER_ID]"),
    ],
)
def test_bad_form_is_said_in_words(text: str, finished: bool, said: str) -> None:
    output = judged(judge(), text, finished=finished)
    assert form(output) == [said]
    assert output.scores["well_formed"] == 0.0
    assert output.scores["on_brand"] == 1.0


def test_good_form_has_nothing_to_say() -> None:
    output = judged(judge(), "It left today.")
    assert output.findings == ()
    assert output.scores["well_formed"] == 1.0


def test_placeholders_of_the_message_and_names_in_a_greeting_are_not_made_up() -> None:
    output = judged(judge(), "Hi [CUSTOMER_NAME], [ORDER_ID] left. [AGENT_NAME]", question="Where is [ORDER_ID]?")
    assert form(output) == []


def test_a_placeholder_that_only_the_reference_knows_is_made_up() -> None:
    output = judged(judge(), "Call [PHONE] today.", reference="Call [PHONE] today.")
    assert form(output) == ["placeholder made up: [PHONE]"]


def test_outputs_come_in_the_order_of_examples_under_the_arms_name() -> None:
    outputs = judge().judge("rag", [example(), example()], [reply("First reply."), reply("Second reply.")])
    assert [(output.arm, output.text) for output in outputs] == [("rag", "First reply."), ("rag", "Second reply.")]
    assert judge().judge("rag", [], []) == []


def test_a_missing_reply_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        judge().judge("rag", [example(), example()], [reply("Only one.")])
    with pytest.raises(ValueError, match="zip"):
        LabelJudge("label", frozenset()).judge("rag", [example(label="a")], [])


@pytest.mark.parametrize(
    ("answer", "accuracy", "valid"),
    [
        ("order status", 1.0, 1.0),
        (' "Order  Status." ', 1.0, 1.0),
        ("return", 0.0, 1.0),
        ("something else", 0.0, 0.0),
        ("order status, I think", 0.0, 0.0),
        ("", 0.0, 0.0),
    ],
)
def test_a_label_is_right_up_to_case_quotes_and_spaces(answer: str, accuracy: float, valid: float) -> None:
    judge_ = LabelJudge("ticket_intent", frozenset({"order status", "return"}))
    (output,) = judge_.judge("tuned", [example(label="order status")], [reply(answer)])
    assert (output.scores["accuracy"], output.scores["valid_label"]) == (accuracy, valid)


@given(st.text())
def test_normalising_a_label_ignores_case_and_surrounding_spaces(label: str) -> None:
    assert normal(f"  {label}\n") == normal(label)
    assert normal("ORDER Status") == normal("order status")


def test_usual_length_is_half_the_shortest_to_half_as_much_again_as_the_longest() -> None:
    assert usual_length(["x" * 10, "x" * 40, "x" * 100]) == (5, 150)
    assert usual_length(["x"]) == (1, 1)
    assert usual_length([]) == (1, 10_000)


def test_the_outermost_hundredth_does_not_set_the_usual_length() -> None:
    texts = ["x" * 50] * 98 + ["x", "x" * 9000]
    assert usual_length(texts) == (25, 75)
    assert usual_length(texts[1:]) == (1, 13_500)  # 99 texts have no hundredth to leave aside
