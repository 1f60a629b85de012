"""Rows are taken as they say: weights, turns that are not learnt, prompts alone, prompts within answers; else refused."""

import json

import pytest
from tiny_models import write_tiny_model

import brandtune as bt
from brandtune.core.errors import DataError
from brandtune.models import load_model
from brandtune.training.objectives.items import items_of
from brandtune.training.shapes import learnable

ASKED, SAID = "Where is my order?", "On its way."
USER, ASSISTANT = {"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}
CALL = [{"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def refused(tmp_path, row, message, **named) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"messages": [USER, ASSISTANT], "prompt": ASKED}) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(DataError, match=message) as caught:
        learnable(path, **named)
    assert "rows.jsonl:2" in str(caught.value) and ASKED not in str(caught.value)


@pytest.mark.parametrize("weight", [2, 0.5])
def test_a_row_counts_as_much_as_it_says(weight):
    (found,) = learnable([{"messages": [USER, ASSISTANT], "weight": weight}])
    assert found.weight == weight
    (found,) = learnable([{"messages": [USER, ASSISTANT], "weight": None}])
    assert found.weight == 1.0


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (0, "the weight is 0; it must be a number above 0"),
        (-1.5, r"the weight is -1\.5"),
        (float("nan"), "the weight is nan"),
        (float("inf"), "the weight is inf"),
        ("nan", "the weight is a str, not a number"),
        (True, "the weight is a bool"),
    ],
)
def test_a_weight_that_means_nothing_is_refused(tmp_path, weight, message):
    refused(tmp_path, {"messages": [USER, ASSISTANT], "weight": weight}, message)


def turns(*weights) -> list[dict[str, object]]:
    answers = ("Which number?", "It left today.", "You are welcome.")
    found = []
    for answer, weight in zip(answers, weights, strict=True):
        found += [USER, {"role": "assistant", "content": answer} | ({} if weight is None else {"weight": weight})]
    return found


@pytest.mark.parametrize(
    ("weights", "learnt"),
    [
        ((0, 1, None), ["It left today.", "You are welcome."]),
        ((0, None, 0), ["It left today."]),
        ((1, 0.0, 0), ["Which number?"]),
        ((1, 1, 1), ["Which number?", "It left today.", "You are welcome."]),
    ],
)
def test_turns_of_weight_0_carry_no_loss(base, weights, learnt):
    renderer = load_model(base, precision="fp32").renderer
    rows = learnable([{"messages": turns(*weights)}])
    ((item,), ()) = items_of(rows, renderer=renderer, max_tokens=512)
    (sequence,) = item.sequences
    pieces, before = [], False
    for token, flag in zip(sequence.token_ids, sequence.loss_mask, strict=True):
        if flag and not before:
            pieces.append([])
        if flag:
            pieces[-1].append(token)
        before = flag
    assert [renderer.decode(piece) for piece in pieces] == learnt
    assert all(piece[-1] in renderer.eos_token_ids for piece in pieces)
    assert rows[0].reference == learnt[-1]


def test_the_same_words_with_other_weights_are_another_row():
    one, other = learnable([{"messages": turns(1, 1, 1)}, {"messages": turns(0, 1, 1)}])
    assert one.example_id != other.example_id and one.messages == other.messages
    (plain,) = learnable([{"messages": turns(None, None, None)}])
    assert plain == one


def test_sharegpt_turns_have_weights_too():
    turn = {"from": "gpt", "value": "Which number?", "weight": 0}
    rows = [{"conversations": [{"from": "human", "value": ASKED}, turn, {"from": "human", "value": "1041"},
                               {"from": "gpt", "value": SAID}]}]  # fmt: skip
    assert learnable(rows)[0].silent == (1,)


def test_earlier_answers_in_a_prompt_are_not_learnt():
    (found,) = learnable([{"prompt": [USER, {"role": "assistant", "content": "Which?"}, USER], "completion": SAID}])
    assert found.silent == (1,) and found.target == 3


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"messages": turns(0, 0, 0)}, "every assistant turn has the weight 0"),
        ({"messages": turns(0.5, 1, 1)}, "neither 0 nor 1"),
        ({"messages": [USER | {"weight": 1}, ASSISTANT]}, "a user turn has a weight"),
        ({"prompt": ASKED, "completion": [ASSISTANT | {"weight": 0}]}, "the weight of a completion is 0"),
        ({"messages": [USER, ASSISTANT | {"tool_calls": CALL}]}, "'assistant' has `tool_calls`, which is not supported"),
        ({"messages": [USER, {"role": "assistant", "content": None, "tool_calls": CALL}]}, "`tool_calls`"),
        ({"messages": [USER, ASSISTANT | {"function_call": {"name": "f"}}]}, "`function_call`"),
        ({"messages": [USER, ASSISTANT | {"reasoning_content": "Hm."}]}, "`reasoning_content`"),
        ({"messages": [USER, ASSISTANT], "tools": [{"type": "function"}]}, "the row has `tools`"),
        ({"prompt": ASKED, "completion": SAID, "chat_template_kwargs": {"a": 1}}, "the row has `chat_template_kwargs`"),
        (
            {"input": {"messages": [USER], "tools": CALL}, "preferred_output": [ASSISTANT],
             "non_preferred_output": [{"role": "assistant", "content": "No."}]},
            "the input has `tools`",
        ),
    ],
)  # fmt: skip
def test_what_would_vanish_is_refused(tmp_path, row, message):
    refused(tmp_path, row, message)


def test_empty_fields_beside_a_row_say_nothing():
    turn = ASSISTANT | {"tool_calls": None, "refusal": None, "weight": None}
    assert learnable([{"messages": [USER, turn], "tools": "[]", "functions": []}])[0].reference == SAID


@pytest.mark.parametrize("objective", ["grpo", "rloo"])
@pytest.mark.parametrize("prompt", [ASKED, [USER], [{"role": "system", "content": "Be kind."}, USER]])
def test_prompts_alone_are_rows_of_online_objectives(objective, prompt):
    (found,) = learnable([{"prompt": prompt, "solution": "none"}], objective=objective)
    assert found.prompt == found.messages and found.prompt[-1].content == ASKED


@pytest.mark.parametrize("objective", ["sft", "dpo", "kto", "reward"])
def test_prompts_alone_are_refused_by_the_others(tmp_path, objective):
    message = f"it has a prompt and no answer, and `{objective}` learns from answers"
    refused(tmp_path, {"prompt": ASKED, "completion": None}, message, objective=objective)


@pytest.mark.parametrize(
    ("prompt", "message"),
    [(" ", "the prompt is empty"), ([], "is empty"), ([USER, ASSISTANT], "with an assistant turn")],
)
def test_prompts_that_ask_nothing_are_refused(tmp_path, prompt, message):
    refused(tmp_path, {"prompt": prompt}, message, objective="grpo")


def test_grpo_learns_from_a_file_of_prompts(base, tmp_path):
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"Where is order {i}?"}) + "\n" for i in range(4)))
    objective = bt.GRPO(lambda prompt, answer: float(len(answer)), samples=2, max_new_tokens=4)
    done = bt.train(
        path, base=base, objective=objective, validation=path, output=tmp_path / "out", method=bt.LoRA(rank=2),
        epochs=1, precision="fp32",
    )  # fmt: skip
    assert done.num_examples == 4 and not done.left_out


NO = {"role": "assistant", "content": "No."}
IMPLICIT = {
    "turns": {"chosen": [USER, ASSISTANT], "rejected": [USER, NO]},
    "several": {"chosen": [USER, NO, USER, ASSISTANT], "rejected": [USER, NO, USER, NO]},
    "text": {"chosen": "The sky is blue.", "rejected": "The sky is green."},
    "within a word": {"chosen": "The sky is bright.", "rejected": "The sky is blue."},
    "all of the other": {"chosen": "I can", "rejected": "I can't"},
}


@pytest.mark.parametrize("shape", IMPLICIT)
def test_a_prompt_within_the_answers_is_the_one_that_trl_finds(shape):
    trl = pytest.importorskip("trl")
    expected = trl.extract_prompt(IMPLICIT[shape])
    (ours,), (theirs,) = learnable([IMPLICIT[shape]]), learnable([expected])
    assert (ours.prompt, ours.chosen, ours.rejected) == (theirs.prompt, theirs.chosen, theirs.rejected)
    assert ours == theirs


def test_a_column_of_prompts_beside_whole_conversations_is_passed_over_as_in_trl():
    row = {"prompt": ASKED, **IMPLICIT["turns"]}
    assert learnable([row]) == learnable([IMPLICIT["turns"]])
    mixed = {"prompt": ASKED, "chosen": [ASSISTANT], "rejected": [NO]}
    assert learnable([mixed])[0].prompt[0].content == ASKED


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"chosen": "Yes.", "rejected": "No."}, "nothing that both answers begin with"),
        ({"chosen": [ASSISTANT], "rejected": [NO]}, "nothing that both answers begin with"),
        ({"chosen": [USER, ASSISTANT], "rejected": [USER, NO, USER, NO]}, "must be one assistant turn"),
        ({"chosen": "Yes.", "rejected": [NO]}, "one answer is text and the other one is not"),
    ],
)
def test_answers_without_a_prompt_are_refused(tmp_path, row, message):
    refused(tmp_path, row, message)


@pytest.mark.parametrize("row", [{"chosen": SAID, "rejected": SAID}, {"chosen": [USER, NO], "rejected": [USER, NO]}])
def test_two_answers_that_are_the_same_are_left_out_as_ever(base, row):
    kept, gone = items_of(learnable([row]), renderer=load_model(base, precision="fp32").renderer, max_tokens=512)
    assert not kept and [one.reason for one in gone] == ["both answers are the same"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_a_file_that_is_not_utf8_names_the_line(tmp_path, name):
    good = json.dumps({"prompt": ASKED, "completion": SAID}).encode()
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + good + b"\n" + '{"prompt": "Grüße"}'.encode("latin-1") + b"\n")
    with pytest.raises(DataError, match=rf"{name}:2: not UTF-8 text \(byte 0xfc\)"):
        learnable(tmp_path / name)
