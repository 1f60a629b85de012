"""The renderer: what is learnt, what is asked, and what it refuses."""

import copy

import pytest
from tiny_models import PLAIN_CHATML
from transformers import AutoTokenizer

from brandtune.core.errors import ConfigError, DataError
from brandtune.core.examples import Message
from brandtune.models.references import STARTER
from brandtune.models.rendering import Renderer

CONVERSATION = [
    Message(role="system", content="You answer customers."),
    Message(role="user", content="Where is my tent?"),
    Message(role="assistant", content="On its way."),
    Message(role="user", content="When 🏕️ שלום?"),
    Message(role="assistant", content="In 3 days."),
]


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(STARTER)


def with_template(tokenizer, template: str) -> Renderer:
    changed = copy.deepcopy(tokenizer)
    changed.chat_template = template
    return Renderer(changed, eos_token_ids=[2])


def test_loss_is_on_assistant_turns_with_their_end_token_and_nowhere_else(tokenizer):
    renderer = Renderer(tokenizer, eos_token_ids=[2, 0])
    rendered = renderer.render(CONVERSATION)
    learnt = [t for t, flag in zip(rendered.token_ids, rendered.loss_mask, strict=True) if flag]
    assert tokenizer.decode(learnt) == "On its way.<|im_end|>In 3 days.<|im_end|>"


def test_masks_from_markers_and_from_prefixes_agree(tokenizer):
    marked = Renderer(tokenizer, eos_token_ids=[2]).render(CONVERSATION)
    plain = with_template(tokenizer, PLAIN_CHATML).render(CONVERSATION)
    assert plain == marked


def test_the_prompt_is_a_prefix_of_the_rendered_conversation(tokenizer):
    renderer = Renderer(tokenizer, eos_token_ids=[2])
    for target in (2, 4):
        prompt = renderer.prompt(CONVERSATION[:target])
        whole = renderer.render(CONVERSATION).token_ids
        assert whole[: len(prompt)] == prompt


def test_text_survives_rendering_and_decoding(tokenizer):
    renderer = Renderer(tokenizer, eos_token_ids=[2])
    text = "Emoji 🏕️, Hebrew שלום, Arabic مرحبا, and  two spaces."
    assert renderer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_a_template_that_forgets_the_end_token_is_refused(tokenizer):
    forgetful = with_template(
        tokenizer,
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    )
    with pytest.raises(DataError, match="never learn to stop"):
        forgetful.render(CONVERSATION)


REWRITING = (  # drops the thought of an answer once the conversation goes on
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{{ m['content'] if loop.last else m['content'].split('</think>')[-1] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THOUGHTFUL = [
    Message(role=m.role, content=f"<think>Well.</think>{m.content}") if m.role == "assistant" else m
    for m in CONVERSATION
]


def learnt(renderer: Renderer, rendered) -> str:
    ids = [token for token, flag in zip(rendered.token_ids, rendered.loss_mask, strict=True) if flag]
    return renderer.tokenizer.decode(ids)


def test_a_template_that_rewrites_history_gives_one_sequence_for_each_answer(tokenizer):
    rewriting = with_template(tokenizer, REWRITING)
    first, last = rewriting.turns(THOUGHTFUL)
    assert learnt(rewriting, first) == "<think>Well.</think>On its way.<|im_end|>"
    assert learnt(rewriting, last) == "<think>Well.</think>In 3 days.<|im_end|>"
    for target, one in ((2, first), (4, last)):
        prompt = rewriting.prompt(THOUGHTFUL[:target])
        assert one.token_ids[: len(prompt)] == prompt and not any(one.loss_mask[: len(prompt)])
    assert "On its way." in tokenizer.decode(prompt) and "Well." not in tokenizer.decode(prompt)
    assert len(rewriting.turns(CONVERSATION)) == 1  # without thoughts there is nothing to drop


def test_such_a_conversation_is_not_one_sequence(tokenizer):
    with pytest.raises(ConfigError, match=r"renders earlier turns differently .* 2 answers is not one sequence"):
        with_template(tokenizer, REWRITING).render(THOUGHTFUL)


def test_a_reply_carries_loss_alone_and_has_the_same_tokens(tokenizer):
    renderer = Renderer(tokenizer, eos_token_ids=[2])
    reply = renderer.reply(CONVERSATION)
    assert learnt(renderer, reply) == "In 3 days.<|im_end|>"
    assert reply.token_ids == renderer.render(CONVERSATION).token_ids


MARKED = (  # rewrites the words, so nothing but its markers says what was written
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['role'] == 'assistant' %}{% generation %}"
    "{{ m['content'].replace('way', 'road') }}<|im_end|>\n{% endgeneration %}{% else %}{{ m['content'] }}<|im_end|>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def test_markers_say_what_is_learnt_where_nothing_is_proven_and_a_line_end_behind_is_not(tokenizer):
    marked = with_template(tokenizer, MARKED)
    assert [learnt(marked, one) for one in marked.turns(CONVERSATION)] == [
        "On its road.<|im_end|>",
        "In 3 days.<|im_end|>",
    ]


def test_markers_do_not_help_where_the_words_are_dropped(tokenizer):
    dropping = with_template(tokenizer, MARKED.replace("m['content'].replace('way', 'road')", "''"))
    with pytest.raises(ConfigError, match="changes the assistant's words"):
        dropping.render(CONVERSATION)


def test_markers_do_not_help_where_the_question_is_another_one(tokenizer):
    asked = with_template(tokenizer, MARKED.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}"))
    with pytest.raises(ConfigError, match="trained on one thing and asked another"):
        asked.render(CONVERSATION)


def test_a_tokenizer_without_template_is_refused(tokenizer):
    bare = copy.deepcopy(tokenizer)
    bare.chat_template = None
    with pytest.raises(ConfigError, match="no chat template"):
        Renderer(bare, eos_token_ids=[2])


def test_a_conversation_without_assistant_is_refused(tokenizer):
    with pytest.raises(DataError, match="no assistant turn"):
        Renderer(tokenizer, eos_token_ids=[2]).render(CONVERSATION[:2])
