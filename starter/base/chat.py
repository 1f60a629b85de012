"""Conversations written exactly as the bundled model's chat template writes them."""

from collections.abc import Iterable

START, END = "<|im_start|>", "<|im_end|>"


def written(turns: Iterable[tuple[str, str]]) -> str:
    """ChatML text of (role, content) turns; equal to what `chat_template.jinja` gives (a test compares them)."""
    return "".join(f"{START}{role}\n{content.strip()}{END}\n" for role, content in turns)
