"""`bt.train` takes what people have: rows of every common shape, files, datasets; and chains one result to the next."""

import json

import pytest
from safetensors.torch import load_file
from tiny_models import write_tiny_model

import brandtune as bt
from brandtune.core.errors import ConfigError, DataError, NotFoundError, UsageError
from brandtune.core.examples import Example, Preference, Rated
from brandtune.training.shapes import learnable

ASKED, SAID = "Where is my order?", "On its way."
USER, ASSISTANT = {"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}
EXAMPLES = {
    "openai": {"messages": [{"role": "system", "content": "Be kind."}, USER, ASSISTANT]},
    "developer": {"messages": [{"role": "developer", "content": "Be kind."}, USER, ASSISTANT]},
    "trl": {"prompt": [{"role": "system", "content": "Be kind."}, USER], "completion": [ASSISTANT]},
    "sharegpt": {
        "conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": SAID}],
        "system": "Be kind.",
    },
    "alpaca": {"instruction": ASKED, "input": "", "output": SAID, "system": "Be kind."},
}
PREFERENCES = {
    "trl": {"prompt": [USER], "chosen": [ASSISTANT], "rejected": [{"role": "assistant", "content": "No."}]},
    "plain": {"prompt": ASKED, "chosen": SAID, "rejected": "No."},
    "openai": {"input": {"messages": [USER], "tools": []}, "preferred_output": [ASSISTANT],
               "non_preferred_output": [{"role": "assistant", "content": "No."}]},
}  # fmt: skip


@pytest.mark.parametrize("shape", EXAMPLES)
def test_shapes_of_examples(shape):
    (found,) = learnable([EXAMPLES[shape]])
    assert isinstance(found, Example)
    assert [(m.role, m.content) for m in found.messages] == [
        ("system", "Be kind."),
        ("user", ASKED),
        ("assistant", SAID),
    ]


@pytest.mark.parametrize("shape", PREFERENCES)
def test_shapes_of_preferences(shape):
    (found,) = learnable([PREFERENCES[shape]])
    assert isinstance(found, Preference)
    assert (found.prompt[-1].content, found.chosen, found.rejected) == (ASKED, SAID, "No.")


def test_rated_answers():
    (found,) = learnable([{"prompt": [USER], "completion": [ASSISTANT], "label": False}])
    assert isinstance(found, Rated) and not found.good


def test_input_and_instruction_of_alpaca_are_both_asked():
    (found,) = learnable([{"instruction": "Translate.", "input": "Hello", "output": "Hallo"}])
    assert found.messages[0].content == "Translate.\n\nHello"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "hello"}, "keys text is of no known shape"),
        ({"messages": [USER]}, "no assistant turn"),
        ({"messages": [USER, {"role": "assistant", "content": "  "}]}, "an assistant turn is empty"),
        ({"messages": [USER, {"role": "tool", "content": "x"}, ASSISTANT]}, "'tool' is not supported"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}, ASSISTANT]}, "is not text"),
        ({"prompt": ASKED, "completion": SAID, "label": "yes"}, "neither true nor false"),
        ({"prompt": ASKED, "chosen": SAID, "rejected": " "}, "an answer is empty"),
        (["messages"], "a row is a list"),
    ],
)
def test_bad_rows_are_named(tmp_path, row, message):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(EXAMPLES["openai"]) + "\n\n" + json.dumps(row) + "\n")
    with pytest.raises(DataError, match=message) as caught:
        learnable(path)
    assert "rows.jsonl:3" in str(caught.value)


def test_a_broken_line_and_a_missing_file_are_named(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"messages": [\n')
    with pytest.raises(DataError, match=r"rows\.jsonl:1"):
        learnable(tmp_path / "rows.jsonl")
    with pytest.raises(NotFoundError):
        learnable(tmp_path / "none.jsonl")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def rows(count: int = 8) -> list[dict[str, object]]:
    return [{"prompt": f"Where is order {i}?", "completion": "It is on its way to you."} for i in range(count)]


def pairs(count: int = 8) -> list[dict[str, object]]:
    return [{"prompt": f"Where is order {i}?", "chosen": "It is on its way.", "rejected": "No."} for i in range(count)]


def test_a_dataset_of_the_datasets_library(base, tmp_path):
    datasets = pytest.importorskip("datasets")
    done = bt.train(
        datasets.Dataset.from_list(rows()), base=base, method=bt.LoRA(rank=4), objective=bt.SFT(), epochs=2,
        validation=rows(2), output=tmp_path / "out", learning_rate=5e-3, precision="fp32",
    )  # fmt: skip
    assert done.loss_after < done.loss_before
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()


def test_preferences_go_on_where_supervised_tuning_ended(base, tmp_path):
    common = {"base": base, "epochs": 2, "learning_rate": 5e-3, "precision": "fp32"}
    first = bt.train(rows(), method=bt.LoRA(rank=4), output=tmp_path / "sft", **common)
    then = bt.train(
        pairs(),
        objective=bt.DPO(beta=0.2),
        adapter=first.adapter,
        validation=pairs(3),
        output=tmp_path / "dpo",
        **(common | {"learning_rate": 1e-3, "epochs": 6}),
    )
    assert then.loss_before == pytest.approx(0.6931, abs=1e-4)  # the reference is the model after the first step
    assert then.loss_after < then.loss_before
    before, after = (load_file(one.adapter / "adapter_model.safetensors") for one in (first, then))
    assert before.keys() == after.keys()
    assert all(before[name].shape == after[name].shape for name in before)


def test_an_adapter_of_another_base_is_refused(base, tmp_path):
    first = bt.train(rows(), base="starter", method=bt.LoRA(rank=4), output=tmp_path / "sft", epochs=1)
    with pytest.raises(ConfigError, match=r"sft.* does not fit the base .*weights have another size"):
        bt.train(rows(), base=base, adapter=first.adapter, output=tmp_path / "next", epochs=1)


def test_settings_that_do_not_exist_are_named(base, tmp_path):
    with pytest.raises(ConfigError, match=r"training\.epoch\b"):
        bt.train(rows(), base=base, output=tmp_path / "out", epoch=3)


def test_an_output_that_exists_is_not_overwritten(base, tmp_path):
    with pytest.raises(UsageError, match="is there already"):
        bt.train(rows(), base=base, output=tmp_path)
