"""What a chat template writes around each turn, worked out by rendering, and proven by rendering again.

Engines with template languages of their own (Ollama's is Go's) get the same text this way, or a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brandtune.core.errors import UsageError
from brandtune.models.rendering import Renderer

_ROLES = ("system", "user", "assistant")
Turns = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ChatPattern:
    """A template that writes turn after turn, each between two fixed texts.

    Attributes:
        opening: What stands before everything (the start token, in some).
        around: Role to the texts before and after its content; without `system` where it has no place.
        reply: What stands before the answer to be written.
        unasked: What stands first where no system turn is given.
    """

    opening: str
    around: dict[str, tuple[str, str]]
    reply: str
    unasked: str

    def render(self, turns: Turns) -> str:
        """The prompt for these turns."""
        unasked = "" if turns and turns[0][0] == "system" else self.unasked
        body = "".join(self.around[role][0] + content + self.around[role][1] for role, content in turns)
        return self.opening + unasked + body + self.reply


def chat_pattern(renderer: Renderer) -> ChatPattern:
    """Work out the pattern of a renderer's chat template.

    Raises:
        UsageError: The template does more than write turn after turn.
    """
    takes_system = _rendered(renderer, [("system", "s"), ("user", "u")]) is not None
    pattern = _guess(renderer, takes_system=takes_system)
    if pattern is None or any(pattern.render(turns) != _rendered(renderer, turns) for turns in _trials(takes_system)):
        raise UsageError(
            "the chat template does more than write turn after turn, and a guess would change what the model reads.",
            where="--format ollama",
            fix="Use --format gguf: llama.cpp runs the template itself.",
        )
    return pattern


def _trials(takes_system: bool) -> list[Turns]:
    dialogue = [("user", "Hello, 1 2 3"), ("assistant", "Yes.\nTwo lines."), ("user", "And {{ this }}?")]
    long = [*dialogue, ("assistant", "No."), ("user", "x")]
    plain: list[Turns] = [dialogue[:1], dialogue, long]
    return plain + ([[("system", "Be brief.\n- one"), *turns] for turns in plain] if takes_system else [])


def _guess(renderer: Renderer, *, takes_system: bool) -> ChatPattern | None:
    """Cut rendered prompts at contents that stand in no template."""
    marks = {role: f"\x02{role}\x03" for role in _ROLES}
    turns = [("user", marks["user"]), ("assistant", marks["assistant"]), ("user", marks["user"])]
    whole = _cut(_rendered(renderer, turns), [content for _, content in turns])
    short = _cut(_rendered(renderer, turns[:1]), [marks["user"]])
    if whole is None or short is None:
        return None
    before_user, middle, after_assistant, end = whole
    # What follows a user's turn in the middle is its end and the assistant's beginning, which `end` has as well.
    if end != middle:
        return None
    return _divided(renderer, marks, before=before_user, middle=middle, between=after_assistant,
                    takes_system=takes_system)  # fmt: skip


def _divided(
    renderer: Renderer, marks: dict[str, str], *, before: str, middle: str, between: str, takes_system: bool
) -> ChatPattern | None:
    """Tell where one turn's end stops and the next one's beginning starts, from prompts that end at different turns."""
    closed = _rendered(renderer, [("user", marks["user"])], reply=False)
    answered = _rendered(renderer, [("user", marks["user"]), ("assistant", marks["assistant"])], reply=False)
    ends = _cut(closed, [marks["user"]]), _cut(answered, [marks["user"], marks["assistant"]])
    if ends[0] is None or ends[1] is None:
        return None
    user_end, assistant_end = ends[0][1], ends[1][2]
    if not middle.startswith(user_end) or not between.startswith(assistant_end):
        return None
    reply, user_start = middle[len(user_end) :], between[len(assistant_end) :]
    if not before.endswith(user_start):
        return None
    first = before[: len(before) - len(user_start)]
    around = {"user": (user_start, user_end), "assistant": (reply, assistant_end)}
    if not takes_system:
        return ChatPattern(first, around, reply, "")
    asked = _cut(
        _rendered(renderer, [("system", marks["system"]), ("user", marks["user"])]), [marks["system"], marks["user"]]
    )
    if asked is None or not asked[1].endswith(user_start):
        return None
    system_end = asked[1][: len(asked[1]) - len(user_start)]
    opening = str(getattr(renderer.tokenizer, "bos_token", None) or "")
    opening = opening if asked[0].startswith(opening) and first.startswith(opening) else ""
    around["system"] = (asked[0][len(opening) :], system_end)
    return ChatPattern(opening, around, reply, first[len(opening) :])


def _cut(text: str | None, marks: Sequence[str]) -> list[str] | None:
    """The pieces between marks that come in this order, or None."""
    if text is None:
        return None
    pieces: list[str] = []
    for mark in marks:
        piece, found, text = text.partition(mark)
        if not found:
            return None
        pieces.append(piece)
    return [*pieces, text]


def _rendered(renderer: Renderer, turns: Turns, *, reply: bool = True) -> str | None:
    """The template's text, or None where it refuses such turns."""
    tokenizer: Any = renderer.tokenizer
    messages = [{"role": role, "content": content} for role, content in turns]
    try:
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=reply))
    except Exception:  # a template refuses by raising whatever it likes
        return None
