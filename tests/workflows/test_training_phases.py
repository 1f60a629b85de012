"""Training in phases: each goes on from the one before, keeps its adapter and figures, and survives a kill anywhere."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file
from test_methods_and_objectives import examples, preferences, rated
from tiny_models import write_tiny_model

from brandtune.core.brand import load_brand
from brandtune.core.errors import ConfigError, EmptyDatasetError, NotFoundError, UsageError
from brandtune.core.progress import Silent
from brandtune.lineage import Registry
from brandtune.models import references
from brandtune.training.loop import Run
from brandtune.workflows import checking, rewarding, tuning
from brandtune.workflows.plan import Plan, load_plan
from brandtune.workflows.starting_point import starting_point

PLAN = """brand: {{name: Quill, rules: rules/}}
sources: [{{kind: jsonl, path: a.jsonl, maps_to: conversation}}]
tasks: [{{kind: support_reply}}]
base: {base}
training:
  epochs: 1
  batch_size: 4
  precision: fp32
  validations: 1
  checkpoint_every_s: 0.0000001
  learning_rate: 0.005
  lora: {{rank: 4, alpha: 8}}
  online: {{samples: 2, max_new_tokens: 4}}
  {more}
"""
RULE = "extends: existence\nmessage: calm\nlevel: error\nnonword: true\ntokens: ['!']\n"
CHAIN = (
    "then: [{objective: kto}, {objective: reward}, "
    "{objective: grpo, reward: [{kind: model}, {kind: rules, weight: 2}]}]"
)


class Version:
    """A frozen dataset as far as training looks at one."""

    def __init__(self, *, pairs: bool = True) -> None:
        self.rows = {"examples": examples(), "preferences": preferences() if pairs else [], "rated": rated()}

    def _split(self, name: str, split: str) -> list:
        return self.rows[name][:8] if split == "train" else self.rows[name][8:]

    def examples(self, split: str) -> list:
        return self._split("examples", split)

    def preferences(self, split: str) -> list:
        return self._split("preferences", split)

    def rated(self, split: str) -> list:
        return self._split("rated", split)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("base"))


def plan_of(folder: Path, base: Path, more: str = "") -> Plan:
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "rules" / "Calm.yml").write_text(RULE)
    (folder / "brandtune.yaml").write_text(PLAN.format(base=base, more=more))
    return load_plan(folder / "brandtune.yaml")


def run(plan: Plan, work: Path, *, version=None):
    brand = load_brand(plan.brand, base_dir=plan.directory)
    base = references.resolve(plan.base, base_dir=plan.directory)
    return tuning.train(
        version or Version(), plan=plan, base=base, brand=brand, work=work, progress=Silent(),
        earlier=starting_point(plan),
    )  # fmt: skip


@pytest.fixture(scope="module")
def chained(tmp_path_factory, base):
    """SFT, then KTO, then a reward model, then GRPO with it: the figures, and what was kept."""
    folder = tmp_path_factory.mktemp("chain")
    plan = plan_of(folder, base, CHAIN)
    trained = run(plan, folder / "work")
    kept = folder / "kept"
    kept.mkdir()
    text = tuning.save_trained(trained, kept)
    return plan, kept, text


def weights(folder: Path) -> dict:
    return load_file(folder / "adapter_model.safetensors")


def test_every_phase_is_kept_with_its_figures(chained):
    _, kept, text = chained
    trained = tuning.load_trained(kept)
    assert [phase.name for phase in trained.phases] == ["1-sft", "2-kto", "3-reward", "4-grpo"]
    assert [phase.start for phase in trained.phases] == ["", "phase:1-sft", "phase:2-kto", "phase:2-kto"]
    assert [phase.judged_by for phase in trained.phases] == ["", "", "", "3-reward"]
    assert (trained.name, trained.objective) == ("4-grpo", "grpo")
    for phase in trained.phases:
        assert (kept / phase.adapter / "adapter_model.safetensors").is_file()
        assert phase.curve and phase.tokens > 0
    assert [part.split(":")[0] for part in text.split("; ")] == ["sft", "kto", "reward", "grpo"]
    assert "% of held-out pairs in the right order" in text
    assert "reward on validation" in text


def test_what_comes_out_is_the_last_phase_that_writes(chained):
    _, kept, _ = chained
    last = weights(kept / "phases" / "4-grpo" / "adapter")
    final = weights(kept / "adapter")
    assert all((last[name] == final[name]).all() for name in last)
    judge = json.loads((kept / "phases" / "3-reward" / "adapter" / "adapter_config.json").read_text())
    assert judge["task_type"] == "SEQ_CLS"


def test_each_phase_starts_from_the_one_before(chained):
    """KTO's reference is where it starts, so its first held-out loss is that of a model that has not moved."""
    _, kept, _ = chained
    trained = tuning.load_trained(kept)
    assert trained.phases[1].loss_before == pytest.approx(0.5, abs=1e-3)
    first, second = (weights(kept / "phases" / name / "adapter") for name in ("1-sft", "2-kto"))
    change = max(float((first[name] - second[name]).abs().max()) for name in first)
    assert 0 < change < 0.02


def test_rewards_are_in_the_curve_by_part(chained):
    _, kept, _ = chained
    phases = tuning.load_trained(kept).phases
    points = [point.figures for point in phases[3].curve]
    assert {"validation_reward", "validation_reward/model", "validation_reward/rules"} <= set(points[0])
    assert {"reward", "reward/model", "reward/rules", "reward_spread", "answer_tokens"} <= set(points[-1])
    assert phases[2].curve[-1].figures["accuracy"] <= 1


@pytest.mark.parametrize("at", [pytest.param(1, marks=pytest.mark.slow), 3, pytest.param(5, marks=pytest.mark.slow), 7])
def test_a_kill_in_any_phase_ends_with_the_same_weights(tmp_path, chained, base, monkeypatch, at):
    """Each phase has two updates; the kill comes in the second one, with a checkpoint after the first."""
    _, kept, _ = chained
    plan = plan_of(tmp_path, base, CHAIN)
    learn, updates = Run._learnt, 0

    def dying(self, batch):
        nonlocal updates
        updates += 1
        if updates == at + 1:
            raise KeyboardInterrupt
        return learn(self, batch)

    monkeypatch.setattr(Run, "_learnt", dying)
    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path / "work")
    done = {path.parent.name for path in (tmp_path / "work").glob("*/training.json")}
    assert len(done) == at // 2
    assert any((tmp_path / "work").glob(f"{at // 2 + 1}-*/checkpoint.pt"))
    monkeypatch.setattr(Run, "_learnt", learn)
    trained = run(plan, tmp_path / "work")
    for one in trained.phases:
        ours, theirs = weights(Path(one.adapter)), weights(kept / "phases" / one.name / "adapter")
        assert all((ours[name] == theirs[name]).all() for name in theirs), one.name


def test_what_a_later_phase_lacks_is_said_before_the_first(tmp_path, base, monkeypatch):
    monkeypatch.setattr(tuning, "load_model", lambda *a, **k: pytest.fail("trained before the data was looked at"))
    with pytest.raises(EmptyDatasetError, match="`dpo` learns from preferences, and the dataset has none"):
        run(plan_of(tmp_path, base, "then: [{objective: dpo}]"), tmp_path / "work", version=Version(pairs=False))


def test_all_weights_are_gone_on_with_too(tmp_path, base):
    plan = plan_of(tmp_path, base, "method: full\n  then: [{objective: dpo}]")
    trained = run(plan, tmp_path / "work")
    assert [phase.start for phase in trained.phases] == ["", "phase:1-sft"]
    assert trained.phases[1].loss_before == pytest.approx(0.6931, abs=1e-3)
    first = load_file(tmp_path / "work" / "1-sft" / "adapter" / "model.safetensors")
    second = load_file(tmp_path / "work" / "2-dpo" / "adapter" / "model.safetensors")
    change = max(float((first[name] - second[name]).abs().max()) for name in second)
    assert 0 < change < 0.02


def test_a_reward_model_alone_cannot_be_compared(tmp_path, base):
    plan = plan_of(tmp_path, base, "objective: reward")
    trained = run(plan, tmp_path / "work")
    assert not trained.writes
    with pytest.raises(UsageError, match="a reward model was trained, which does not write"):
        tuning.evaluate(
            Version(), trained, plan=plan, brand=None, tasks={}, adapter=tmp_path, work=tmp_path, progress=Silent()
        )


def released(plan: Plan, adapter: Path, model_id: str, *, base: str) -> None:
    Registry(plan.database, files=plan.workspace).publish(
        adapter, model_id=model_id, base=base, run_id="r", dataset="d", evidence={}, card="card"
    )


def test_a_release_or_a_folder_is_gone_on_with(tmp_path, chained, base):
    _, kept, _ = chained
    plan = plan_of(tmp_path, base, "start: champion")
    released(plan, kept / "phases" / "1-sft" / "adapter", "quill-1", base=str(base))
    trained = run(plan, tmp_path / "work")
    before = tuning.load_trained(kept).phases[0]
    assert trained.start == "model:quill-1"
    assert trained.loss_before == pytest.approx(before.loss_after, rel=1e-4)
    again = run(plan_of(tmp_path, base, f"start: {kept / 'phases' / '1-sft' / 'adapter'}"), tmp_path / "again")
    assert again.start.startswith("weights:")
    assert again.loss_before == trained.loss_before


def test_a_run_keeps_the_model_it_started_from(tmp_path, chained, base):
    _, kept, _ = chained
    plan = plan_of(tmp_path, base, "start: champion")
    released(plan, kept / "phases" / "1-sft" / "adapter", "quill-1", base=str(base))
    pin = tmp_path / "start.json"
    first = starting_point(plan, pin=pin)
    released(plan, kept / "phases" / "2-kto" / "adapter", "quill-2", base=str(base))
    assert starting_point(plan, pin=pin) == first
    assert starting_point(plan).name == "model:quill-2"


def test_a_start_that_cannot_be_gone_on_with_says_why(tmp_path, chained, base):
    _, kept, _ = chained
    with pytest.raises(NotFoundError, match="there is neither a model nor a folder champion"):
        starting_point(plan_of(tmp_path, base, "start: champion"))
    plan = plan_of(tmp_path, base, "start: quill-1")
    released(plan, kept / "adapter", "quill-1", base="starter")
    with pytest.raises(ConfigError, match="was trained on the base starter, and this plan's is"):
        starting_point(plan)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds neither an adapter nor a model"):
        starting_point(plan_of(tmp_path, base, "start: empty"))
    with pytest.raises(ConfigError, match="is an adapter, which method: full cannot go on with"):
        starting_point(plan_of(tmp_path, base, f"start: {kept / 'adapter'}\n  method: full"))
    with pytest.raises(ConfigError, match="is a whole model, which method: lora cannot go on with"):
        starting_point(plan_of(tmp_path, base, f"start: {base}"))


def test_what_rewards_read_is_in_the_fingerprint(tmp_path, base):
    more = "objective: grpo\n  reward: [{kind: rules}, {kind: python, entry: 'own.py:f'}]"
    (tmp_path / "own.py").write_text("def f(prompt, answer): return 1\n")
    plan = plan_of(tmp_path, base, more)
    brand = load_brand(plan.brand, base_dir=plan.directory)
    before = rewarding.determined_by(plan, brand=brand)
    (tmp_path / "own.py").write_text("def f(prompt, answer): return 2\n")
    changed = rewarding.determined_by(plan, brand=brand)
    assert before["rewards"] != changed["rewards"]
    (tmp_path / "rules" / "Calm.yml").write_text(RULE.replace("error", "warning"))
    assert rewarding.determined_by(plan, brand=brand)["rules"] != changed["rules"]
    assert rewarding.determined_by(plan_of(tmp_path / "other", base), brand=brand) == {}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("objective: grpo", "training: grpo needs a reward"),
        ("then: [{objective: dpo}, {objective: rloo}]", r"training.then\[1\]: rloo needs a reward"),
        ("objective: grpo\n  reward: [{kind: rule}]", "unknown kind `rule`. Did you mean `rules`?"),
        ("objective: grpo\n  reward: [{kind: rules, wieght: 1}]", "unknown key `wieght`. Did you mean `weight`?"),
        ("then: [{objective: dpo, epoch: 1}]", "unknown key `epoch`. Did you mean `epochs`?"),
        ("objective: grpo\n  reward: [{kind: python, entry: nothing}]", "entry"),
    ],
)
def test_mistakes_in_phases_and_rewards_are_named(tmp_path, base, more, said):
    with pytest.raises(ConfigError, match=said):
        plan_of(tmp_path, base, more)


def test_check_shows_what_every_phase_learns_from(tmp_path, base):
    plan = plan_of(tmp_path, base, CHAIN)
    phases = [checking._later(Version(), plan=plan, config=config) for config in plan.training.phases[1:]]
    assert [(phase.objective, [shown.role for shown in phase.previews]) for phase in phases] == [
        ("kto", ["bad"]), ("reward", ["chosen", "rejected"]), ("grpo", ["prompt"]),
    ]  # fmt: skip
    assert [(phase.num_turns, phase.num_scored) for phase in phases] == [(8, 0), (0, 16), (0, 0)]
