"""Neither crumbs nor novels; a long example is left out, never cut."""

from collections.abc import Sequence

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.texts import question

STEP = "length"


class LengthConfig(Config):
    """How short and how long an example may be, in characters."""

    min_target_chars: int = Field(default=15, ge=1)
    """The answer must have at least this many characters; labels are exempt."""
    max_chars: int = Field(default=6000, ge=100)
    """All turns together may have at most this many characters."""
    max_field_chars: int = Field(default=1_000_000, ge=1000)
    """A record with a single text over this many characters is left out before anything else is done with it."""


def length(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop examples that are too short or too long."""
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        reason, detail = _misfit(example, context.config.length, is_label=example.task in context.label_tasks)
        if reason:
            dropped.append(context.drop_example(example, step=STEP, reason=reason, detail=detail))
        else:
            kept.append(example)
    return StepResult(kept, dropped)


def _misfit(example: Example, limits: LengthConfig, *, is_label: bool) -> tuple[str, str]:
    total = sum(len(message.content) for message in example.messages)
    answer = len(example.reference.strip())
    if total > limits.max_chars:
        return "too long", f"{total} characters, at most {limits.max_chars}"
    asked = question(example)
    if not asked.strip():
        return "empty prompt", ""
    if not any(map(str.isalnum, asked)):
        return "prompt without words", "only signs or emoji"
    if not is_label and not any(map(str.isalnum, example.reference)):
        return "answer without words", "only signs or emoji"
    if not is_label and answer < limits.min_target_chars:
        return "too short", f"{answer} characters, at least {limits.min_target_chars}"
    return "", ""
