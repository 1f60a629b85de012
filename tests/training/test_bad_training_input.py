"""Bad input to training: what is wrong is named with its place, what is left out is counted, and nothing is half-written."""

import builtins
import json
import shutil

import pytest
from msgspec.structs import replace
from test_methods_and_objectives import GOOD, config, examples, preferences, prompt, rated
from tiny_models import PLAIN_CHATML, write_tiny_model
from transformers import AutoTokenizer

import brandtune as bt
from brandtune.core.errors import ConfigError, DataError, EmptyDatasetError, MissingPartError
from brandtune.core.examples import Example, Message, Preference, Rated
from brandtune.core.progress import Silent
from brandtune.core.records import Origin
from brandtune.models import load_model
from brandtune.training import train
from brandtune.training.config import OnlineConfig


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


class Listening(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def run(base, folder, rows, *, progress=None, start=None, validation=(), reward=None, **changes):
    model = load_model(base, precision="fp32")
    settings = config(**{"epochs": 1, "validations": 1} | changes)
    return train(
        rows, model=model, config=settings, output=folder, progress=progress, start=start, validation=validation,
        reward=reward,
    )  # fmt: skip


def chat(answer: str, *, question: str = "Why?", row: int = 7) -> Example:
    messages = (*prompt(question), Message(role="assistant", content=answer))
    return Example(
        example_id=f"row{row}", task="t", messages=messages, target=2, origin=Origin(source="chats.jsonl", line=row)
    )


def test_what_is_longer_than_the_context_is_left_out_and_counted_with_its_place(base, tmp_path):
    rows = [*examples()[:3], chat("tent " * 900)]
    done = run(base, tmp_path / "out", rows, validation=[examples()[3], chat("rope " * 900, row=9)])
    assert done.num_examples == 3
    assert [(row.step, row.reason, str(row.origin)) for row in done.left_out] == [
        ("train", "longer than the model's context", "chats.jsonl:7"),
        ("validation", "longer than the model's context", "chats.jsonl:9"),
    ]


def test_rated_answers_borrow_from_training_or_are_left_out(base, tmp_path):
    """KTO sets each against an answer to another prompt: one held-out row has no other, and a long prompt no room for any."""
    longest = " ".join(f"tent {n}" for n in range(110))
    cramped = Rated(
        rated_id="cramped", task="t", prompt=prompt(longest), completion="No.", good=False, evidence="csat",
        origin=Origin(source="ratings.csv", line=3),
    )  # fmt: skip
    rows = rated()
    renderer = load_model(base, precision="fp32").renderer
    room = len(renderer.render([*cramped.prompt, Message(role="assistant", content=cramped.completion)]).token_ids)
    done = run(base, tmp_path / "out", [*rows[:8], cramped], validation=rows[8:9], objective="kto", max_tokens=room)
    assert done.num_examples == 8
    assert [(row.id, row.step, row.reason, str(row.origin)) for row in done.left_out] == [
        ("cramped", "train", "it cannot be set against the answer to another prompt", "ratings.csv:3")
    ]
    assert done.loss_before == pytest.approx(0.5, abs=0.01)  # the held-out row was measured


@pytest.mark.parametrize("objective", ["sft", "grpo"])
def test_rows_of_weight_nothing_are_left_out_and_said(base, tmp_path, objective):
    rows = [replace(row, weight=0.0) if n % 4 else row for n, row in enumerate(examples()[:8])]
    settings = {"objective": objective, "batch_size": 2, "online": OnlineConfig(samples=2, max_new_tokens=4)}
    reward = (lambda given, answer: float(len(answer))) if objective == "grpo" else None
    done = run(base, tmp_path / "out", rows, reward=reward, **settings)
    assert done.num_examples == 2
    assert {(row.step, row.reason) for row in done.left_out} == {("train", "its weight is 0")}
    assert len(done.left_out) == 6
    nothing = [replace(row, weight=0.0) for row in rows]
    with pytest.raises(EmptyDatasetError, match="none of the 8 training examples can be used: 8 × its weight is 0"):
        run(base, tmp_path / "none", nothing, reward=reward, **settings)


def test_a_row_without_an_assistant_turn_is_named(base, tmp_path):
    path = tmp_path / "chats.jsonl"
    good = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}
    path.write_text(f"{json.dumps(good)}\n\n{json.dumps({'messages': good['messages'][:1]})}\n")
    with pytest.raises(DataError, match=r"chats.jsonl:3: .*no assistant turn"):
        bt.train(path, base=base, output=tmp_path / "out")
    nobody = Example(
        example_id="e1", task="t", messages=prompt("Why?"), target=1, origin=Origin(source="a.csv", line=12)
    )
    with pytest.raises(DataError, match=r"a.csv:12: the conversation has no assistant turn"):
        run(base, tmp_path / "out", [*examples()[:2], nobody])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "a", "completion": " "},
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]},
        {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "\n"}]},
        {"instruction": "a", "output": ""},
        {"prompt": "a", "chosen": "", "rejected": "b"},
        {"prompt": "a", "completion": "", "label": True},
    ],
    ids=["completion", "messages", "sharegpt", "alpaca", "pair", "rated"],
)
def test_an_empty_answer_is_named_in_every_shape(row):
    from brandtune.training.shapes import learnable

    with pytest.raises(DataError, match=r"row:2: .*empty"):
        learnable([{"prompt": "a", "completion": "b"}, row])


@pytest.mark.parametrize(
    ("objective", "rows", "bad"),
    [
        ("sft", examples, chat(" \n ")),
        ("dpo", preferences, Preference(preference_id="row7", task="t", prompt=prompt("a"), chosen="x", rejected=" ",
                                        evidence="edit", origin=Origin(source="chats.jsonl", line=7))),
        ("kto", rated, Rated(rated_id="row7", task="t", prompt=prompt("a"), completion="", good=True, evidence="csat",
                             origin=Origin(source="chats.jsonl", line=7))),
    ],
)  # fmt: skip
def test_an_empty_answer_among_curated_rows_is_left_out_and_counted(base, tmp_path, objective, rows, bad):
    done = run(base, tmp_path / "out", [*rows()[:6], bad], objective=objective)
    assert done.num_examples == 6
    assert [(row.id, row.reason, str(row.origin)) for row in done.left_out] == [
        ("row7", "an answer is empty", "chats.jsonl:7")
    ]


def test_a_pair_of_the_same_answers_teaches_nothing_and_is_left_out(base, tmp_path):
    same = Preference(
        preference_id="same", task="t", prompt=prompt("a"), chosen="Yes. ", rejected="Yes.", evidence="edit"
    )
    done = run(base, tmp_path / "out", [*preferences()[:3], same], objective="dpo")
    assert [(row.id, row.reason) for row in done.left_out] == [("same", "both answers are the same")]


def test_where_nothing_is_left_all_reasons_are_said(base, tmp_path):
    with pytest.raises(EmptyDatasetError, match="none of the 3 training examples can be used: 2 × an answer is empty"):
        run(base, tmp_path / "out", [chat(""), chat(" "), chat("tent " * 900)])
    with pytest.raises(EmptyDatasetError, match="no training example fits into 512 tokens"):
        run(base, tmp_path / "out", [chat("tent " * 900)])
    with pytest.raises(EmptyDatasetError, match="there is no training example"):
        bt.train([], base=base, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_template_without_markers_trains_to_the_same_loss(base, tmp_path):
    plain = write_tiny_model(tmp_path / "plain", template=PLAIN_CHATML)
    templates = [AutoTokenizer.from_pretrained(folder).chat_template for folder in (plain, base)]
    assert ["generation -%}" in template for template in templates] == [False, True]
    done, marked = (run(str(folder), tmp_path / name, examples()[:4], validation=examples()[4:])
                    for name, folder in (("a", plain), ("b", base)))  # fmt: skip
    assert done.loss_before == pytest.approx(marked.loss_before, rel=1e-5)


@pytest.mark.parametrize(
    ("there", "changed", "why"),
    [
        ("['content'] | trim", "['content'] | upper", "the loss mask would be a guess"),
        ("message in messages", "message in messages[-2:]", "trained on one thing and asked another"),
    ],
)
def test_a_template_from_which_no_mask_follows_is_refused(tmp_path, there, changed, why):
    assert there in PLAIN_CHATML
    base = write_tiny_model(tmp_path / "base", template=PLAIN_CHATML.replace(there, changed))
    rows = [{"messages": [{"role": role, "content": "x"} for role in ("user", "assistant") * 2]}]
    with pytest.raises(ConfigError, match=why):
        bt.train(rows, base=str(base), output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_base_without_a_chat_template_says_what_to_do(tmp_path):
    base = write_tiny_model(tmp_path / "base")
    for path in base.glob("chat_template*"):
        path.unlink()
    settings = json.loads((base / "tokenizer_config.json").read_text())
    settings.pop("chat_template", None)
    (base / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(ConfigError, match=r"has no chat template.*instruction-tuned base"):
        bt.train([{"prompt": "a", "completion": "b"}], base=str(base), output=tmp_path / "out")


@pytest.fixture(scope="module")
def adapter(base, tmp_path_factory):
    return run(base, tmp_path_factory.mktemp("adapter") / "out", examples()[:4]).adapter


def test_an_adapter_of_another_vocabulary_is_refused_though_its_shapes_fit(base, tmp_path, adapter):
    other = write_tiny_model(tmp_path / "other")
    tokenizer = AutoTokenizer.from_pretrained(other)
    tokenizer.add_tokens(["Larkspur"])
    tokenizer.save_pretrained(other)
    size = len(tokenizer)
    with pytest.raises(
        ConfigError, match=f"vocabulary of {size - 1:,} tokens, the base .*other has another one of {size:,}"
    ):
        run(str(other), tmp_path / "out", examples()[:4], start=adapter)
    assert not (tmp_path / "out").exists()
    again = run(base, tmp_path / "again", examples()[:4], start=adapter)
    assert again.num_examples == 4


def test_another_vocabulary_of_the_same_size_is_found_out_too(tmp_path, adapter):
    other = write_tiny_model(tmp_path / "other")
    text = json.loads((other / "tokenizer.json").read_text())
    words = text["model"]["vocab"]
    one, two = [word for word in words if word.isalpha() and len(word) == 1][:2]
    words[one], words[two] = words[two], words[one]
    (other / "tokenizer.json").write_text(json.dumps(text))
    with pytest.raises(ConfigError, match=r"tokens that are not the 8,192 of the base .*other\. Name the base"):
        run(str(other), tmp_path / "out", examples()[:4], start=adapter)


def test_an_adapter_of_a_deeper_base_is_refused_though_its_shapes_fit(base, tmp_path, adapter):
    shallow = tmp_path / "shallow"
    shutil.copytree(base, shallow)
    facts = json.loads((shallow / "config.json").read_text())
    (shallow / "config.json").write_text(json.dumps({**facts, "num_hidden_layers": 1}))
    with pytest.raises(ConfigError, match="of its weights have no place in it"):
        run(str(shallow), tmp_path / "out", examples()[:4], start=adapter)


def test_an_adapter_made_elsewhere_that_fits_is_gone_on_with(base, tmp_path, adapter):
    foreign = tmp_path / "foreign"
    shutil.copytree(adapter, foreign)
    (foreign / "brandtune.json").unlink()
    assert run(base, tmp_path / "out", examples()[:4], start=foreign).num_examples == 4


@pytest.mark.parametrize(("objective", "rows"), [("sft", examples), ("dpo", preferences), ("reward", preferences)])
def test_one_example_is_enough_to_run(base, tmp_path, objective, rows):
    done = run(base, tmp_path / "out", rows()[:1], objective=objective, batch_size=8)
    assert (done.num_examples, done.num_steps) == (1, 1)


def test_one_rated_answer_is_not_enough_and_says_why(base, tmp_path):
    with pytest.raises(
        EmptyDatasetError, match=r"none of the 1 training examples .*cannot be set against .*Add rated answers"
    ):
        run(base, tmp_path / "out", rated()[:1], objective="kto")


def test_examples_that_are_all_the_same_train_and_are_said(base, tmp_path):
    told, quiet = Listening(), Listening()
    done = run(base, tmp_path / "same", [chat(GOOD, row=i) for i in range(5)], progress=told)
    assert done.num_examples == 5
    assert any("all 5 training examples are the same" in text for text in told.said)
    run(base, tmp_path / "other", examples()[:5], progress=quiet)
    assert not any("are the same" in text for text in quiet.said)


def test_a_reward_that_tells_nothing_apart_is_said(base, tmp_path):
    told = Listening()
    rows = [{"prompt": "Why?", "completion": "x"}]
    bt.train(rows, base=base, output=tmp_path / "out", epochs=1, precision="fp32", progress=told,
             objective=bt.GRPO(lambda prompt, answer: 1.0, samples=2, max_new_tokens=2))  # fmt: skip
    assert any("earned the same reward, in every step" in text for text in told.said)


def test_a_missing_optional_part_is_named_with_what_to_install(base, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] in ("mlflow", "wandb"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in ("mlflow", "wandb"):
        with pytest.raises(MissingPartError, match=f"`{name}` is not installed. pip install {name}"):
            train(
                examples()[:2], model=load_model(base, precision="fp32"), config=config(track=(name,)),
                output=tmp_path / "out", work=tmp_path / "work",
            )  # fmt: skip
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "said"), [("start", "adapter=folder"), ("then", "again"), ("reward", "bt.GRPO")])
def test_settings_of_the_journey_are_not_silently_ignored_as_a_library(base, tmp_path, name, said):
    with pytest.raises(ConfigError, match=f"`{name}` is a setting of the journey.*{said}"):
        bt.train([{"prompt": "a", "completion": "b"}], base=base, output=tmp_path / "out", **{name: ()})
