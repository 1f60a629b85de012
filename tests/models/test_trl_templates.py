"""Every chat template that the installed TRL carries: those of well-known models, and its own ones with markers.

Nothing is copied: the files are read where TRL was installed. What is refused is listed with its reason, so that a
template of a newer TRL, or a change of ours, shows here.
"""

import copy
import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from transformers import AutoTokenizer

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Message
from brandtune.models.references import STARTER
from brandtune.models.rendering import Rendered, Renderer

_FOUND = importlib.util.find_spec("trl")
FOLDER = Path(_FOUND.origin).parent / "chat_templates" if _FOUND and _FOUND.origin else Path("absent")
TEMPLATES = {path.stem: path for path in sorted(FOLDER.glob("*.jinja"))}
pytestmark = pytest.mark.skipif(not TEMPLATES, reason="TRL with its chat templates is not installed")


class Family(NamedTuple):
    """How models of one family end a turn, and what their template writes around the words."""

    ends: tuple[str, ...]
    lead: str = ""
    tail: str = ""


THOUGHT = "<think>\n\n</think>\n\n"
CHATML, TURN = Family(("<|im_end|>",)), Family(("<turn|>",))
FAMILIES = {
    "cohere": Family(("<|END_OF_TURN_TOKEN|>",)),
    "cohere2": Family(("<|END_OF_TURN_TOKEN|>",), tail="<|END_RESPONSE|>"),
    "deepseek": Family(("<｜end▁of▁sentence｜>",)),
    "diffusion_gemma": TURN,
    "gemma": Family(("<end_of_turn>",)),
    "gemma4": TURN,
    "glm4moe": Family(("<|user|>",), lead="\n<think></think>\n"),
    "gptoss": Family(("<|end|>", "<|return|>"), lead="<|channel|>final<|message|>"),
    "idefics3": Family(("<end_of_utterance>",)),
    "lfm2": CHATML,
    "llama3": Family(("<|eot_id|>",)),
    "llava_next": Family(("</s>",)),
    "muse_glimmer": Family(("<|eot|>",), lead=" to=user<|message|>"),
    "nemotron": CHATML,
    "phi3": Family(("<|end|>", "<|endoftext|>")),
    "qwen2_5": CHATML,
    "qwen3": Family(("<|im_end|>",), lead=THOUGHT),
    "qwen3_5_nothink": CHATML,
    "qwen3_5_think": Family(("<|im_end|>",), lead="\n</think>\n\n"),
    "qwen3_6": Family(("<|im_end|>",), lead="\n</think>\n\n"),
    "qwen3_8": Family(("<|im_end|>",), lead="\n</think>\n\n"),
    "qwen3_instruct": CHATML,
    "qwen3_vl": CHATML,
    "smolvlm": Family(("<end_of_utterance>",)),
}
DIFFERENTLY = "trained on one thing and asked another"  # the question opens a thought that no answer has
IN_PARTS = "or changes the assistant's words"  # takes content as a list of parts, and drops texts
REFUSED = {
    **dict.fromkeys(("deepseek_r1_distill", "deepseek_r1_distill_training"), DIFFERENTLY),
    **dict.fromkeys(("deepseekv3", "deepseekv3_training"), DIFFERENTLY),
    **{
        f"nemotron_3_{size}{end}": DIFFERENTLY
        for size in ("5_lightning", "nano", "super", "ultra")
        for end in ("", "_training")
    },
    **dict.fromkeys(("idefics3", "idefics3_training", "smolvlm", "smolvlm_training"), IN_PARTS),
    **dict.fromkeys(("llava_next", "llava_next_training"), "has no attribute 'text'"),  # the same
    "glm4moe": "never learn to stop",  # nothing ends its last turn
}
SEVERAL = {"qwen3_5_nothink", "qwen3_5_think", "qwen3_6"}
"""Drop the thought of earlier turns, so each answer is a sequence of its own."""
ACCEPTED = sorted(TEMPLATES.keys() - REFUSED.keys())
CONVERSATION = [
    Message(role="system", content="You answer customers."),
    Message(role="user", content="Where is my tent?"),
    Message(role="assistant", content="On its way."),
    Message(role="user", content="When 🏕️ שלום? On its way."),
    Message(role="assistant", content="In 3 days."),
]
_SPECIAL = re.compile(r"<[|｜][^<>\s'\"{}]+[|｜]>|</?s>|</?think>|<bos>|<(?:start|end)_of_\w+>|<\|?turn\|?>")


def family(name: str) -> Family:
    known = [prefix for prefix in FAMILIES if name.startswith(prefix)]
    assert known, f"{name}: say in FAMILIES what ends a turn"
    return FAMILIES[max(known, key=len)]


@pytest.fixture(scope="module")
def tokenizer():
    """The bundled one with every special token that the templates write."""
    found = AutoTokenizer.from_pretrained(STARTER)
    written = {token for path in TEMPLATES.values() for token in _SPECIAL.findall(path.read_text("utf-8"))}
    ends = {end for one in FAMILIES.values() for end in one.ends}
    found.bos_token = "<|im_start|>"
    found.add_special_tokens({"additional_special_tokens": sorted(written | ends)})
    return found


def renderer(tokenizer, name: str) -> Renderer:
    changed = copy.deepcopy(tokenizer)
    changed.chat_template = TEMPLATES[name].read_text("utf-8")
    ends = changed.convert_tokens_to_ids(list(family(name).ends))
    changed.eos_token = family(name).ends[-1]
    return Renderer(changed, eos_token_ids=ends)


def learnt(tokenizer, found: tuple[Rendered, ...]) -> list[str]:
    """The text of each run of tokens that carry loss."""
    runs: list[list[int]] = []
    for rendered in found:
        for i, (token, flag) in enumerate(zip(rendered.token_ids, rendered.loss_mask, strict=True)):
            if flag and not (i and rendered.loss_mask[i - 1]):
                runs.append([])
            if flag:
                runs[-1].append(token)
    return [tokenizer.decode(run, clean_up_tokenization_spaces=False) for run in runs]


@pytest.mark.parametrize("name", ACCEPTED)
def test_each_answer_is_learnt_with_its_end_and_nothing_else(tokenizer, name):
    known = family(name)
    found = learnt(tokenizer, renderer(tokenizer, name).turns(CONVERSATION))
    assert len(found) == 2
    for text, words in zip(found, ("On its way.", "In 3 days."), strict=True):
        said = [lead + words + known.tail + end for lead in {"", known.lead} for end in known.ends]
        assert text in said


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_trained_begins_with_what_is_asked(tokenizer, name):
    found = renderer(tokenizer, name)
    turns = found.turns(CONVERSATION)
    assert len(turns) == (2 if name in SEVERAL else 1)
    for target, rendered in zip((2, 4), turns * (2 // len(turns)), strict=True):
        prompt = found.prompt(CONVERSATION[:target])
        assert rendered.token_ids[: len(prompt)] == prompt
        assert rendered.loss_mask[len(prompt)] and not rendered.loss_mask[len(prompt) - 1]
    last = found.reply(CONVERSATION)
    assert last.token_ids[: len(prompt)] == prompt == turns[-1].token_ids[: len(prompt)]
    assert last.token_ids == turns[-1].token_ids and not any(last.loss_mask[: len(prompt)])


@pytest.mark.parametrize("name", [name for name in ACCEPTED if "endgeneration" in TEMPLATES[name].read_text("utf-8")])
def test_what_is_learnt_lies_within_the_markers_where_there_are_some(tokenizer, name):
    """TRL's own markers are an independent account of what the assistant says."""
    found, known = renderer(tokenizer, name), family(name)
    marked = found._apply(CONVERSATION, return_assistant_tokens_mask=True)
    ids = found._apply(CONVERSATION)
    text = tokenizer.decode([token for token, flag in zip(ids, marked, strict=True) if flag])
    for words in ("On its way.", "In 3 days."):
        assert any(words + known.tail + end in text for end in known.ends)


@pytest.mark.parametrize("name", sorted(REFUSED.keys() & TEMPLATES.keys()))
def test_what_is_refused_and_why(tokenizer, name):
    for turns in (CONVERSATION[:3], CONVERSATION):
        with pytest.raises(BrandtuneError, match=REFUSED[name]):
            renderer(tokenizer, name).turns(turns)


@pytest.mark.parametrize("name", sorted({"qwen3", "qwen3_training", "qwen3_5_think", "lfm2_2_5"} & TEMPLATES.keys()))
def test_a_thought_that_the_template_drops_later_is_learnt_in_its_turn(tokenizer, name):
    found = renderer(tokenizer, name)
    thought = "<think>\nA tent.\n</think>\n\n"
    turns = [
        Message(role=m.role, content=thought + m.content) if m.role == "assistant" else m for m in CONVERSATION[1:]
    ]
    rendered = found.turns(turns)
    opened = "<think>\n" if tokenizer.decode(found.prompt(turns[:1])).endswith("<think>\n") else ""
    said = [(thought + words).removeprefix(opened) + "<|im_end|>" for words in ("On its way.", "In 3 days.")]
    assert learnt(tokenizer, rendered) == said
    for target, one in zip((1, 3), rendered * (2 // len(rendered)), strict=True):
        prompt = found.prompt(turns[:target])
        assert one.token_ids[: len(prompt)] == prompt


@pytest.mark.skipif("qwen3_training" not in TEMPLATES, reason="this TRL has no template qwen3_training")
def test_markers_tell_what_is_learnt_where_the_template_writes_the_words_anew(tokenizer):
    found = renderer(tokenizer, "qwen3_training")
    turns = [CONVERSATION[1], Message(role="assistant", content="<think>A tent.</think>On its way.")]
    assert learnt(tokenizer, found.turns(turns)) == ["<think>\nA tent.\n</think>\n\nOn its way.<|im_end|>"]
    with pytest.raises(BrandtuneError, match="changes the assistant's words"):
        renderer(tokenizer, "qwen3").turns(turns)
