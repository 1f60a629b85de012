"""Steps that other packages bring: functions `(examples, context) -> StepResult` behind entry points."""

from collections.abc import Callable, Sequence

from brandtune.core.errors import ConfigError
from brandtune.core.examples import Example
from brandtune.core.plugins import load_plugins
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult

GROUP = "brandtune.curation_steps"
ExampleStep = Callable[[Sequence[Example], Context], StepResult[Example]]


def extra_step(name: str) -> ExampleStep:
    """The step of that name, wrapped so that a row which it neither keeps nor drops is an error.

    Raises:
        MissingPartError: No installed package brings it, or it cannot be loaded.
        ConfigError: It is no function, or it loses rows when it runs.
    """
    step = load_plugins(GROUP).require(name).value
    where = f"curation.extra_steps ({name})"
    if not callable(step):
        raise ConfigError("what the package brings is no function.", where=where, fix="Ask its author.")

    def checked(examples: Sequence[Example], context: Context) -> StepResult[Example]:
        result = step(examples, context)
        if not isinstance(result, StepResult):
            raise ConfigError(f"it gave a {type(result).__name__}, no StepResult.", where=where, fix="Ask its author.")
        entered = sorted(example.example_id for example in examples)
        left = sorted([row.example_id for row in result.kept] + [row.id for row in result.dropped])
        if entered != left:
            raise ConfigError(
                f"{len(entered)} examples went in, {len(result.kept)} were kept and {len(result.dropped)} dropped, "
                "and they are not the same ones.",
                where=where, fix="A step keeps or drops each example once; ask its author.",
            )  # fmt: skip
        return result

    return checked
