"""What a training stage writes down: the result survives its file, and the summary says what was mixed in and promised."""

import msgspec
import pytest

from brandtune.core.errors import NotFoundError
from brandtune.training.config import MixConfig, TrainingConfig
from brandtune.training.guarantee import Guarantee
from brandtune.workflows.plan import Plan
from brandtune.workflows.tuning import Trained, load_trained, mixed_content, save_trained

PROMISED = Guarantee(
    epsilon=2.5, delta=1e-4, unit="person", num_units=900, sample_rate=0.01, noise_multiplier=0.9, clip=1.0, steps=30
)


def trained(folder, **changes) -> Trained:
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    plain = Trained(
        adapter=str(folder), base="starter", curve=(), loss_before=3.0, loss_after=2.0, best_step=30, num_steps=30,
        num_examples=1200, num_parameters=10, num_trainable=2, tokens=99, seconds=1.5, precision="nf4",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def test_what_was_promised_and_mixed_in_is_said_and_survives(tmp_path):
    found = trained(tmp_path / "made", num_mixed=300, privacy=PROMISED)
    said = save_trained(found, tmp_path / "stage")
    assert "1,200 examples and 300 general ones an epoch" in said
    assert "differentially private for each person (epsilon 2.5, delta 0.0001)" in said
    assert load_trained(tmp_path / "stage").privacy == PROMISED
    assert load_trained(tmp_path / "stage").num_mixed == 300


def test_without_them_nothing_is_said(tmp_path):
    said = save_trained(trained(tmp_path / "made"), tmp_path / "stage")
    assert "general" not in said and "private" not in said


def plan_with(mix: MixConfig | None, directory) -> Plan:
    plan = Plan.model_construct(training=TrainingConfig(mix=mix))
    plan._directory = directory
    return plan


def test_the_stage_is_made_anew_when_the_general_data_changes(tmp_path):
    path = tmp_path / "general.jsonl"
    plan = plan_with(MixConfig(path="general.jsonl"), tmp_path)
    with pytest.raises(NotFoundError, match=r"training\.mix\.path: there is no file"):
        mixed_content(plan)
    path.write_text("{}")
    first = mixed_content(plan)
    path.write_text("{ }")
    assert mixed_content(plan) != first
    assert mixed_content(plan_with(None, tmp_path)) == ""
