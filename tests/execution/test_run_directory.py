"""Stages are whole or absent and reused only when nothing they were made from has changed; one process a run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from brandtune.core.errors import NotFoundError, UsageError
from brandtune.core.storage import read_json
from brandtune.execution import RunDirectory, StageRecord, stages
from brandtune.execution.stages import Artifact, fingerprint_of


class Broken(Exception):
    """The failure that a test causes."""


class Sums:
    """A stage that adds numbers up and counts how often it had to."""

    def __init__(self, run: RunDirectory) -> None:
        self.run, self.computed, self.loaded = run, 0, 0
        self.reused: list[StageRecord] = []

    def __call__(self, numbers: list[int], *, fail: str = "", name: str = "sum", **more: Any) -> Artifact[int]:
        def compute() -> int:
            self.computed += 1
            if fail == "compute":
                raise Broken
            return sum(numbers)

        def save(value: int, folder: Path) -> str:
            (folder / "sum.txt").write_text(str(value))
            if fail == "save":
                raise Broken
            return f"sum is {value}"

        def load(folder: Path) -> int:
            self.loaded += 1
            return int((folder / "sum.txt").read_text())

        return self.run.stage(
            name, made_from=numbers, compute=compute, save=save, load=load, on_reuse=self.reused.append, **more
        )


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path)


@pytest.fixture
def sums(run: RunDirectory) -> Sums:
    return Sums(run)


class Clock:
    """Stands in for `datetime`, at one moment."""

    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    @classmethod
    def now(cls, zone: Any = None) -> datetime:
        return cls.moment


def test_a_stage_is_computed_once_and_then_reused(sums: Sums) -> None:
    first, second = sums([1, 2]), sums([1, 2])
    assert (first.value, second.value, sums.computed) == (3, 3, 1)
    assert first.fingerprint == second.fingerprint == fingerprint_of("sum", [1, 2])
    assert sums.reused == [first.record]


def test_a_stage_is_reused_by_a_later_process_too(run: RunDirectory, sums: Sums) -> None:
    sums([1, 2])
    later = Sums(RunDirectory(run.path))
    assert (later([1, 2]).value, later.computed) == (3, 0)


def test_a_change_in_what_it_was_made_from_recomputes_and_replaces(run: RunDirectory, sums: Sums) -> None:
    sums([1, 2])
    assert (sums([1, 3]).value, sums.computed) == (4, 2)
    assert sums.reused == []
    record = run.finished("sum")
    assert record is not None
    assert record.fingerprint == fingerprint_of("sum", [1, 3])


def test_going_back_to_earlier_settings_recomputes(sums: Sums) -> None:
    for numbers in ([1], [2], [1]):
        sums(numbers)
    assert sums.computed == 3


def test_stages_made_from_the_same_are_told_apart_by_name(sums: Sums) -> None:
    sums([1], name="a")
    sums([1], name="b")
    assert sums.computed == 2
    assert fingerprint_of("a", [1]) != fingerprint_of("b", [1])


def test_a_fresh_result_is_what_was_saved_not_what_was_computed(run: RunDirectory) -> None:
    """So that a resumed run sees exactly what an uninterrupted one saw."""
    artifact = run.stage(
        "round",
        made_from=1,
        compute=lambda: 0.123456789,
        save=lambda value, folder: str((folder / "v").write_text(f"{value:.2f}")),
        load=lambda folder: float((folder / "v").read_text()),
    )
    assert artifact.value == 0.12


def test_a_value_is_read_when_asked_for_and_only_once(sums: Sums) -> None:
    artifact = sums([1, 2])
    assert sums.loaded == 0
    assert (artifact.value, artifact.value, sums.loaded) == (3, 3, 1)


def test_a_finished_stage_is_recorded_with_summary_and_versions(run: RunDirectory, sums: Sums) -> None:
    record = sums([1, 2], versions={"numpy": "2"}).record
    assert run.finished("sum") == record
    assert (record.name, record.summary, record.versions) == ("sum", "sum is 3", {"numpy": "2"})
    assert record.seconds >= 0
    assert datetime.fromisoformat(record.finished_at).tzinfo is not None


def folders(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir() if entry.is_dir()}


@pytest.mark.parametrize("fail", ["compute", "save"])
def test_a_stage_that_fails_leaves_nothing_and_is_computed_again(run: RunDirectory, sums: Sums, fail: str) -> None:
    with pytest.raises(Broken):
        sums([1, 2], fail=fail)
    assert folders(run.path) == set()
    assert run.finished("sum") is None
    assert (sums([1, 2]).value, sums.computed) == (3, 2)


@pytest.mark.parametrize("fail", ["compute", "save"])
def test_a_failed_recomputation_keeps_the_earlier_result(run: RunDirectory, sums: Sums, fail: str) -> None:
    earlier = sums([1, 2])
    with pytest.raises(Broken):
        sums([5, 6], fail=fail)
    assert run.finished("sum") == earlier.record
    assert (run.path / "sum" / "sum.txt").read_text() == "3"


KILLED_WHILE_SAVING = """
import os, sys
from pathlib import Path
from brandtune.execution import RunDirectory

def save(value, folder):
    (folder / "sum.txt").write_text("ha")
    os._exit(9)

RunDirectory(Path(sys.argv[1])).stage("sum", made_from=[1, 2], compute=lambda: 3, save=save, load=lambda folder: 0)
"""


def test_a_process_killed_while_saving_leaves_an_unfinished_stage(run: RunDirectory, sums: Sums) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_SAVING, str(run.path)], check=False)
    assert killed.returncode == 9
    assert run.finished("sum") is None
    assert (sums([1, 2]).value, sums.computed) == (3, 1)


def test_work_in_progress_survives_a_failed_attempt_and_goes_when_the_stage_is_done(
    run: RunDirectory, sums: Sums
) -> None:
    print_ = fingerprint_of("sum", [1, 2])
    (run.work("sum", fingerprint=print_) / "half.txt").write_text("1")
    with pytest.raises(Broken):
        sums([1, 2], fail="compute")
    assert (run.work("sum", fingerprint=print_) / "half.txt").read_text() == "1"
    sums([1, 2])
    assert not (run.path / "work" / "sum").exists()


def test_work_under_other_settings_is_cleared_but_other_stages_work_is_not(run: RunDirectory) -> None:
    (run.work("sum", fingerprint="old") / "half.txt").write_text("1")
    (run.work("train", fingerprint="old") / "half.txt").write_text("1")
    new = run.work("sum", fingerprint="new")
    assert list(new.iterdir()) == []
    assert folders(run.path / "work" / "sum") == {"new"}
    assert (run.path / "work" / "train" / "old" / "half.txt").is_file()


# Runs


def test_a_new_run_is_named_by_time_and_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "datetime", Clock)
    run = RunDirectory.create(tmp_path)
    assert run.run_id == "20260301-120000"
    assert run.path == tmp_path / "runs" / "20260301-120000"
    assert run.status == "incomplete"


def test_runs_started_within_one_second_have_ids_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "datetime", Clock)
    ids = [RunDirectory.create(tmp_path).run_id for _ in range(3)]
    assert ids == ["20260301-120000", "20260301-120000-2", "20260301-120000-3"]
    latest = RunDirectory.latest(tmp_path)
    assert latest is not None
    assert latest.run_id == ids[-1]


def test_the_latest_of_ten_runs_within_one_second_is_the_tenth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "datetime", Clock)
    ids = [RunDirectory.create(tmp_path).run_id for _ in range(10)]
    assert [run.run_id for run in RunDirectory.all(tmp_path)] == ids


def test_a_hundredth_run_within_one_second_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "datetime", Clock)
    for _ in range(99):
        RunDirectory.create(tmp_path)
    with pytest.raises(UsageError, match="a hundred runs"):
        RunDirectory.create(tmp_path)


def test_runs_are_listed_oldest_first_and_other_folders_are_none(tmp_path: Path) -> None:
    assert RunDirectory.all(tmp_path) == []
    assert RunDirectory.latest(tmp_path) is None
    for name in ("20260302-000000", "20260301-000000"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        RunDirectory(tmp_path / "runs" / name).mark("complete")
    (tmp_path / "runs" / "20260303-notes").mkdir()
    assert [run.run_id for run in RunDirectory.all(tmp_path)] == ["20260301-000000", "20260302-000000"]


def test_a_run_is_opened_by_its_id(tmp_path: Path, run: RunDirectory) -> None:
    assert RunDirectory.open(tmp_path, run.run_id).path == run.path


def test_a_run_that_does_not_exist_names_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Known runs: none yet"):
        RunDirectory.open(tmp_path, "20260301-120000")
    known = RunDirectory.create(tmp_path)
    with pytest.raises(NotFoundError, match=f"there is no run nope. Known runs: {known.run_id}"):
        RunDirectory.open(tmp_path, "nope")


def test_a_status_is_kept_with_its_facts(run: RunDirectory) -> None:
    run.mark("gate_failed", gates=["primary"])
    assert run.status == "gate_failed"
    assert read_json(run.path / "run.json") == {
        "run_id": run.run_id,
        "status": "gate_failed",
        "gates": ["primary"],
    }


def test_settings_are_kept_as_they_were_given(run: RunDirectory) -> None:
    run.save_settings("brand: {name: Zoë}\n")
    assert (run.path / "config.yaml").read_text(encoding="utf-8") == "brand: {name: Zoë}\n"


# One process a run

HOLDING = """
import sys
from pathlib import Path
from brandtune.execution import RunDirectory

with RunDirectory(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(run: RunDirectory) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the run until it is told to go on."""
    command = [sys.executable, "-c", HOLDING, str(run.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_run_held_by_another_process_is_refused(run: RunDirectory, holder: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(UsageError, match=f"another process is working on run {run.run_id}. Wait for it"),
        run.locked(),
    ):
        pytest.fail("two processes hold one run")


def test_a_refused_process_leaves_the_holders_id_in_the_lock(run: RunDirectory, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(UsageError), run.locked():
        pytest.fail("two processes hold one run")
    assert (run.path / ".lock").read_text() == str(holder.pid)


def test_the_lock_holds_the_id_of_its_last_holder_only(run: RunDirectory) -> None:
    (run.path / ".lock").write_text("123456789012")
    with run.locked():
        assert (run.path / ".lock").read_text() == str(os.getpid())


def test_another_run_is_free_while_one_is_held(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with RunDirectory.create(tmp_path).locked():
        assert holder.poll() is None


def test_the_lock_goes_with_a_process_that_ends_well(run: RunDirectory, holder: subprocess.Popen[str]) -> None:
    holder.communicate("go on\n", timeout=20)
    assert holder.returncode == 0
    with run.locked():
        pass


def test_the_lock_goes_with_a_process_that_is_killed(run: RunDirectory, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=20)
    with run.locked():
        pass


def test_the_lock_goes_when_the_block_fails(run: RunDirectory) -> None:
    with pytest.raises(Broken), run.locked():
        raise Broken
    with run.locked():
        pass
