"""How probes are scored: what the model writes, what it finds likelier, and whether that is more than chance."""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import binomtest
from starter.base.matching import names_only
from starter.base.probes import Choice, Pair, Probes

from brandtune.core.examples import Message
from brandtune.models import Model, Rendered, generate
from brandtune.models.likelihood import reply_losses
from brandtune.models.settings import Decoding


@dataclass(frozen=True)
class Score:
    """Share of items that were right, beside what guessing reaches.

    Attributes:
        low: Lower end of the 95 % interval (Wilson).
        high: Upper end.
        p_value: One-sided exact binomial test against `chance`.
    """

    n: int
    right: int
    share: float
    low: float
    high: float
    chance: float
    p_value: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def score_of(hits: Sequence[bool], *, chance: float) -> Score:
    """A share with its interval and its test against chance.

    >>> score_of([True] * 9 + [False], chance=0.5).p_value < 0.05
    True
    """
    n, right = len(hits), sum(hits)
    test = binomtest(right, n, min(chance, 1.0), alternative="greater")
    interval = binomtest(right, n).proportion_ci(method="wilson")
    return Score(n, right, right / n, float(interval.low), float(interval.high), chance, float(test.pvalue))


def score_probes(model: Model, probes: Probes) -> dict[str, dict[str, Any]]:
    """For each skill and each of its sorts: `written` (greedy), `likelier` and for choices `calibrated`, as `Score`s.

    `likelier` compares summed log-probabilities, which favour answers that are short and common whatever was asked;
    `calibrated` takes away what each answer has when nothing is asked (Zhao et al. 2021, arXiv 2102.09690).

    `written` counts a choice as right when the reply names the right answer and none of the others; an order counts as
    obeyed when a check of the form says so, and its chance is how often replies under the *other* order pass that check.
    """
    found: dict[str, dict[str, Any]] = {}
    for skill, choices in (("copy", probes.copy), ("few_shot", probes.few_shot)):
        written = _written_choices(model, choices)
        likelier, calibrated = _likelier_choices(model, choices)
        for name, chosen in _groups(skill, choices):
            chance = sum(choices[i].chance for i in chosen) / len(chosen)
            found[name] = {
                "written": score_of([written[i] for i in chosen], chance=chance).as_json(),
                "likelier": score_of([likelier[i] for i in chosen], chance=chance).as_json(),
                "calibrated": score_of([calibrated[i] for i in chosen], chance=chance).as_json(),
            }
    found |= _pairs(model, probes.instruction)
    return found


def _pairs(model: Model, pairs: Sequence[Pair]) -> dict[str, dict[str, Any]]:
    likelier, written = _likelier_pairs(model, pairs), _written_pairs(model, pairs)
    found: dict[str, dict[str, Any]] = {}
    for name, chosen in _groups("instruction", pairs):
        found[name] = {"likelier": score_of([likelier[i] for i in chosen], chance=0.5).as_json()}
        told = [hit for i in chosen if i in written for hit in written[i][0]]
        if told:
            others = [hit for i in chosen if i in written for hit in written[i][1]]
            found[name]["written"] = score_of(told, chance=sum(others) / len(others)).as_json()
    return found


def _groups(skill: str, items: Sequence[Choice] | Sequence[Pair]) -> list[tuple[str, list[int]]]:
    """The whole skill, then each of its sorts: name and indices."""
    sorts = sorted({item.skill for item in items})
    return [
        (skill, list(range(len(items)))),
        *((sort, [i for i, item in enumerate(items) if item.skill == sort]) for sort in sorts),
    ]


def _written_choices(model: Model, choices: Sequence[Choice]) -> list[bool]:
    replies = _replies(model, [choice.messages for choice in choices], most=40)
    return [
        names_only(reply, right=choice.right, answers=choice.answers)
        for reply, choice in zip(replies, choices, strict=True)
    ]


def _likelier_choices(model: Model, choices: Sequence[Choice]) -> tuple[list[bool], list[bool]]:
    """Whether the right answer is the likeliest, as it is and without what is likely anyway."""
    losses = iter(_losses(model, [(choice.messages, answer) for choice in choices for answer in choice.answers]))
    anyway = iter(_losses(model, [(choice.nothing, answer) for choice in choices for answer in choice.answers]))
    likelier, calibrated = [], []
    for choice in choices:
        nats = {answer: next(losses) for answer in choice.answers}
        gain = {answer: next(anyway) - nats[answer] for answer in choice.answers}
        likelier.append(min(nats, key=lambda answer: nats[answer]) == choice.right)
        calibrated.append(max(gain, key=lambda answer: gain[answer]) == choice.right)
    return likelier, calibrated


def _likelier_pairs(model: Model, pairs: Sequence[Pair]) -> list[bool]:
    """Whether each reply under its own order is likelier than exchanged; what is likely anyway cancels out.

    A tie, which a model that does not read the order would give, is decided by a coin.
    """
    coin = random.Random(0)
    asked = [(prompt, reply) for pair in pairs for prompt in pair.prompts for reply in pair.replies]
    losses = iter(_losses(model, asked))
    found = []
    for _ in pairs:
        one_one, one_other, other_one, other_other = (next(losses) for _ in range(4))
        gain = (one_other + other_one) - (one_one + other_other)
        found.append(gain > 0 if gain else coin.random() < 0.5)
    return found


def _written_pairs(model: Model, pairs: Sequence[Pair]) -> dict[int, tuple[list[bool], list[bool]]]:
    """For each pair that a text can tell: obeyed under its order, and passing the check under the other order."""
    chosen = [index for index, pair in enumerate(pairs) if pair.obeys is not None]
    replies = iter(_replies(model, [prompt for index in chosen for prompt in pairs[index].prompts], most=80))
    found = {}
    for index in chosen:
        checks = pairs[index].obeys
        assert checks is not None
        one, other = next(replies), next(replies)
        found[index] = ([checks[0](one), checks[1](other)], [checks[0](other), checks[1](one)])
    return found


def _replies(model: Model, prompts: Sequence[Sequence[Message]], *, most: int) -> list[str]:
    # A penalty on repeating would punish exactly what is asked for here.
    decoding = Decoding(max_new_tokens=most, repetition_penalty=1.0, batch_size=50)
    return [reply.text for reply in generate(model, prompts, decoding=decoding)]


def _losses(model: Model, asked: Sequence[tuple[Sequence[Message], str]]) -> list[float]:
    """Nats of each reply after its messages, its end token included."""
    rendered = [_last_only(model, messages, reply) for messages, reply in asked]
    return [nats for nats, _ in reply_losses(model.network, rendered, device=model.device)]


def _last_only(model: Model, messages: Sequence[Message], reply: str) -> Rendered:
    whole = model.renderer.render([*messages, Message(role="assistant", content=reply)])
    start = len(model.renderer.prompt(messages))
    return Rendered(whole.token_ids, tuple(flag and i >= start for i, flag in enumerate(whole.loss_mask)))
