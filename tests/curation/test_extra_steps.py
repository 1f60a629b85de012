"""Steps that other packages bring: they run where they are named, and may not lose a row."""

import importlib.metadata
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from bookshop import Curate, balanced, record, talk

from brandtune.core.errors import ConfigError, MissingPartError
from brandtune.core.examples import Example
from brandtune.curation import CurationConfig, StepResult
from brandtune.curation.context import Context


def no_poems(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop what is about poems."""
    kept = [example for example in examples if "poem" not in example.reference]
    dropped = [context.drop_example(row, step="no_poems", reason="a poem") for row in examples if row not in kept]
    return StepResult(kept, dropped)


def forgetful(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    return StepResult(list(examples[1:]))


def wrong(examples: Sequence[Example], context: Context) -> list[Example]:
    return list(examples)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(**steps: Any) -> None:
        class Entry:
            dist = None

            def __init__(self, name: str) -> None:
                self.name = name

            def load(self) -> Any:
                return steps[self.name]

        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [Entry(name) for name in steps])

    return install


ROWS = [
    record(talk("Where is the poem?", "The poem left the shop on Monday."), record_id="a"),
    record(talk("Where is the atlas?", "The atlas is on the second shelf."), record_id="b"),
]


def test_it_runs_and_is_counted(run: Curate, installed: Callable[..., None]) -> None:
    installed(no_poems=no_poems)
    curated = run(ROWS, config=CurationConfig(extra_steps=("no_poems",)))
    balanced(curated)
    assert [(row.step, row.reason) for row in curated.dropped] == [("no_poems", "a poem")]
    names = [row.step for row in curated.report.funnel]
    assert names.index("quality") < names.index("no_poems") < names.index("exact_duplicates")
    assert len(run(ROWS).kept) == 2


@pytest.mark.parametrize(
    ("step", "said"), [(forgetful, "2 examples went in, 1 were kept"), (wrong, "no StepResult"), (7, "no function")]
)
def test_a_step_that_misbehaves_is_named(run: Curate, installed: Callable[..., None], step: Any, said: str) -> None:
    installed(acme=step)
    with pytest.raises(ConfigError, match=said) as raised:
        run(ROWS, config=CurationConfig(extra_steps=("acme",)))
    assert "curation.extra_steps (acme)" in str(raised.value)


def test_a_step_that_nobody_brings(run: Curate, installed: Callable[..., None]) -> None:
    installed()
    with pytest.raises(MissingPartError, match="no_poems"):
        run(ROWS, config=CurationConfig(extra_steps=("no_poems",)))
