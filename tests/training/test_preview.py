"""The preview is what trains: the same tokens and the same mask as the loop feeds to its update, for every objective."""

from pathlib import Path

import pytest
from test_methods_and_objectives import config, examples, preferences, rated
from tiny_models import write_tiny_model

from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import preflight, train
from brandtune.training.config import ONLINE, OnlineConfig
from brandtune.training.learner import Learner
from brandtune.training.loop import Run
from brandtune.training.objectives import Item

ROWS = {
    **dict.fromkeys(("sft", "grpo"), examples),
    **dict.fromkeys(("dpo", "orpo", "reward"), preferences),
    "kto": rated,
}
ROLES = {"sft": ["conversation"], "kto": ["bad"], "grpo": ["prompt"]}


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def settings(objective: str):
    return config(objective=objective, epochs=1, validations=1, online=OnlineConfig(samples=2, max_new_tokens=4))


def fed(base: str, objective: str, output: Path, monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    """All items that a run gives to `learn`."""
    met: list[Item] = []
    learn = Learner.learn

    def noting(self, batch, *, rate):
        met.extend(batch)
        return learn(self, batch, rate=rate)

    monkeypatch.setattr(Run, "learn", noting)
    reward = (lambda prompt, answer: float(len(answer))) if objective in ONLINE else None
    model = load_model(base, precision="fp32", device="cpu")
    rows = ROWS[objective]()
    train(rows, model=model, config=settings(objective), output=output, reward=reward, progress=Silent())
    return met


def tokens(shown) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """Ids and mask of what is shown."""
    ids = tuple(token for piece in shown.pieces for token in piece.token_ids)
    return ids, tuple(piece.learnt for piece in shown.pieces for _ in piece.token_ids)


@pytest.mark.parametrize("objective", ROWS)
def test_what_is_shown_is_what_the_loop_learns_from(base, tmp_path, monkeypatch, objective):
    rows = ROWS[objective]()
    found = preflight(rows, model=load_model(base, precision="fp32", device="cpu"), config=settings(objective))
    assert [one.role for one in found.previews] == ROLES.get(objective, ["chosen", "rejected"])
    assert found.preview == found.previews[0].pieces and found.objective == objective
    met = fed(base, objective, tmp_path / "out", monkeypatch)
    first = getattr(rows[0], {"kto": "rated_id"}.get(objective, "preference_id"), None) or rows[0].example_id
    if objective == "grpo":
        ((ids, mask),) = [tokens(one) for one in found.previews]
        answers = [item for item in met if item.item_id.startswith(f"{first}/")]
        assert answers and not any(mask)
        for (sequence,) in (item.sequences for item in answers):
            assert sequence.token_ids[: len(ids)] == ids
            assert sequence.loss_mask == (*mask, *(True for _ in sequence.token_ids[len(ids) :]))
        return
    (item,) = [item for item in met if item.item_id == first]
    expected = [(one.token_ids, one.loss_mask) for one in item.sequences]
    if objective == "reward":  # predicting the token behind the last is where the head reads the score
        expected = [(ids[:-1], mask[1:]) for ids, mask in expected]
    assert [tokens(one) for one in found.previews] == expected


def test_under_reward_nothing_is_said_to_carry_loss(base):
    found = preflight(preferences(), model=load_model(base, precision="fp32", device="cpu"), config=settings("reward"))
    assert (found.num_turns, found.num_loss_tokens, found.num_scored) == (0, 0, 24)
    for shown, answer in zip(found.previews, (preferences()[0].chosen, preferences()[0].rejected), strict=True):
        before, read = shown.pieces
        text = before.text + read.text
        assert len(read.token_ids) == 1 and answer in text and text.rstrip().endswith("<|im_end|>")
