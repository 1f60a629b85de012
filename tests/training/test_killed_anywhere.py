"""kill -9 at random moments: the run that goes on ends with the very bits of one that was never stopped."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import killed_training
import pytest
from tiny_models import write_tiny_model

KINDS = [(method, objective) for method in ("lora", "full") for objective in ("sft", "dpo", "grpo")]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> str:
    return str(write_tiny_model(tmp_path_factory.mktemp("base")))


def killed(kind: tuple[str, str], base: str, output: Path, work: Path, *, moment: random.Random) -> bool:
    """Start the run in a process, let it come a random way, and kill it; False when it was done before."""
    command = [sys.executable, str(Path(killed_training.__file__)), *kind, base, str(output), str(work)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    begun = points(work)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wanted = begun + moment.randrange(1, 12)
    while process.poll() is None and points(work) < wanted:
        time.sleep(0.005)
    time.sleep(moment.uniform(0, 0.05))
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def points(work: Path) -> int:
    events = work / "events.jsonl"
    return events.read_text().count("\n") if events.is_file() else 0


def ends_the_same(kind: tuple[str, str], base: str, folder: Path, *, kills: int) -> None:
    whole = killed_training.run(*kind, base, folder / "whole", None)
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"moments drawn from seed {seed}")
    moment, hit = random.Random(seed), 0
    for _ in range(kills):
        hit += killed(kind, base, folder / "out", folder / "work", moment=moment)
    assert hit, "the run was over before it could be killed"
    if not (folder / "out").exists():
        killed_training.run(*kind, base, folder / "out", folder / "work")
    for path in sorted(whole.glob("*.safetensors")):
        assert path.read_bytes() == (folder / "out" / path.name).read_bytes(), f"{kind}, seed {seed}"


def test_a_run_killed_at_a_random_moment(base, tmp_path):
    ends_the_same(("lora", "sft"), base, tmp_path, kills=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_runs_killed_again_and_again(base, tmp_path, kind):
    ends_the_same(kind, base, tmp_path, kills=3)
