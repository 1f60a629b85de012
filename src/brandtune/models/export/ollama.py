"""A `Modelfile`: what Ollama needs beside a GGUF file to prompt and stop as the model was trained."""

from typing import Any

from brandtune.core.errors import UsageError
from brandtune.models.export.architectures import exported_context
from brandtune.models.export.chat_pattern import ChatPattern, chat_pattern
from brandtune.models.loading import Model


def modelfile(model: Model, *, file: str) -> str:
    """The `Modelfile` for a GGUF file beside it; no system text, which belongs to who calls.

    Raises:
        UsageError: The chat template cannot be said in Ollama's language.
    """
    pattern = chat_pattern(model.renderer)
    lines = [f"FROM ./{file}", f'TEMPLATE """{go_template(pattern, model)}"""']
    lines += [f"PARAMETER stop {_quoted(text)}" for text in stops(model)]
    lines += [f"PARAMETER {name} {value}" for name, value in _parameters(model).items()]
    return "\n".join(lines) + "\n"


def go_template(pattern: ChatPattern, model: Model) -> str:
    """The pattern in Go's template language, over Ollama's `.Messages`.

    The start token is left out where the tokenizer adds it: Ollama's engine puts it in front itself.
    """
    tokenizer: Any = model.renderer.tokenizer
    start = str(tokenizer.bos_token or "")
    adds = bool(start) and tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id
    opening = pattern.opening.removeprefix(start) if adds else pattern.opening
    unasked = f"{{{{ if not .System }}}}{pattern.unasked}{{{{ end }}}}" if pattern.unasked else ""
    parts: list[str] = []
    for role, (before, after) in pattern.around.items():
        word = "if" if not parts else "else if"
        parts.append(f'{{{{ {word} eq .Role "{role}" }}}}{before}{{{{ .Content }}}}{after}')
    body = f"{{{{ range .Messages }}}}{''.join(parts)}{{{{ end }}}}{{{{ end }}}}"
    text = opening + unasked + body + pattern.reply
    fixed = [opening, pattern.unasked, pattern.reply, *(part for pair in pattern.around.values() for part in pair)]
    if any("{{" in part or '"""' in part for part in fixed):
        raise UsageError("the chat template holds marks that Ollama would read as its own.", where="--format ollama",
                         fix="Use --format gguf.")  # fmt: skip
    return text


def stops(model: Model) -> list[str]:
    """Texts of the tokens that end a turn."""
    tokenizer: Any = model.renderer.tokenizer
    return [str(tokenizer.decode([index], skip_special_tokens=False)) for index in model.renderer.eos_token_ids]


def _parameters(model: Model) -> dict[str, str]:
    """Ways of choosing tokens that the base's own settings ask for; Ollama's defaults are others."""
    settings: Any = model.network.generation_config
    found = {"num_ctx": str(exported_context(model.network.config))}
    penalty = getattr(settings, "repetition_penalty", None)
    found["repeat_penalty"] = f"{penalty or 1.0:g}"
    if penalty and penalty != 1.0:
        found["repeat_last_n"] = "-1"
    if not getattr(settings, "do_sample", False):
        return found | {"temperature": "0"}
    names = {"temperature": "temperature", "top_p": "top_p", "top_k": "top_k"}
    values = {theirs: getattr(settings, ours, None) for ours, theirs in names.items()}
    return found | {name: f"{value:g}" for name, value in values.items() if value is not None}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
