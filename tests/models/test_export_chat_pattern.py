"""What goes around each turn: worked out from templates of many shapes, said in Go's language, or refused."""

import re
from typing import Any

import pytest
from tiny_models import PLAIN_CHATML
from transformers import AutoTokenizer

from brandtune.core.errors import UsageError
from brandtune.models import load_model
from brandtune.models.export.chat_pattern import chat_pattern
from brandtune.models.export.ollama import go_template, modelfile
from brandtune.models.loading import Model
from brandtune.models.references import STARTER
from brandtune.models.rendering import Renderer

LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}<|start|>{{ m['role'] }}<|end|>\n\n{{ m['content'] }}<|eot|>{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant<|end|>\n\n{% endif %}"
)
ZEPHYR = (
    "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
DEFAULT_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are a helper.<|im_end|>\n{% endif %}"
    + PLAIN_CHATML
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system turns') }}{% endif %}" + ZEPHYR
FOLDED = (  # Gemma and Mistral put the system text into the first user's turn
    "{% set s = messages[0]['content'] if messages[0]['role'] == 'system' else '' %}"
    "{% for m in messages if m['role'] != 'system' %}<t>{{ m['role'] }}\n"
    "{{ s + '\n\n' + m['content'] if loop.first and s else m['content'] }}</t>\n{% endfor %}"
    "{% if add_generation_prompt %}<t>assistant\n{% endif %}"
)
COUNTED = "{% for m in messages %}[{{ loop.index }} {{ m['role'] }}]{{ m['content'] }}<|im_end|>{% endfor %}"


@pytest.fixture(scope="module")
def starter() -> Model:
    return load_model("starter", precision="fp32", device="cpu")


def renderer(template: str, *, bos: str | None = None) -> Renderer:
    tokenizer: Any = AutoTokenizer.from_pretrained(STARTER)
    tokenizer.chat_template = template
    if bos:
        tokenizer.bos_token = bos
    return Renderer(tokenizer, eos_token_ids=[2])


def with_template(model: Model, template: str, **names: str) -> Model:
    return Model(model.network, renderer(template, **names), model.reference, "", model.context, model.folder)


def in_go(template: str, turns: list[tuple[str, str]]) -> str:
    """Go's template language, as much of it as is written here."""
    head, body, tail = re.fullmatch(r"(.*?)\{\{ range \.Messages \}\}(.*)\{\{ end \}\}(.*?)", template, re.S).groups()
    unasked = re.search(r"\{\{ if not \.System \}\}(.*?)\{\{ end \}\}", head, re.S)
    if unasked:
        said = "" if turns[0][0] == "system" else unasked.group(1)
        head = head.replace(unasked.group(0), said)
    branches = re.findall(r'\{\{ (?:else )?if eq \.Role "(\w+)" \}\}(.*?)(?=\{\{ else|\{\{ end)', body, re.S)
    said_by = dict(branches)
    return head + "".join(said_by[role].replace("{{ .Content }}", content) for role, content in turns) + tail


CONVERSATION = [("user", "What is new?\n\nTell me."), ("assistant", "Little."), ("user", "And {{ today }}?")]


@pytest.mark.parametrize(
    ("template", "system"),
    [(PLAIN_CHATML, True), (LLAMA3, True), (ZEPHYR, True), (DEFAULT_SYSTEM, True), (NO_SYSTEM, False)],
)
def test_go_writes_what_the_chat_template_writes(starter, template, system):
    model = with_template(starter, template)
    text = go_template(chat_pattern(model.renderer), model)
    for turns in [CONVERSATION, CONVERSATION[:1]] + ([[("system", "Be kind."), *CONVERSATION]] if system else []):
        messages = [{"role": role, "content": content} for role, content in turns]
        wanted = model.renderer.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert in_go(text, turns) == wanted


def test_the_bundled_base_goes_through(starter):
    text = modelfile(starter, file="x.gguf")
    assert text.startswith("FROM ./x.gguf\nTEMPLATE ") and "PARAMETER num_ctx 2048" in text
    assert in_go(text.split('"""')[1], [("user", "Hi")]) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize("template", [FOLDED, COUNTED])
def test_templates_that_do_more_are_refused(template):
    with pytest.raises(UsageError, match="a guess would change"):
        chat_pattern(renderer(template))


def test_a_start_token_in_the_template_stays_where_the_tokenizer_adds_none(starter):
    model = with_template(starter, LLAMA3, bos="<|endoftext|>")
    assert go_template(chat_pattern(model.renderer), model).startswith("<|endoftext|>{{ range")
