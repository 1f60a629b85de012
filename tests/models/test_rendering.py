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


def test_a_template_that_rewrites_history_is_refused(tokenizer):
    rewriting = with_template(
        tokenizer,
        "{% for m in messages %}{% if loop.last or m['role'] != 'assistant' %}<|im_start|>{{ m['role'] }}\n"
        "{{ m['content'] }}<|im_end|>\n{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    )
    with pytest.raises(ConfigError, match="renders earlier turns differently"):
        rewriting.render(CONVERSATION)


def test_a_tokenizer_without_template_is_refused(tokenizer):
    bare = copy.deepcopy(tokenizer)
    bare.chat_template = None
    with pytest.raises(ConfigError, match="no chat template"):
        Renderer(bare, eos_token_ids=[2])


def test_a_conversation_without_assistant_is_refused(tokenizer):
    with pytest.raises(DataError, match="no assistant turn"):
        Renderer(tokenizer, eos_token_ids=[2]).render(CONVERSATION[:2])
