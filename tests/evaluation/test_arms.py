"""What each arm is sent, that no arm sees a held-out example, and that finished generation is remembered."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from brandtune.core.brand import Brand, Document
from brandtune.core.examples import Example, Message
from brandtune.core.tasks import Label, SupportReply, Task
from brandtune.evaluation import EvaluationConfig, GatesConfig, generating
from brandtune.evaluation.arms import TITLES, PromptBook, Variant, description, refined, variants
from brandtune.evaluation.config import ARMS
from brandtune.evaluation.generating import GenerationCache, Writer
from brandtune.models.generation import Generated
from brandtune.models.settings import Decoding

FACTS = (
    Document(path="returns.md", title="Returns", text="Return a parcel within 45 days."),
    Document(path="delivery.md", title="Delivery", text="A parcel takes three days."),
    Document(path="hours.md", title="Opening", text="We open at nine."),
)
TASKS: dict[str, Task] = {"support_reply": SupportReply(), "label": Label()}


class Words:
    """A renderer whose tokens are words."""

    def prompt(self, messages: Sequence[Message]) -> tuple[int, ...]:
        return tuple(hash(word) for message in messages for word in message.content.split())


def example(number: int | str, question: str, answer: str, *, task: str = "support_reply", label: str = "") -> Example:
    messages = (
        Message(role="system", content=TASKS[task].system_prompt(Brand(name="Quill"))),
        Message(role="user", content=question),
        Message(role="assistant", content=answer),
    )
    return Example(example_id=f"e{number}", task=task, messages=messages, target=2, label=label or None)


TRAIN = (
    example(1, "How do I return a parcel?", "Print the label."),
    example(2, "Is my parcel late?", "It comes tomorrow."),
    example(3, "Do you sell vouchers?", "We do, up to fifty."),
    example(4, "parcel parcel where", "Somewhere.", task="label", label="order status"),
    example(5, "I want to return this", "return", task="label", label="return"),
)
ASKED = example("t", "Where is the parcel I want to return?", "SECRET REFERENCE")


def book(
    *,
    train: Sequence[Example] = TRAIN,
    documents: tuple[Document, ...] = FACTS,
    voice: str = "Be warm.",
    room: int = 9999,
    **settings_: Any,
) -> PromptBook:
    return PromptBook(
        brand=Brand(name="Quill", voice=voice, documents=documents),
        tasks=TASKS,
        train=train,
        config=EvaluationConfig(**settings_),
        renderer=Words(),  # type: ignore[arg-type]
        room=room,
    )


def contents(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in messages]


SYSTEM = ("system", "You answer customers of Quill.")
QUESTION = ("user", "Where is the parcel I want to return?")


@pytest.mark.parametrize("arm", ["base", "tuned"])
def test_the_base_and_tuned_arms_get_the_line_the_model_was_trained_with(arm: Any) -> None:
    assert contents(book().messages(ASKED, Variant(arm))) == [SYSTEM, QUESTION]


def test_the_prompted_arm_gets_the_whole_voice_guide() -> None:
    (system, question) = contents(book().messages(ASKED, Variant("prompt", guided=True)))
    assert system == ("system", "You answer customers of Quill.\n\nFollow this voice guide.\n\nBe warm.")
    assert question == QUESTION


def test_the_few_shot_arm_gets_the_nearest_worked_examples_nearest_last() -> None:
    found = contents(book(few_shot_k=2).messages(ASKED, Variant("few_shot")))
    assert found == [
        SYSTEM,
        ("user", "Is my parcel late?"),
        ("assistant", "It comes tomorrow."),
        ("user", "How do I return a parcel?"),
        ("assistant", "Print the label."),
        QUESTION,
    ]


@pytest.mark.parametrize("arm", ["rag", "tuned_rag"])
def test_retrieval_arms_get_the_nearest_facts_best_first(arm: Any) -> None:
    found = contents(book(rag_k=2).messages(ASKED, Variant(arm)))
    facts = "- Returns: Return a parcel within 45 days.\n- Delivery: A parcel takes three days."
    assert found == [("system", f"{SYSTEM[1]}\n\nFacts about Quill:\n{facts}"), QUESTION]


def test_retrieval_falls_back_on_past_answers_where_nobody_wrote_facts() -> None:
    (system, _) = contents(book(rag_k=1, documents=()).messages(ASKED, Variant("rag")))
    assert system[1].endswith("Facts about Quill:\n- How do I return a parcel?: Print the label.")


def test_labels_are_looked_up_in_past_answers_even_where_there_are_facts() -> None:
    asked = example("t", "I want to return this parcel", "return", task="label", label="return")
    (system, _) = contents(book(rag_k=1).messages(asked, Variant("rag")))
    assert system[1].endswith("- I want to return this: return")


def test_guided_prompts_for_labels_name_the_labels_of_training() -> None:
    asked = example("t", "Hm", "never seen", task="label", label="never seen")
    (system, _) = contents(book().messages(asked, Variant("prompt", guided=True)))
    assert system[1].endswith("Answer with one label and nothing else. Labels: order status, return.")


def test_a_conversations_earlier_turns_are_kept_and_later_ones_are_not() -> None:
    turns = [
        *ASKED.messages[:2],
        Message(role="assistant", content="Which one?"),
        Message(role="user", content="The parcel."),
    ]
    long = Example(
        example_id="l", task="support_reply", messages=(*turns, Message(role="assistant", content="SECRET")), target=4
    )
    for variant in (Variant("base"), Variant("few_shot"), Variant("rag"), Variant("prompt", guided=True)):
        found = contents(book().messages(long, variant))
        assert found[-3:] == contents(turns[1:])
        assert "SECRET" not in str(found)


WORDS = st.lists(
    st.sampled_from(["parcel", "return", "late", "voucher", "open", "where", "red"]), min_size=1, max_size=5
)


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(WORDS, min_size=1, max_size=4))
def test_no_arm_ever_shows_a_held_out_example(train: list[list[str]], held_out: list[list[str]]) -> None:
    """Held-out questions are in the words of training ones, so that retrieval would find them if it could."""
    shown = [example(i, " ".join(words), f"train-answer-{i}") for i, words in enumerate(train)]
    asked = [example(f"t{i}", " ".join(words), f"held-out-answer-{i}") for i, words in enumerate(held_out)]
    for documents in ((), FACTS):
        prompts = book(train=shown, documents=documents)
        for one in asked:
            for arm in ARMS:
                for variant in (*variants(arm, has_guide=True), *refined(Variant(arm), has_guide=True), Variant(arm)):
                    assert "held-out-answer" not in str(prompts.messages(one, variant))


def words(messages: Sequence[Message]) -> int:
    return len(Words().prompt(messages))


def test_shots_that_do_not_fit_are_left_out_farthest_first_and_counted() -> None:
    whole = book(few_shot_k=2).messages(ASKED, Variant("few_shot"))
    tight = book(few_shot_k=2, room=words(whole) - 1)
    found = contents(tight.messages(ASKED, Variant("few_shot")))
    assert ("user", "How do I return a parcel?") in found
    assert ("user", "Is my parcel late?") not in found
    assert tight.shortened == {"few_shot": 1}
    tight.messages(ASKED, Variant("base"))
    assert tight.shortened == {"few_shot": 1}


def test_passages_that_do_not_fit_are_left_out_worst_first_and_counted() -> None:
    whole = book(rag_k=2).messages(ASKED, Variant("tuned_rag"))
    tight = book(rag_k=2, room=words(whole) - 1)
    (system, _) = contents(tight.messages(ASKED, Variant("tuned_rag")))
    assert "45 days" in system[1]
    assert "three days" not in system[1]
    assert tight.shortened == {"tuned_rag": 1}


def test_prompts_that_fit_are_not_counted_as_shortened() -> None:
    whole = book(few_shot_k=2).messages(ASKED, Variant("few_shot"))
    exact = book(few_shot_k=2, room=words(whole))
    assert exact.messages(ASKED, Variant("few_shot")) == whole
    assert exact.fits(ASKED, Variant("few_shot"))
    assert exact.shortened == {}


def test_the_question_itself_is_never_cut() -> None:
    tiny = book(room=1)
    assert contents(tiny.messages(ASKED, Variant("few_shot"))) == [SYSTEM, QUESTION]
    assert not tiny.fits(ASKED, Variant("few_shot"))


def test_asking_whether_a_prompt_fits_counts_nothing() -> None:
    tight = book(few_shot_k=2, room=words(book(few_shot_k=2).messages(ASKED, Variant("few_shot"))) - 1)
    assert tight.fits(ASKED, Variant("few_shot"))
    assert tight.shortened == {}


def test_an_arm_with_nothing_to_show_is_the_base_arm() -> None:
    empty = book(train=(), documents=())
    for arm in ("few_shot", "rag"):
        assert contents(empty.messages(ASKED, Variant(arm))) == [SYSTEM, QUESTION]


def test_validation_chooses_among_wordings_numbers_of_examples_and_then_the_guide() -> None:
    names = {arm: [v.name for v in variants(arm, has_guide=True, shots=(1, 3))] for arm in ARMS}
    assert names == {
        "base": ["base"],
        "prompt": ["prompt", "prompt (checked)", "prompt (exemplars)"],
        "few_shot": ["few_shot of 1", "few_shot of 3"],
        "rag": ["rag"],
        "tuned": ["tuned"],
        "tuned_rag": ["tuned_rag"],
    }
    assert [v.name for v in variants("few_shot", has_guide=True, shots=(3,))] == ["few_shot"]
    assert [v.name for v in variants("prompt", has_guide=False)] == ["prompt", "prompt (exemplars)"]
    seconds = {arm: [v.name for v in refined(Variant(arm), has_guide=True)] for arm in ARMS}
    assert {arm: found for arm, found in seconds.items() if found} == {
        "few_shot": ["few_shot with voice guide"],
        "rag": ["rag with voice guide"],
    }
    assert refined(Variant("rag"), has_guide=False) == []
    assert [arm for arm in ARMS if Variant(arm).tuned] == ["tuned", "tuned_rag"]


def test_descriptions_say_what_was_retrieved_and_whether_the_guide_was_used() -> None:
    assert set(TITLES) == set(ARMS)
    assert description(Variant("rag"), has_documents=True) == "The base model with retrieved passages."
    assert description(Variant("rag"), has_documents=False) == "The base model with retrieved past answers."
    assert "voice guide is in the prompt" in description(Variant("rag", guided=True), has_documents=True)
    assert description(Variant("prompt", guided=True), has_documents=True) == TITLES["prompt"][1]


# Settings


def test_arms_come_in_the_houses_order_each_once() -> None:
    assert EvaluationConfig(arms=("tuned", "rag", "base", "rag")).arms == ("base", "rag", "tuned")


@pytest.mark.parametrize("arms", [(), ("tuned",), ("tuned", "tuned_rag"), ("base", "rag"), ("base", "tuned_rag")])
def test_a_comparison_needs_the_tuned_arm_and_one_that_is_not(arms: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="arms must hold `tuned` and at least one arm that is not tuned"):
        EvaluationConfig(arms=arms)


@pytest.mark.parametrize(
    "wrong",
    [
        {"worthwhile": 0},
        {"worthwhile": 1},
        {"resamples": 10},
        {"few_shot_k": 0},
        {"few_shot_k": []},
        {"few_shot_k": [1, 0]},
        {"max_test": 0},
        {"gate": {}},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EvaluationConfig(**wrong)


def test_a_gate_is_switched_off_with_null_but_margins_are_never_negative() -> None:
    assert GatesConfig(facts_margin=None).facts_margin is None
    with pytest.raises(ValidationError):
        GatesConfig(facts_margin=-0.1)


# Generation that remembers


def generated(text: str) -> Generated:
    return Generated(text=text, num_prompt_tokens=3, num_reply_tokens=1, finished=True, seconds=0.5)


class FakeModel:
    """Stands in for a model: a renderer and a fingerprint."""

    def __init__(self, fingerprint: str = "base") -> None:
        self.renderer, self.fingerprint = Words(), fingerprint


class Counter:
    """A bar, and the fake generation that counts its batches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[int] = []
        self.advanced = 0.0
        monkeypatch.setattr(generating, "generate_batch", self.generate)

    def generate(self, model: FakeModel, prompts: Sequence[Sequence[int]], *, decoding: Decoding) -> list[Generated]:
        self.batches.append(len(prompts))
        return [generated(f"{model.fingerprint}:{len(prompt)} words") for prompt in prompts]

    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        self.advanced += amount


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


PROMPTS = [[Message(role="user", content="word " * count)] for count in (5, 1, 4, 2, 3)]
IN_ORDER = [f"base:{count} words" for count in (5, 1, 4, 2, 3)]


def write(
    counter: Counter, path: Path | None, *, model: FakeModel | None = None, prompts: Any = PROMPTS, **settings_: Any
) -> list[str]:
    decoding = Decoding(batch_size=2, **settings_)
    writer = Writer(model or FakeModel(), decoding=decoding, cache=GenerationCache(path))  # type: ignore[arg-type]
    return [result.text for result in writer.write(prompts, bar=counter, note="")]


def test_replies_come_in_the_order_of_prompts(counter: Counter) -> None:
    assert write(counter, None) == IN_ORDER
    assert (counter.batches, counter.advanced) == ([2, 2, 1], 5)


def test_what_was_generated_is_not_generated_again_by_a_later_process(counter: Counter, tmp_path: Path) -> None:
    write(counter, tmp_path / "g.jsonl")
    assert write(counter, tmp_path / "g.jsonl") == IN_ORDER
    assert (len(counter.batches), counter.advanced) == (3, 10)


@pytest.mark.parametrize(
    "change",
    [
        {"model": FakeModel("tuned")},
        {"max_new_tokens": 9},
        {"prompts": [[Message(role="user", content="x")]]},
    ],
    ids=["model", "decoding", "prompts"],
)
def test_another_model_decoding_or_prompt_is_generated_anew(
    counter: Counter, tmp_path: Path, change: dict[str, Any]
) -> None:
    write(counter, tmp_path / "g.jsonl")
    write(counter, tmp_path / "g.jsonl", **change)
    assert len(counter.batches) > 3


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_last_line_cut_off_by_a_kill_costs_that_batch_only(counter: Counter, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "g.jsonl"
    write(counter, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert write(counter, path) == IN_ORDER
    assert len(counter.batches) == 4
    assert path.read_bytes() == whole


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_wherever_the_file_was_cut_whole_batches_survive_and_new_ones_can_follow(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cache") / "g.jsonl"
    cache = GenerationCache(path)
    for key in "abc":
        cache.add(key, [generated(f"{key} says é\n")])
    whole = path.read_bytes()
    kept = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:kept])
    again = GenerationCache(path)
    assert list(again.known) == list("abc")[: whole[:kept].count(b"\n")]
    again.add("d", [generated("new")])
    assert list(GenerationCache(path).known) == [*list(again.known)[:-1], "d"]


def test_what_is_remembered_is_what_was_generated(tmp_path: Path) -> None:
    results = [generated("é\n"), Generated("", 0, 0, False, 0.25)]
    GenerationCache(tmp_path / "g.jsonl").add("key", results)
    assert GenerationCache(tmp_path / "g.jsonl").known == {"key": results}
    line = msgspec.json.decode((tmp_path / "g.jsonl").read_bytes())
    assert line == {"key": "key", "results": [asdict(result) for result in results]}


def test_without_a_file_everything_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache = GenerationCache(None)
    cache.add("key", [generated("x")])
    assert cache.known == {"key": [generated("x")]}
    assert list(tmp_path.iterdir()) == []
