"""What `check` shows of an item: the very tokens and the very mask that the loop learns from, told in words."""

from collections.abc import Sequence

from brandtune.core.records import Struct
from brandtune.models.loading import Model
from brandtune.training.config import ONLINE
from brandtune.training.objectives import Item
from brandtune.training.packing import Tokens


class Piece(Struct, frozen=True, kw_only=True):
    """A stretch of rendered text and whether it carries loss; for a reward model, whether the score is read there."""

    text: str
    learnt: bool
    token_ids: tuple[int, ...] = ()


class Shown(Struct, frozen=True, kw_only=True):
    """One sequence that a run computes, cut where loss begins and ends.

    Attributes:
        role: What it is to the objective: `conversation`, `answer 1`…, `chosen` and `rejected`, `good` or `bad`, `prompt`.
    """

    role: str
    pieces: tuple[Piece, ...]


def preview(item: Item, *, objective: str, model: Model) -> tuple[Shown, ...]:
    """Every sequence of an item.

    Under `reward` the token that stands in for a prediction is left out, as there is none: the score is read at the last
    token of each answer. Under `grpo` and `rloo` it is the prompt, behind which the model writes.
    """
    roles = _roles(item, objective)
    sequences = [_read_off(one) if objective == "reward" else one for one in item.sequences]
    return tuple(Shown(role=role, pieces=_pieces(one, model)) for role, one in zip(roles, sequences, strict=True))


def _roles(item: Item, objective: str) -> Sequence[str]:
    if objective in ONLINE:
        return ("prompt",)
    if objective == "kto":
        return ("good" if item.good else "bad",)
    if objective != "sft":
        return ("chosen", "rejected")
    count = len(item.sequences)
    return ("conversation",) if count == 1 else [f"answer {number}" for number in range(1, count + 1)]


def _read_off(sequence: Tokens) -> Tokens:
    """Where the score is read, without the token that stands in for what would be predicted there."""
    return Tokens(sequence.token_ids[:-1], sequence.loss_mask[1:])


def _pieces(sequence: Tokens, model: Model) -> tuple[Piece, ...]:
    pieces: list[tuple[list[int], bool]] = []
    for token, learnt in zip(sequence.token_ids, sequence.loss_mask, strict=True):
        if not pieces or pieces[-1][1] != learnt:
            pieces.append(([], learnt))
        pieces[-1][0].append(token)
    decode = model.renderer.tokenizer.decode
    return tuple(Piece(text=str(decode(ids)), learnt=learnt, token_ids=tuple(ids)) for ids, learnt in pieces)
