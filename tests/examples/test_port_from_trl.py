"""The example for people who come from TRL runs as it is printed, and says what it did."""

import os
import subprocess
import sys
from pathlib import Path

from peft import PeftConfig

ROOT = Path(__file__).parents[2]


def test_the_example_runs_and_leaves_adapters(tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, str(ROOT / "examples" / "port_from_trl.py"), str(tmp_path / "out")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["SFT", "DPO", "GRPO"]
    for name in ("sft", "dpo", "grpo"):
        assert PeftConfig.from_pretrained(str(tmp_path / "out" / name)).r == 16


def test_the_script_it_ports_is_written_for_the_trl_that_we_test_beside():
    """The settings named in its docstring exist in TRL, so that the comparison is no invention."""
    import pytest

    trl = pytest.importorskip("trl")
    text = (ROOT / "examples" / "port_from_trl.py").read_text(encoding="utf-8")
    names = ("num_train_epochs", "learning_rate", "per_device_train_batch_size")
    for name in names:
        assert f"{name}=" in text
        assert hasattr(trl.SFTConfig(output_dir="x", use_cpu=True, bf16=False), name)
