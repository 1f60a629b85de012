"""Every method and objective through the one loop: it learns, its parts add up, and what it writes loads elsewhere."""

from dataclasses import replace

import pytest
import torch
from peft import PeftModel
from tiny_models import write_tiny_model
from transformers import AutoModelForCausalLM

from brandtune.core.errors import ConfigError, EmptyDatasetError
from brandtune.core.examples import Example, Message, Preference, Rated
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import LoRAConfig, TrainingConfig, train
from brandtune.training.config import OnlineConfig
from brandtune.training.loop import Run
from brandtune.training.online import OnlineRun

QUESTIONS = [f"Where is order {i}?" for i in range(12)]
GOOD, BAD = "Hi there. It leaves today.", "We cannot say."


def prompt(question: str) -> tuple[Message, ...]:
    return (Message(role="system", content="You answer customers of a shop that sells tents."),
            Message(role="user", content=question))  # fmt: skip


def examples() -> list[Example]:
    return [
        Example(example_id=q, task="t", messages=(*prompt(q), Message(role="assistant", content=GOOD)), target=2)
        for q in QUESTIONS
    ]


def preferences() -> list[Preference]:
    return [
        Preference(preference_id=q, task="t", prompt=prompt(q), chosen=GOOD, rejected=BAD, evidence="edit")
        for q in QUESTIONS
    ]


def rated() -> list[Rated]:
    return [
        Rated(rated_id=q, task="t", prompt=prompt(q), completion=(GOOD if i % 2 else BAD) + f" {i}", good=bool(i % 2),
              evidence="csat")
        for i, q in enumerate(QUESTIONS)
    ]  # fmt: skip


ROWS = {
    "sft": examples,
    "dpo": preferences,
    "ipo": preferences,
    "orpo": preferences,
    "simpo": preferences,
    "kto": rated,
}


def test_an_example_of_several_sequences_weighs_as_if_each_were_one(tmp_path):
    """Where a template drops earlier thoughts, an example is one sequence for each answer; the loss is the same sum."""
    template = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
        "{{ m['content'] if loop.last else m['content'].split('</think>')[-1] }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    model = load_model(str(write_tiny_model(tmp_path / "base", template=template)), precision="fp32", device="cpu")
    said = [Message(role="assistant", content=f"<think>{n}</think>{GOOD}") for n in "ab"]
    talk = (*prompt(QUESTIONS[0]), said[0], Message(role="user", content="And now?"), said[1])
    rows = [Example(example_id="talk", task="t", messages=talk, target=4, weight=3.0), *examples()[:2]]
    run = Run(model, config(), work=None, progress=Silent())
    items, left_out = run.items(rows)
    assert [len(item.sequences) for item in items] == [2, 1, 1] and not left_out
    apart = [replace(items[0], sequences=(one,)) for one in items[0].sequences] + items[1:]
    assert run.learn(items, rate=0.0) == pytest.approx(run.learn(apart, rate=0.0), rel=1e-6)


def config(**changes) -> TrainingConfig:
    settings = {"epochs": 3, "batch_size": 4, "precision": "fp32", "validations": 3, "learning_rate": 5e-3,
                "lora": LoRAConfig(rank=4, alpha=8)}  # fmt: skip
    return TrainingConfig(**(settings | changes))


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def run(base, tmp_path, settings, *, name="out", rows=None, work=None):
    rows = ROWS[settings.objective]() if rows is None else rows
    model = load_model(base, precision="fp32")
    return train(rows[:8], model=model, config=settings, output=tmp_path / name, validation=rows[8:], work=work)


@pytest.mark.parametrize("objective", ROWS)
def test_each_objective_lowers_its_held_out_loss(base, tmp_path, objective):
    found = run(base, tmp_path, config(objective=objective))
    assert found.loss_after < found.loss_before
    assert found.num_steps == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"lora": LoRAConfig(rank=4, alpha=8, rank_stabilized=True)},
        {"lora": LoRAConfig(rank=4, alpha=8, decomposed=True)},
        {"lora": LoRAConfig(rank=4, alpha=8, b_rate_ratio=4)},
        {"method": "full", "learning_rate": 1e-3},
        {"method": "freeze", "trainable_layers": 1, "learning_rate": 1e-3},
        {"packing": "none"},
    ],
    ids=["rslora", "dora", "lora+", "full", "freeze", "padded"],
)
def test_each_method_lowers_the_held_out_loss_and_loads_elsewhere(base, tmp_path, changes):
    found = run(base, tmp_path, config(**changes))
    assert found.loss_after < found.loss_before
    network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    theirs = (
        PeftModel.from_pretrained(network, found.adapter)
        if (found.adapter / "adapter_config.json").exists()
        else AutoModelForCausalLM.from_pretrained(found.adapter, dtype=torch.float32)
    )
    ours = load_model(base, adapter=found.adapter, precision="fp32").network
    ids = torch.tensor([[5, 6, 7, 8, 9]])
    torch.testing.assert_close(ours(ids).logits, theirs.eval()(ids).logits, rtol=1e-4, atol=1e-4)
    untouched = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    assert not torch.allclose(ours(ids).logits, untouched(ids).logits, atol=1e-3)


@pytest.mark.parametrize("objective", ["sft", "dpo", "kto"])
def test_parts_do_not_change_the_result(base, tmp_path, objective):
    whole = run(base, tmp_path, config(objective=objective), name="whole")
    cut = run(base, tmp_path, config(objective=objective, micro_batch_tokens=60), name="cut")
    padded = run(base, tmp_path, config(objective=objective, packing="none"), name="padded")
    for point, other, third in zip(whole.curve, cut.curve, padded.curve, strict=True):
        for name in ("train_loss", "validation_loss"):
            if name in point:
                assert point[name] == pytest.approx(other[name], rel=1e-4, abs=1e-6)
                assert point[name] == pytest.approx(third[name], rel=1e-4, abs=1e-6)


def uneven(objective: str) -> list[Example | Preference | Rated]:
    """Rows of unlike length and weight, so that it would show if a part were averaged for itself."""
    short = ["Yes.", "It leaves today, and you will have it on Friday.", "Hi there. " * 3 + "It leaves today."]
    asked = [prompt(question + " Please." * (i % 4)) for i, question in enumerate(QUESTIONS)]
    if objective in ("sft", "grpo", "rloo"):
        return [
            Example(example_id=str(i), task="t", target=2, weight=1 + i % 3,
                    messages=(*one, Message(role="assistant", content=short[i % 3])))
            for i, one in enumerate(asked)
        ]  # fmt: skip
    if objective == "kto":
        return [
            Rated(rated_id=str(i), task="t", prompt=one, completion=short[i % 3], good=bool(i % 2), evidence="csat")
            for i, one in enumerate(asked)
        ]
    return [
        Preference(preference_id=str(i), task="t", prompt=one, chosen=short[i % 3], rejected=BAD * (1 + i % 2),
                   evidence="edit", confidence=0.5 + 0.1 * (i % 5))
        for i, one in enumerate(asked)
    ]  # fmt: skip


def learner(base, objective: str, **changes) -> Run:
    settings = config(objective=objective, online=OnlineConfig(samples=3, max_new_tokens=9, kl=0.1), **changes)
    model = load_model(base, precision="fp32")
    if objective in ("grpo", "rloo"):
        length = lambda asked, answer: float(len(answer))  # noqa: E731
        return OnlineRun(model, settings, reward=length, work=None, progress=Silent())
    return Run(model, settings, work=None, progress=Silent())


def moved(run: Run) -> Run:
    """Off the start, where losses of preferences know no direction."""
    torch.manual_seed(1)
    run.weights.restore({name: value + 0.05 * torch.randn_like(value) for name, value in run.weights.state().items()})
    return run


def loss_and_gradients(run: Run, batch) -> tuple[float, torch.Tensor]:
    run.network.eval()
    loss = run._gradients(batch, total=run.objective.total(batch), divergence=run._divergence(batch))
    found = torch.cat([parameter.grad.flatten() for parameter in run.weights.used.values()])
    run.weights.drop_gradients()
    return loss, found


@pytest.mark.parametrize("objective", [*ROWS, "reward", "grpo", "rloo"])
def test_a_batch_cut_into_parts_has_the_same_loss_and_gradients(base, objective):
    run, padded = learner(base, objective), moved(learner(base, objective, packing="none"))
    batch, _ = run.items(uneven(objective))
    if run.objective.needs_reference:
        batch = run.with_reference(batch)
    moved(run)
    if isinstance(run, OnlineRun):
        batch = run._answered(batch[:4])
    loss, gradients = loss_and_gradients(run, batch)
    run.micro_batch_tokens = 70
    parts = list(run._parts(batch, max_tokens=70))
    assert len(parts) > 3
    for other in (run, padded):
        cut, found = loss_and_gradients(other, batch)
        assert cut == pytest.approx(loss, rel=1e-5, abs=1e-5)
        assert (found - gradients).norm() < 1e-4 * gradients.norm()


@pytest.mark.parametrize("settings", [{"objective": "dpo"}, {"objective": "kto"}, {"method": "full"}])
def test_a_killed_run_ends_with_the_same_weights(base, tmp_path, monkeypatch, settings):
    settings = config(**settings, checkpoint_every_s=1e-9)
    run(base, tmp_path, settings, name="whole")
    steps = 0
    step = Run._step

    def dying(self, items):
        nonlocal steps
        steps += 1
        if steps == 4:
            raise KeyboardInterrupt
        return step(self, items)

    monkeypatch.setattr(Run, "_step", dying)
    with pytest.raises(KeyboardInterrupt):
        run(base, tmp_path, settings, work=tmp_path / "work")
    monkeypatch.setattr(Run, "_step", step)
    run(base, tmp_path, settings, work=tmp_path / "work")
    for path in sorted((tmp_path / "whole").glob("*.safetensors")):
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes()


def test_dpo_starts_at_the_loss_of_a_coin(base, tmp_path):
    found = run(base, tmp_path, config(objective="dpo"))
    assert found.loss_before == pytest.approx(0.6931, abs=1e-4)


def test_freezing_leaves_the_rest_alone(base, tmp_path):
    found = run(base, tmp_path, config(method="freeze", trainable_layers=1, learning_rate=1e-3))
    before = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).state_dict()
    after = AutoModelForCausalLM.from_pretrained(found.adapter, dtype=torch.float32).state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(".layers.1." in name for name in changed)


def test_the_wrong_kind_is_refused(base, tmp_path):
    with pytest.raises(ConfigError, match="learns from preferences, and was given examples"):
        run(base, tmp_path, config(objective="dpo"), rows=examples())


def test_too_many_layers_are_refused(base, tmp_path):
    with pytest.raises(ConfigError, match="the base has 2 layers"):
        run(base, tmp_path, config(method="freeze", trainable_layers=3))


def test_rated_answers_to_one_prompt_cannot_be_mismatched(base, tmp_path):
    same = [Rated(rated_id=str(i), task="t", prompt=prompt("Why?"), completion=GOOD, good=True, evidence="csat")
            for i in range(4)]  # fmt: skip
    with pytest.raises(
        EmptyDatasetError, match=r"none of the 4 training examples .*cannot be set against.*Add rated answers"
    ):
        run(base, tmp_path, config(objective="kto"), rows=same)


def test_too_long_pairs_are_left_out_whole(base, tmp_path):
    rows = preferences()
    rows[0] = Preference(
        preference_id="long", task="t", prompt=rows[0].prompt, chosen=GOOD, rejected=BAD * 300, evidence="edit"
    )
    found = run(base, tmp_path, config(objective="dpo"), rows=rows)
    assert [row.id for row in found.left_out] == ["long"]
    assert found.num_examples == 7


def test_what_is_computed_in_a_slower_way_is_said(base, monkeypatch):
    said: list[str] = []

    class Listening(Silent):
        def say(self, text: str) -> None:
            said.append(text)

    monkeypatch.setattr("brandtune.training.output.slower", lambda model: [f"{type(model).__name__} is slow"])
    monkeypatch.setattr("brandtune.training.flex.slower", lambda device: [f"{device} is slow"])
    Run(load_model(base, precision="fp32"), config(), work=None, progress=Listening())
    assert {"LlamaForCausalLM is slow", "cpu is slow"} <= set(said)


def test_an_architecture_that_cannot_be_packed_is_padded_and_said(base, monkeypatch):
    said: list[str] = []

    class Listening(Silent):
        def say(self, text: str) -> None:
            said.append(text)

    monkeypatch.setattr("brandtune.training.learner.packs_are_exact", lambda network: False)
    run = Run(load_model(base, precision="fp32"), config(), work=None, progress=Listening())
    assert any("cannot be packed" in text for text in said) and run.state.warnings == said
