"""As a library nothing of weight is silent: warnings are logged and kept, settings that cannot be are named."""

import logging

import pytest
from test_callbacks import Listening
from tiny_models import write_tiny_model

import brandtune as bt
from brandtune.core.errors import ConfigError
from brandtune.execution import ray
from brandtune.training import LoRAConfig
from brandtune.training.config import TrainingConfig
from brandtune.training.library import RLOO


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def rows(count: int = 4) -> list[dict[str, str]]:
    return [{"prompt": f"Where is order {i}?", "completion": "It is on its way to you."} for i in range(count)]


LONG = {"prompt": "tent " * 900, "completion": "Yes."}


def trained(base, folder, data=None, *, name="out", **named):
    settings = {"method": bt.LoRA(rank=2, alpha=4), "epochs": 1, "precision": "fp32"} | named
    return bt.train(data or rows(), base=base, output=folder / name, **settings)


def logged(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "brandtune"]


def test_warnings_and_rows_left_out_are_logged_by_default(base, tmp_path, caplog):
    done = trained(base, tmp_path, [*(rows(1) * 3), LONG], validation=[*rows(1), LONG])
    assert [record.levelno for record in caplog.records if record.name == "brandtune"] == 2 * [logging.WARNING]
    out, same = sorted(logged(caplog))
    assert out == """warning="2 rows are left out: 2 × longer than the model's context\""""
    assert same.startswith('warning="all 3 training examples are the same') and len(done.warnings) == 1


def test_where_progress_is_given_it_is_told_and_nothing_is_logged(base, tmp_path, caplog):
    progress = Listening()
    trained(base, tmp_path, [*rows(), LONG], progress=progress)
    assert progress.said == ["1 row is left out: 1 × longer than the model's context"] and not logged(caplog)


def test_what_workers_had_to_say_is_said_here(base, tmp_path, caplog, monkeypatch):
    def call(function, *arguments, workers, folder, **named):  # as a worker would, whose logs nobody sees
        return function(*arguments, progress=Listening(), **named)

    monkeypatch.setattr(ray, "call", call)
    trained(base, tmp_path, [*(rows(1) * 3), LONG], workers=2)
    assert [text[:12] for text in logged(caplog)] == ['warning="1 r', 'warning="all']


def test_answers_that_all_earn_the_same_are_a_warning(base, tmp_path, caplog):
    objective = bt.GRPO(lambda prompt, answer: 1.0, samples=2, max_new_tokens=3)
    done = trained(base, tmp_path, objective=objective)
    assert done.warnings and done.warnings[0].startswith("all answers to a prompt earned the same reward")
    assert logged(caplog) == [f'warning="{done.warnings[0]}"']


@pytest.fixture(scope="module")
def earlier(base, tmp_path_factory):
    return trained(base, tmp_path_factory.mktemp("earlier")).adapter


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (bt.LoRA(rank=16), r"training\.lora\.rank: .* has rank 2, and rank 16 is asked for"),
        (bt.LoRA(rank=2, alpha=8), r"has alpha 4\.0, and alpha 8\.0 is asked for"),
        (
            bt.LoRA(decomposed=True, dropout=0.1),
            r"has dropout 0\.0, decomposed False, and dropout 0\.1, decomposed True",
        ),
        (bt.LoRA(target_modules=("q_proj",)), r"and target_modules \['q_proj'\] is asked for"),
        (bt.LoRA(init="pissa"), "an earlier adapter is where it starts"),
    ],
)
def test_settings_that_an_earlier_adapter_does_not_have_are_refused(base, earlier, tmp_path, method, message):
    with pytest.raises(ConfigError, match=message):
        trained(base, tmp_path, adapter=earlier, method=method)


@pytest.mark.parametrize("method", [None, bt.LoRA(), bt.LoRA(rank=2), bt.LoRA(b_rate_ratio=2)])
def test_what_is_not_said_is_the_earlier_adapters(base, earlier, tmp_path, method):
    assert trained(base, tmp_path, adapter=earlier, method=method).num_steps == 1


def test_an_adapter_of_pissa_is_gone_on_with_at_its_own_rank(base, tmp_path):
    first = trained(base, tmp_path, name="first", method=bt.LoRA(rank=2, alpha=4, init="pissa"))
    assert trained(base, tmp_path, adapter=first.adapter, method=bt.LoRA(rank=4)).num_steps == 1


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: bt.LoRA(rnk=16), r"^bt\.LoRA\.rnk: unknown key `rnk`\. Did you mean `rank`\?$"),
        (lambda: bt.LoRA(rank=0, alhpa=2), r"bt\.LoRA\.rank: .* Found: 0\.\nbt\.LoRA\.alhpa: .*`alpha`"),
        (lambda: bt.DPO(bta=0.1), r"bt\.DPO\.bta: unknown key `bta`\. Did you mean `beta`"),
        (lambda: bt.KTO(beta=-1), r"bt\.KTO\.beta: Input should be greater than 0\. Found: -1\."),
        (lambda: bt.RewardModel(centering=1), r"Did you mean `reward_centering`"),
        (lambda: bt.GRPO(len, sample=4), r"bt\.GRPO\.sample: .*`samples`"),
        (lambda: RLOO(len, samples=1), r"RLOO\.samples: "),
        (lambda: bt.train(rows(), epoch=3), r"training\.epoch: unknown key `epoch`\. Did you mean `epochs`"),
        (lambda: bt.train(rows(), lora={"rnk": 3}), r"training\.lora\.rnk: .*`rank`"),
        (lambda: bt.train(rows(), method="full"), "method is a str"),
        (lambda: bt.train(rows(), objective="dpo"), "objective is a str"),
        (lambda: bt.train(rows(), track=("wandb",)), "without a work folder"),
    ],
)
def test_settings_that_cannot_be_are_named_with_the_nearest(build, message):
    with pytest.raises(ConfigError, match=message):
        build()


def test_only_what_was_said_counts_as_said():
    assert bt.LoRA(rank=3).model_fields_set == {"rank"} and isinstance(bt.LoRA(), LoRAConfig)
    assert TrainingConfig(lora=bt.LoRA(rank=3)).lora.rank == 3
