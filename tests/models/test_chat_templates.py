"""Templates shaped like those of well-known models: the mask is proven, with markers or without, or the base refused."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from brandtune.core.errors import ConfigError, DataError
from brandtune.core.examples import Message
from brandtune.models.references import STARTER
from brandtune.models.rendering import Renderer

ALTERNATE = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant') }}{% endif %}{% endfor %}"
)
TEMPLATES = {
    "llama-3": (
        "<|eot_id|>",
        "{{ '<|begin_of_text|>' }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' "
        "+ m['content'] | trim + '<|eot_id|>' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    ),
    "qwen-2.5": (
        "<|im_end|>",
        "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}{% endif %}"
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    ),
    "qwen-3": (  # an empty thought before the last answer, none before earlier ones
        "<|im_end|>",
        "{% set ns = namespace(last=0) %}{% for m in messages %}{% if m['role'] == 'user' %}{% set ns.last = loop.index0 %}"
        "{% endif %}{% endfor %}{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
        "{% if m['role'] == 'assistant' and loop.index0 > ns.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
        "{{ m['content'] + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    ),
    "mistral": (  # the end token directly behind the words, no generation prompt, no system role
        "</s>",
        ALTERNATE + "{{ '<s>' }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + "
        "' [/INST]' }}{% else %}{{ ' ' + m['content'] + '</s>' }}{% endif %}{% endfor %}",
    ),
    "mistral-v3": (  # the system's words move to the last user turn, so that history changes
        "</s>",
        "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:] %}"
        "{% else %}{% set turns = messages %}{% endif %}{{ '<s>' }}{% for m in turns %}{% if m['role'] == 'user' %}"
        "{% if system is defined and loop.last or system is defined and loop.index0 == turns | length - 2 %}"
        "{{ '[INST] ' + system + '\n\n' + m['content'] + '[/INST]' }}{% else %}{{ '[INST] ' + m['content'] + '[/INST]' }}"
        "{% endif %}{% else %}{{ ' ' + m['content'] | trim + '</s>' }}{% endif %}{% endfor %}",
    ),
    "gemma": (
        "<end_of_turn>",
        ALTERNATE + "{{ '<bos>' }}{% for m in messages %}{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}"
        "{{ '<start_of_turn>' + role + '\n' + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
    ),
    "smollm-3": (  # markers around the whole turn, its line's end included; what was set apart is not the prompt
        "<|im_end|>",
        "{% if messages[0]['role'] == 'system' %}{% set said = messages[0]['content'] %}{% set turns = messages[1:] %}"
        "{% else %}{% set said = 'You are helpful.' %}{% set turns = messages %}{% endif %}"
        "{{ '<|im_start|>system\n## Metadata\n\nReasoning Mode: /think\n\n## Custom Instructions\n\n' + said + '\n\n' }}"
        "{{ '<|im_end|>\n' }}{% for m in turns %}{% if m['role'] == 'user' %}"
        "{{ '<|im_start|>user\n' + m['content'] + '<|im_end|>\n' }}{% else %}{% generation %}"
        "{{ '<|im_start|>assistant\n' + m['content'].lstrip('\n') + '<|im_end|>\n' }}{% endgeneration %}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    ),
    "llama-3-marked": (  # the prompt ends with one token where the markers would have two
        "<|eot_id|>",
        "{{ '<|begin_of_text|>' }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' }}"
        "{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] | trim + '<|eot_id|>' }}{% endgeneration %}"
        "{% else %}{{ m['content'] | trim + '<|eot_id|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    ),
    "phi-3": (
        "<|end|>",
        "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '<|end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ '<|endoftext|>' }}{% endif %}",
    ),
}  # fmt: skip
SPECIAL = [
    "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<s>", "</s>", "[INST]", "[/INST]",
    "<bos>", "<start_of_turn>", "<end_of_turn>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<think>", "</think>",
]  # fmt: skip
CONVERSATION = [
    Message(role="system", content="You answer customers."),
    Message(role="user", content="Where is my tent?"),
    Message(role="assistant", content="On its way."),
    Message(role="user", content="When 🏕️ שלום? On its way."),
    Message(role="assistant", content="In 3 days. On its way. reply0x0e"),
]


@pytest.fixture(scope="module")
def tokenizer():
    found = AutoTokenizer.from_pretrained(STARTER)
    found.add_special_tokens({"additional_special_tokens": SPECIAL})
    return found


def renderer(tokenizer, kind: str) -> Renderer:
    end, template = TEMPLATES[kind]
    changed = copy.deepcopy(tokenizer)
    changed.chat_template = template
    return Renderer(changed, eos_token_ids=[changed.convert_tokens_to_ids(end)])


def learnt(found: Renderer, messages) -> list[str]:
    """The text of each run of tokens that carry loss."""
    rendered = found.render(messages)
    runs: list[list[int]] = []
    for i, (token, flag) in enumerate(zip(rendered.token_ids, rendered.loss_mask, strict=True)):
        if flag and not (i and rendered.loss_mask[i - 1]):
            runs.append([])
        if flag:
            runs[-1].append(token)
    return [found.tokenizer.decode(run, clean_up_tokenization_spaces=False) for run in runs]


@pytest.mark.parametrize("kind", TEMPLATES)
def test_each_answer_is_learnt_with_its_end_and_nothing_else(tokenizer, kind):
    found, end = renderer(tokenizer, kind), TEMPLATES[kind][0]
    first, last = learnt(found, CONVERSATION)
    assert first.strip() == "On its way." + end
    thought = "<think>\n\n</think>\n\n" if kind == "qwen-3" else ""
    assert last.strip() == thought + "In 3 days. On its way. reply0x0e" + end


@pytest.mark.parametrize("kind", TEMPLATES)
def test_what_is_asked_is_what_was_trained_on(tokenizer, kind):
    found = renderer(tokenizer, kind)
    rendered = found.render(CONVERSATION)
    for target in (2, 4):
        prompt = found.prompt(CONVERSATION[:target])
        assert rendered.token_ids[: len(prompt)] == prompt
        assert rendered.loss_mask[len(prompt)] and not rendered.loss_mask[len(prompt) - 1]


@pytest.mark.parametrize("kind", TEMPLATES)
def test_the_system_turn_is_never_lost(tokenizer, kind):
    found = renderer(tokenizer, kind)
    assert "You answer customers." in tokenizer.decode(found.prompt(CONVERSATION[:2]))
    assert found.folds_system == (kind in ("mistral", "mistral-v3", "gemma"))


@settings(max_examples=12, deadline=None)
@given(words=st.lists(st.text(alphabet=" \nab{%}é🏕.'reply0x1", min_size=1, max_size=12), min_size=2, max_size=2))
@pytest.mark.parametrize("kind", ["llama-3", "qwen-2.5", "mistral", "smollm-3"])
def test_any_words_are_found(tokenizer, kind, words):
    found, (end, _) = renderer(tokenizer, kind), TEMPLATES[kind]
    turns = [
        Message(role=role, content=content)
        for word in words
        for role, content in (("user", f"{word} {word}"), ("assistant", word))
    ]
    trim = {"llama-3": str.strip, "smollm-3": lambda word: word.lstrip("\n")}.get(kind, str)
    shown = [trim(word) for word in words]
    lead = " " if kind == "mistral" else ""
    assert learnt(found, turns) == [lead + word + end for word in shown]


def test_an_answer_that_begins_with_a_blank_is_asked_for_as_it_is_trained(tokenizer):
    """The tokenizer joins a line's end with a blank behind it; a prompt ends before the blank."""
    found = renderer(tokenizer, "qwen-2.5")
    turns = [Message(role=role, content=f" {role}") for role in ("user", "assistant", "user", "assistant")]
    rendered = found.render(turns)
    for target in (1, 3):
        prompt = found.prompt(turns[:target])
        assert rendered.token_ids[: len(prompt)] == prompt
        assert rendered.loss_mask[len(prompt)] and not rendered.loss_mask[len(prompt) - 1]
    assert tokenizer.decode(rendered.token_ids) == found._text(turns)


def test_a_template_that_changes_the_words_is_refused(tokenizer):
    changed = copy.deepcopy(tokenizer)
    changed.chat_template = TEMPLATES["qwen-2.5"][1].replace("m['content']", "m['content'].split('way')[-1]")
    with pytest.raises(ConfigError, match="changes the assistant's words"):
        Renderer(changed, eos_token_ids=[2]).render(CONVERSATION)


def test_a_prompt_that_is_not_trained_on_is_refused(tokenizer):
    changed = copy.deepcopy(tokenizer)
    changed.chat_template = TEMPLATES["qwen-2.5"][1].replace(
        "assistant\n' }}{% endif", "assistant\n<think>\n' }}{% endif"
    )
    with pytest.raises(ConfigError, match="trained on one thing and asked another"):
        Renderer(changed, eos_token_ids=[2]).render(CONVERSATION)


def test_turns_that_a_template_refuses_are_said(tokenizer):
    found = renderer(tokenizer, "mistral")
    with pytest.raises(DataError, match=r"refuses a conversation of the turns user, user, assistant .*must alternate"):
        found.render([CONVERSATION[1], CONVERSATION[1], CONVERSATION[2]])


def test_an_end_token_that_is_not_the_bases_is_refused(tokenizer):
    changed = copy.deepcopy(tokenizer)
    changed.chat_template = TEMPLATES["llama-3"][1]
    with pytest.raises(DataError, match="never learn to stop"):
        Renderer(changed, eos_token_ids=[2]).render(CONVERSATION)
