"""What objectives learn from: one, or two, token sequences with what is known about them."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from brandtune.core.errors import DataError
from brandtune.core.examples import Dropped, Example, Message, Preference, Rated
from brandtune.models.rendering import Renderer
from brandtune.training.packing import Tokens

Learnable = Example | Preference | Rated
TOO_LONG = "longer than the model's context"
EMPTY = "an answer is empty"
SAME = "both answers are the same"
WEIGHTLESS = "its weight is 0"
UNMATCHED = "it cannot be set against the answer to another prompt"


@dataclass(frozen=True)
class Item:
    """One thing to learn from.

    Attributes:
        sequences: One for a rated answer; the chosen one and the rejected one for a preference; one for an example, or
            one for each of its answers where the base's template renders earlier turns differently later.
        good: For a rated answer, whether it turned out well.
        mismatched: For a rated answer, its prompt with another one's answer: KTO's probe of the divergence.
        advantage: For a sampled answer, how much better than its siblings it did.
        sampled: For a sampled answer, the log-probability of each of its tokens when it was sampled; empty where it is
            learnt from once, and that is now.
        referred: The same under the model before training, where the objective stays near it.
        unit: Whom differential privacy protects here: all items with the same one count as one.
        reference: Summed log-probability of each sequence (and of `mismatched`, last) before training, where needed.
    """

    item_id: str
    sequences: tuple[Tokens, ...]
    weight: float = 1.0
    good: bool = True
    mismatched: Tokens | None = None
    reference: tuple[float, ...] = ()
    advantage: float = 0.0
    sampled: tuple[float, ...] = ()
    referred: tuple[float, ...] = ()
    unit: str = ""

    def __len__(self) -> int:
        return sum(len(sequence) for sequence in self.sequences)

    @property
    def all_sequences(self) -> tuple[Tokens, ...]:
        return (*self.sequences, self.mismatched) if self.mismatched else self.sequences

    @property
    def num_loss_tokens(self) -> int:
        return sum(sum(sequence.loss_mask) for sequence in self.sequences)


def id_of(row: Learnable) -> str:
    """The id of whatever is learnt from."""
    if isinstance(row, Example):
        return row.example_id
    return row.preference_id if isinstance(row, Preference) else row.rated_id


def items_of(rows: Sequence[Learnable], *, renderer: Renderer, max_tokens: int) -> tuple[list[Item], list[Dropped]]:
    """Render; whatever has a sequence longer than `max_tokens`, or nothing to learn from, is left out with a reason.

    Raises:
        DataError: A conversation has no assistant turn, or one whose end would not be learnt; names it.
    """
    kept: list[Item] = []
    left_out: list[Dropped] = []
    for row in rows:
        reason, detail = _unusable(row), ""
        if not reason:
            item = _rendered(row, renderer)
            longest = max(len(sequence) for sequence in item.sequences)
            if longest <= max_tokens:
                kept.append(item)
                continue
            reason, detail = TOO_LONG, f"{longest} tokens, the limit is {max_tokens}"
        left_out.append(Dropped(id=id_of(row), step="train", reason=reason, detail=detail, origin=row.origin))
    return kept, left_out


def _unusable(row: Learnable) -> str:
    """Why nothing can be learnt from a row however long the context; empty where something can."""
    if is_weightless(row):
        return WEIGHTLESS
    if isinstance(row, Preference) and row.chosen.strip() == row.rejected.strip() != "":
        return SAME
    if isinstance(row, Example):
        answers = [message.content for message in row.messages if message.role == "assistant"]
    else:
        answers = [row.chosen, row.rejected] if isinstance(row, Preference) else [row.completion]
    return "" if all(answer.strip() for answer in answers) else EMPTY


def is_weightless(row: Learnable) -> bool:
    """Whether a row says of itself that it does not count; a batch of nothing else would have no mean."""
    weight = row.weight if isinstance(row, Example) else row.confidence if isinstance(row, Preference) else 1.0
    return weight == 0


def _rendered(row: Learnable, renderer: Renderer) -> Item:
    try:
        return _item(row, renderer)
    except DataError as error:
        raise DataError(error.what, where=error.where or str(row.origin or id_of(row)), fix=error.fix) from None


def _item(row: Learnable, renderer: Renderer) -> Item:
    if isinstance(row, Example):
        return Item(row.example_id, _learnt(row, renderer), weight=row.weight)
    if isinstance(row, Preference):
        sequences = tuple(reply(row.prompt, text, renderer=renderer) for text in (row.chosen, row.rejected))
        return Item(row.preference_id, sequences, weight=row.confidence)
    return Item(row.rated_id, (reply(row.prompt, row.completion, renderer=renderer),), good=row.good)


def _learnt(row: Example, renderer: Renderer) -> tuple[Tokens, ...]:
    """The sequences of a conversation, without loss on silent turns; one of which nothing is learnt is left away."""
    answers = [index for index, message in enumerate(row.messages) if message.role == "assistant"]
    found = renderer.turns(row.messages)
    if len(found) > 1:  # one for each answer, in their order
        kept = (one for one, answer in zip(found, answers, strict=True) if answer not in row.silent)
        return tuple(Tokens(one.token_ids, one.loss_mask) for one in kept)
    mask, run = [], -1  # each run of the mask is one answer, which the renderer has made sure of
    for index, flag in enumerate(found[0].loss_mask):
        run += flag and (index == 0 or not found[0].loss_mask[index - 1])
        mask.append(flag and answers[run] not in row.silent)
    return (Tokens(found[0].token_ids, tuple(mask)),)


def reply(prompt: Sequence[Message], text: str, *, renderer: Renderer) -> Tokens:
    """A prompt and one reply to it; only the reply carries loss, also where the prompt holds earlier replies."""
    rendered = renderer.reply([*prompt, Message(role="assistant", content=text)])
    return Tokens(rendered.token_ids, rendered.loss_mask)


def with_mismatched(
    items: Sequence[Item],
    rows: Sequence[Rated],
    *,
    renderer: Renderer,
    max_tokens: int,
    seed: int,
    beside: Sequence[Rated] = (),
) -> tuple[list[Item], list[Dropped]]:
    """Give each rated answer its prompt with the answer to another prompt, chosen once by `seed`.

    Args:
        rows: What the items were rendered from, in their order.
        beside: More answers, taken where none of `rows` will do.

    Returns:
        The items that found one, and the rows that did not, with a reason.
    """
    order = list(range(len(rows)))
    random.Random(f"mismatched/{seed}").shuffle(order)
    more = [row for row in beside if row.completion.strip()]
    random.Random(f"beside/{seed}").shuffle(more)
    found: dict[int, Tokens] = {}
    for place, index in enumerate(order):
        own = (rows[order[(place + step) % len(order)]] for step in range(1, len(order)))
        if sequence := _mismatched(rows[index], chain(own, more), renderer=renderer, max_tokens=max_tokens):
            found[index] = sequence
    kept = [replace(items[index], mismatched=found[index]) for index in sorted(found)]
    return kept, [_unmatched(row) for index, row in enumerate(rows) if index not in found]


def _mismatched(row: Rated, others: Iterable[Rated], *, renderer: Renderer, max_tokens: int) -> Tokens | None:
    """The prompt with the first answer to another prompt that fits behind it."""
    for other in others:
        if other.prompt != row.prompt:
            made = reply(row.prompt, other.completion, renderer=renderer)
            if len(made) <= max_tokens:
                return made
    return None


def _unmatched(row: Rated) -> Dropped:
    detail = "all others answer the same prompt, or are too long for this one"
    return Dropped(id=row.rated_id, step="train", reason=UNMATCHED, detail=detail, origin=row.origin)
