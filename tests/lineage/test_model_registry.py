"""The registry: publish, find, promote, roll back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from brandtune.core.errors import NotFoundError
from brandtune.core.storage import read_json
from brandtune.lineage import Registry, Release
from brandtune.lineage import registry as registry_module
from brandtune.lineage.registry import aliases_table


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'brandtune.db'}"


@pytest.fixture
def registry(url: str, tmp_path: Path) -> Registry:
    return Registry(url, files=tmp_path / "files")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock is an hour later."""

    class Clock:
        moment = datetime(2026, 3, 1, tzinfo=UTC)

        @classmethod
        def now(cls, zone: Any) -> datetime:
            cls.moment += timedelta(hours=1)
            return cls.moment

    monkeypatch.setattr(registry_module, "datetime", Clock)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "weights.bin").write_bytes(b"\x01\x02")
    return tmp_path / "adapter"


def publish(registry: Registry, adapter: Path, model_id: str, **more: Any) -> Release:
    facts = {"base": "starter", "run_id": "run1", "dataset": "d1", "evidence": {"gain": 0.1}, "card": "# Card é"}
    return registry.publish(adapter, model_id=model_id, **(facts | more))


def history(registry: Registry) -> list[tuple[str, str]]:
    query = sa.select(aliases_table.c.alias, aliases_table.c.model_id).order_by(aliases_table.c.entry)
    with registry.engine.connect() as connection:
        return [(row.alias, row.model_id) for row in connection.execute(query)]


def test_a_published_model_has_its_files_card_and_evidence(registry: Registry, adapter: Path) -> None:
    release = publish(registry, adapter, "m1")
    folder = registry.files / release.adapter
    assert release.adapter == "models/m1"
    assert (folder / "weights.bin").read_bytes() == b"\x01\x02"
    assert (folder / "README.md").read_text(encoding="utf-8") == "# Card é"
    assert read_json(folder / "evidence.json") == {"gain": 0.1}


def test_the_adapter_is_copied_not_moved(registry: Registry, adapter: Path) -> None:
    publish(registry, adapter, "m1")
    (adapter / "weights.bin").write_bytes(b"changed")
    assert (registry.files / "models" / "m1" / "weights.bin").read_bytes() == b"\x01\x02"


def test_a_release_is_found_by_id_and_alias_by_a_later_process_too(registry: Registry, adapter: Path, url: str) -> None:
    release = publish(registry, adapter, "m1")
    later = Registry(url, files=registry.files)
    assert later.get("m1") == later.get("champion") == release
    assert release.evidence == {"gain": 0.1}


def test_publishing_moves_the_alias_that_was_asked_for(registry: Registry, adapter: Path) -> None:
    publish(registry, adapter, "m1")
    publish(registry, adapter, "m2", alias="challenger")
    assert (registry.current("champion"), registry.current("challenger")) == ("m1", "m2")
    assert registry.current("nobody") is None


def test_promoting_an_earlier_model_rolls_back_and_keeps_the_history(registry: Registry, adapter: Path) -> None:
    publish(registry, adapter, "m1")
    publish(registry, adapter, "m2")
    assert registry.get("champion").model_id == "m2"
    registry.promote("m1")
    assert registry.get("champion").model_id == "m1"
    assert history(registry) == [("champion", "m1"), ("champion", "m2"), ("champion", "m1")]


def test_promoting_the_current_model_again_changes_nothing(registry: Registry, adapter: Path) -> None:
    publish(registry, adapter, "m1")
    registry.promote("m1")
    assert history(registry) == [("champion", "m1")]


def test_what_does_not_exist_is_not_found_and_says_what_does(registry: Registry, adapter: Path) -> None:
    with pytest.raises(NotFoundError, match=r"there is no model champion\. Known models: none was released yet"):
        registry.get("champion")
    publish(registry, adapter, "m1")
    with pytest.raises(NotFoundError, match=r"there is no model m9\. Known models: m1"):
        registry.get("m9")


def test_promoting_what_does_not_exist_leaves_the_alias(registry: Registry, adapter: Path) -> None:
    publish(registry, adapter, "m1")
    with pytest.raises(NotFoundError):
        registry.promote("m9")
    assert registry.current("champion") == "m1"


def test_releases_come_oldest_first(registry: Registry, adapter: Path, clock: None) -> None:
    for model_id in ("zebra", "ant", "mole"):
        publish(registry, adapter, model_id)
    assert [release.model_id for release in registry.releases()] == ["zebra", "ant", "mole"]


def test_publishing_a_model_again_lists_it_once(registry: Registry, adapter: Path) -> None:
    publish(registry, adapter, "m1")
    publish(registry, adapter, "m1")
    assert [release.model_id for release in registry.releases()] == ["m1"]
    assert history(registry) == [("champion", "m1")]


def test_publishing_the_same_model_again_changes_nothing(registry: Registry, adapter: Path, clock: None) -> None:
    first = publish(registry, adapter, "m1", alias="challenger")
    publish(registry, adapter, "m2")
    assert publish(registry, adapter, "m1", alias="challenger") == first
    assert [release.model_id for release in registry.releases()] == ["m1", "m2"]


def test_an_alias_can_be_pointed_at_what_another_alias_points_at(registry: Registry, adapter: Path) -> None:
    publish(registry, adapter, "m1")
    registry.promote("champion", alias="challenger")
    assert registry.get("challenger").model_id == "m1"


def test_an_adapter_that_is_not_there_releases_nothing(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        publish(registry, tmp_path / "nowhere", "m1")
    assert registry.releases() == []
    assert registry.current("champion") is None
    assert list((registry.files / "models").iterdir()) == []
