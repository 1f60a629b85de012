"""What answers are worth: each part by hand, the sum of parts, and what happens when a part goes wrong."""

from pathlib import Path

import pytest

from brandtune.core.brand import Document
from brandtune.core.errors import BrandtuneError, ConfigError
from brandtune.core.examples import Example, Message
from brandtune.scoring.claims import FactBook
from brandtune.scoring.rules import load_rules
from brandtune.training.config import OnlineConfig, PhaseConfig, TrainingConfig
from brandtune.training.rewards.answers import Answer, Part, Rewards, mean_worth, plain, rewards_from
from brandtune.training.rewards.config import (
    FactsReward,
    FormReward,
    LengthReward,
    ModelReward,
    PythonReward,
    ReferenceReward,
    RulesReward,
)
from brandtune.training.rewards.making import Means, rewards_of
from brandtune.training.rewards.parts import UsualLength


def example(reference: str = "Send it back within 45 days.", *, task: str = "support_reply", question: str = "Hi?"):
    messages = (Message(role="user", content=question), Message(role="assistant", content=reference))
    return Example(example_id=reference[:9] + task, task=task, messages=messages, target=1)


def answer(text: str, *, ended: bool = True, **of) -> Answer:
    return Answer(example(**of), text, ended)


@pytest.fixture
def rules(tmp_path: Path):
    for name, level, token, tasks in (
        ("Loud", "error", "!", ""), ("Slang", "error", "yo", ""), ("Dull", "warning", "very", ""),
        ("Subject", "error", "Re:", "tasks: [campaign_copy]\n"),
    ):  # fmt: skip
        text = f"extends: existence\nmessage: no\nlevel: {level}\nnonword: true\ntokens: ['{token}']\n{tasks}"
        (tmp_path / f"{name}.yml").write_text(text)
    return load_rules(tmp_path)


def of(settings, texts, **means) -> list[float]:
    part = rewards_of([settings], means=Means(**means)).parts[0]
    return list(part.score([one if isinstance(one, Answer) else answer(one) for one in texts]))


def test_rules_give_the_share_that_is_passed(rules):
    found = of(RulesReward(kind="rules"), ["Fine.", "Fine!", "yo! yo!", "very Re: dull", "", "  "], rules=rules)
    assert found == [1, 0.5, 0, 1, 0, 0]
    copy = answer("Re: this", task="campaign_copy")
    assert of(RulesReward(kind="rules"), [copy], rules=rules) == [pytest.approx(2 / 3)]
    warned = of(RulesReward(kind="rules", level="warning"), ["very dull!"], rules=rules)
    assert warned == [pytest.approx(1 / 3)]


def test_facts_give_the_share_of_figures_that_are_right():
    document = Document(path="returns.md", title="Returns", text="You can return a parcel within 45 days of delivery.")
    facts = FactBook.from_documents([document])
    right, wrong = "You can return the parcel within 45 days.", "You can return the parcel within 30 days."
    assert of(FactsReward(kind="facts"), [right, wrong, "Hello.", ""], facts=facts) == [1, 0, 1, 1]


def test_length_falls_off_in_proportion():
    settings = LengthReward(kind="length", shortest=10, longest=20)
    assert of(settings, ["x" * 5, "x" * 10, "x" * 20, "x" * 40, ""]) == [0.5, 1, 1, 0.5, 0]


def test_usual_lengths_are_those_of_the_task():
    examples = [example("x" * 100), example("x" * 10, task="label")]
    part = UsualLength.of(examples, shortest=None, longest=None)
    assert part.limits == {"support_reply": (50, 150), "label": (5, 15)}
    found = part([answer("x" * 10), answer("x" * 10, task="label"), answer("x" * 10, task="never seen")])
    assert found == [0.2, 1, 1]


def test_form_takes_a_third_for_each_fault():
    texts = [answer("Fine."), answer("Fine.", ended=False), answer("Mail [EMAIL]."),
             answer("<|im_start|> [PHONE]", ended=False), answer("Dear [CUSTOMER_NAME]"),
             answer("We wrote to [EMAIL].", question="My mail is [EMAIL]")]  # fmt: skip
    expected = [1, 2 / 3, 2 / 3, 0, 1, 1]
    assert of(FormReward(kind="form"), texts) == [pytest.approx(value) for value in expected]


def test_reference_is_likeness_to_what_people_wrote():
    same, near, empty = of(
        ReferenceReward(kind="reference"),
        [answer("Send it.", reference="Send it."), answer("Send ix.", reference="Send it."), answer("", reference="a")],
    )
    assert same == 1 > near > 0.8 > empty == 0


def test_functions_of_your_own_from_a_file_and_from_a_module(tmp_path):
    (tmp_path / "own.py").write_text("def short(prompt, answer):\n    return -len(answer) + len(prompt[0].content)\n")
    assert of(PythonReward(kind="python", entry="own.py:short"), ["four"], directory=tmp_path) == [-1]
    with pytest.raises(BrandtuneError, match="failed with TypeError"):
        of(PythonReward(kind="python", entry="math:sqrt"), ["four"])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("gone.py:f", "there is no file"),
        ("own.py:g", "has no function `g`"),
        ("broken.py:f", r"cannot be imported \(SyntaxError"),
        ("no.such.module:f", r"cannot be imported \(ModuleNotFoundError"),
    ],
)
def test_a_function_that_is_not_there_says_so(tmp_path, entry, said):
    (tmp_path / "own.py").write_text("def f(prompt, answer): return 1\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    with pytest.raises(ConfigError, match=said):
        rewards_of([PythonReward(kind="python", entry=entry)], means=Means(directory=tmp_path))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (RulesReward(kind="rules"), "the brand has no rules of level error"),
        (FactsReward(kind="facts"), "state no figures to go by"),
        (ModelReward(kind="model"), "there is no reward model"),
        (ModelReward(kind="model", path="nowhere"), "there is no reward model at"),
    ],
)
def test_a_part_with_nothing_to_go_by_is_refused(settings, said):
    with pytest.raises(ConfigError, match=said):
        rewards_of([settings], means=Means())


def test_the_sum_is_weighted_and_every_part_is_noted():
    length = LengthReward(kind="length", shortest=10, longest=20)
    rewards = rewards_of([FormReward(kind="form", weight=3), length, length], means=Means())
    found = rewards.of([answer("x" * 5), answer("x" * 10)])
    assert [one.total for one in found] == [3 + 0.5 + 0.5, 3 + 1 + 1]
    assert found[0].parts == {"form": 1, "length": 0.5, "length_2": 0.5}
    assert mean_worth(found) == {"reward": 4.5, "reward/form": 1, "reward/length": 0.75, "reward/length_2": 0.75}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "good"])
def test_a_reward_that_is_no_number_stops_with_its_name_and_no_text(value):
    rewards = Rewards((Part("own", plain(lambda prompt, text: value, name="own")),))
    with pytest.raises(BrandtuneError, match="the reward `own`") as caught:
        rewards.of([answer("a secret")])
    assert "secret" not in str(caught.value)


def test_a_part_that_gives_too_few_is_found_out():
    with pytest.raises(BrandtuneError, match="gave 1 for 2 answers"):
        Rewards((Part("own", lambda answers: [1.0]),)).of([answer("a"), answer("b")])


def test_a_plain_function_is_a_reward():
    assert rewards_from(lambda prompt, text: len(text) + len(prompt)).of([answer("four")])[0].total == 5


def test_phases_take_over_what_they_do_not_name():
    settings = TrainingConfig(
        epochs=3, learning_rate=1e-3, batch_size=2, start="champion", keep="last",
        then=(
            PhaseConfig(objective="reward"),
            PhaseConfig(objective="rloo", batch_size=8, reward=(ModelReward(kind="model"),), online=OnlineConfig(samples=3)),
        ),
    )  # fmt: skip
    first, second, third = settings.phases
    assert (first.objective, first.epochs, first.start, first.then) == ("sft", 3, "champion", ())
    assert (second.objective, second.epochs, second.learning_rate, second.batch_size) == ("reward", 1, "auto", 2)
    assert (third.start, third.keep, third.batch_size, third.online.samples) == ("", "last", 8, 3)
    assert TrainingConfig().phases == (TrainingConfig(),)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"reward": [{"kind": "form"}]}, "no phase has an objective that uses it"),
        ({"objective": "grpo", "reward": [{"kind": "model"}]}, "an earlier phase with objective: reward"),
        (
            {"then": [{"objective": "grpo", "reward": [{"kind": "model"}]}, {"objective": "reward"}]},
            "an earlier phase with objective: reward",
        ),
        ({"objective": "grpo", "reward": [{"kind": "length", "shortest": 9, "longest": 8}]}, "shortest is longer"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        TrainingConfig.model_validate(settings)
