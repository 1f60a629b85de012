"""Probes: nothing of them is in training text, and the score tells a model that reads its context from one that guesses."""

import re
from pathlib import Path

import pytest

probes = pytest.importorskip("starter.base.probes", reason="tests run outside the project's folder")

from starter.base import matching  # noqa: E402
from starter.base.context import documents  # noqa: E402
from starter.base.facts import fact_kinds  # noqa: E402
from starter.base.phrases import GRAMMAR  # noqa: E402
from starter.base.slots import Slots  # noqa: E402
from starter.base.talk import topics  # noqa: E402

NUM = 150


class Noting(Slots):
    """Slots that write down what they gave."""

    given: set[str] = set()

    def value(self, kind: str) -> str:
        value = super().value(kind)
        if kind != "weekday":
            self.given.add(value)
        return value

    def made_up(self) -> str:
        word = super().made_up()
        self.given.add(word)
        return word


@pytest.fixture(scope="module")
def made() -> probes.Probes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probes, "Slots", Noting)
        return probes.probes(NUM)


@pytest.fixture(scope="module")
def training_text() -> str:
    return "\n".join(document["text"] for document in documents(2000, seed=11)).casefold()


@pytest.fixture(scope="module")
def training_words(training_text) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", training_text))


def _occurs(value: str, folded: str, words: frozenset[str]) -> bool:
    """Looks at the words first: searching for each of thousands of values in megabytes would take long."""
    return words.issuperset(re.findall(r"\w+", value.casefold())) and bool(matching.whole(value).search(folded))


def test_no_value_of_a_probe_is_in_training_text(made, training_text, training_words) -> None:
    found = [value for value in Noting.given if _occurs(value, training_text, training_words)]
    assert len(Noting.given) > 1000
    assert not found


def test_no_template_of_a_probe_is_in_training_text(training_text) -> None:
    lines = [
        line
        for file in sorted(GRAMMAR.glob("probe_*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    pieces = {piece.strip(" .,:;!?").casefold() for line in lines for piece in re.split(r"\{\w+\}|^[SQAUR] |\\n", line)}
    long_enough = {piece for piece in pieces if len(piece.split()) >= 3}
    assert len(long_enough) > 120
    assert not [piece for piece in long_enough if piece in training_text]


def test_no_kind_of_fact_topic_or_label_is_shared(made, training_text, training_words) -> None:
    assert not {k.name for k in fact_kinds("facts.txt")} & {k.name for k in fact_kinds("probe_facts.txt")}
    assert not {t.name for t in topics("talk.txt")} & {t.name for t in topics("probe_talk.txt")}
    labels = {label for choice in made.few_shot for label in choice.answers}
    assert not [label for label in labels if _occurs(label, training_text, training_words)]


def test_items_are_sound(made) -> None:
    for choice in (*made.copy, *made.few_shot):
        assert choice.right in choice.answers
        assert len(choice.answers) >= 2
        context = "\n".join(message.content for message in choice.messages)
        assert all(answer in context for answer in choice.answers)
    for choice in made.few_shot:  # balanced examples: no label is likelier for having been seen more often
        context = "\n".join(message.content for message in choice.messages)
        counts = {len(re.findall(rf"\b{re.escape(answer)}\b", context)) for answer in choice.answers}
        assert len(counts) == 1
    for pair in made.instruction:
        assert pair.prompts[0] != pair.prompts[1] and pair.replies[0] != pair.replies[1]
        if pair.obeys:
            told = [[check(reply) for check in pair.obeys] for reply in pair.replies]
            assert told == [[True, False], [False, True]], pair


def test_a_model_that_reads_scores_full_marks_and_one_that_does_not_scores_nothing(made, monkeypatch) -> None:
    from starter.base import scoring

    from brandtune.models.generation import Generated

    right = {choice.messages: choice.right for choice in (*made.copy, *made.few_shot)}
    right |= {
        prompt: reply for pair in made.instruction for prompt, reply in zip(pair.prompts, pair.replies, strict=True)
    }

    def answering(reply_to):
        def generate(model, prompts, *, decoding):
            return [Generated(reply_to(tuple(p)), 1, 1, True, 0.0) for p in prompts]

        def losses(model, asked):
            return [0.0 if reply_to(tuple(prompt)) == reply else 1.0 for prompt, reply in asked]

        return generate, losses

    for reply_to, share in ((lambda prompt: right.get(prompt, ""), 1.0), (lambda prompt: "I do not know", 0.0)):
        generate, losses = answering(reply_to)
        monkeypatch.setattr(scoring, "generate", generate)
        monkeypatch.setattr(scoring, "_losses", losses)
        found = scoring.score_probes(None, made)
        for skill in ("copy", "few_shot", "instruction"):
            written = found[skill]["written"]
            # Whatever is said, a few orders are met by accident: it is one sentence, say.
            assert written["share"] == share or (share == 0.0 and skill == "instruction" and written["p_value"] > 0.1)
        assert (found["instruction"]["likelier"]["share"] == 1.0) == (share == 1.0)
        assert (found["instruction"]["likelier"]["p_value"] < 0.001) == (share == 1.0)


def test_a_random_network_guesses(tmp_path: Path) -> None:
    from starter.base import scoring
    from tiny_models import write_tiny_model

    from brandtune.models import load_model

    model = load_model(str(write_tiny_model(tmp_path)), precision="fp32")
    found = scoring.score_probes(model, probes.probes(12))
    assert {"copy", "few_shot", "instruction"} <= set(found)
    assert all(score["p_value"] > 0.001 for scores in found.values() for score in scores.values())


@pytest.mark.parametrize("value, text, there", [
    ("5 kg", "it weighs 15 kg", False), ("5 kg", "Weight: 5 kg.", True), ("€2", "costs €2.50", False),
    ("€2", "€2, please", True), ("ble", "table", False), ("12:30", "at 12:30 pm", True),
])  # fmt: skip
def test_a_value_stands_there_only_as_a_whole(value: str, text: str, there: bool) -> None:
    assert matching.stands_in(value, text) is there
