"""The bookshop as fixtures."""

from pathlib import Path

import pytest
from bookshop import FACTS, Curate, person

from brandtune.core.brand import Brand, split_sections
from brandtune.core.records import Record, Subject
from brandtune.core.tasks import SupportReply, Task
from brandtune.curation import Curated, CurationConfig, GovernanceConfig, curate


@pytest.fixture
def brand(tmp_path: Path) -> Brand:
    rules = tmp_path / "styles" / "Quill"
    rules.mkdir(parents=True)
    (rules / "Words.yml").write_text(
        "extends: existence\nmessage: \"Not '%s'.\"\nlevel: error\nignorecase: true\ntokens: [kindly]\n"
    )
    (rules / "Soft.yml").write_text("extends: existence\nmessage: \"Not '%s'.\"\nlevel: warning\ntokens: [basically]\n")
    documents = tuple(split_sections(FACTS, path="returns.md"))
    return Brand(name="Quill Books", rules_dir=str(tmp_path / "styles"), documents=documents)


@pytest.fixture
def subjects() -> list[Subject]:
    return [
        person("ana", "Ana", "Lopez", "granted"),
        person("will", "Will", "Hope", "granted"),
        person("zoe", "Zoe", "Adeyemi", "denied"),
        person("kim", "Kim", "Berg", "missing"),
    ]


@pytest.fixture
def run(brand: Brand, subjects: list[Subject]) -> Curate:
    def run_(
        records: list[Record],
        *,
        tasks: list[Task] | None = None,
        governance: GovernanceConfig | None = None,
        config: CurationConfig | None = None,
    ) -> Curated:
        return curate(
            records, subjects=subjects, tasks=tasks or [SupportReply()], brand=brand, key="test key",
            governance=governance or GovernanceConfig(), config=config or CurationConfig(),
        )  # fmt: skip

    return run_
