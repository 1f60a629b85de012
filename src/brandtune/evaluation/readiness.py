"""What would stop an evaluation, said before anything is trained for it: names, packages, keys and files."""

from collections.abc import Mapping
from pathlib import Path

from brandtune.core.errors import EmptyDatasetError, NotFoundError
from brandtune.core.tasks import Task
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.endpoints.client import key_from
from brandtune.evaluation.judges.labels import blind_votes, comparisons, on_brand_labels
from brandtune.evaluation.metrics.catalogue import check_metrics
from brandtune.evaluation.optimizer.dspy_search import require_dspy
from brandtune.evaluation.suites import check_suites


def require_ready(config: EvaluationConfig, *, tasks: Mapping[str, Task], base_dir: Path = Path()) -> None:
    """Refuse what cannot be evaluated.

    Args:
        base_dir: Files that `config` names are looked up from here.

    Raises:
        ConfigError: A task names a metric that nobody computes, or a key is not set.
        UsageError: A suite is not known to its library.
        MissingPartError: A package is not installed.
        NotFoundError: A file that is named is not there.
        DataError: A file of labels or votes cannot be read.
    """
    check_metrics(tasks)
    check_suites(config.suites, base_dir=base_dir)
    if config.prompt_optimizer:
        require_dspy()
    for endpoint in config.endpoints:
        key_from(endpoint.api_key_env, where=f"evaluation.endpoints.{endpoint.name}.api_key_env")
    if config.judge:
        key_from(config.judge.api_key_env, where="evaluation.judge.api_key_env")
    if config.embedding_model and not (base_dir / config.embedding_model).is_dir():
        raise NotFoundError(
            f"there is no folder {base_dir / config.embedding_model}.",
            where="evaluation.embedding_model",
            fix="Correct the path, or leave it out to retrieve by words.",
        )
    _require_people(config, base_dir=base_dir)


def require_held_out(num_examples: Mapping[str, int]) -> None:
    """Refuse a dataset on which nothing can be chosen or proven.

    Args:
        num_examples: Split to how many examples it has.

    Raises:
        EmptyDatasetError: There are no validation or no test examples.
    """
    for name in ("validation", "test"):
        if not num_examples.get(name):
            raise EmptyDatasetError(
                f"there are no {name} examples to evaluate on.", where=f"split.{name}", fix=f"Raise split.{name}."
            )


def _require_people(config: EvaluationConfig, *, base_dir: Path) -> None:
    """What people said must be readable; whether a vote is about this run shows only later."""
    if config.on_brand_labels:
        on_brand_labels(base_dir / config.on_brand_labels)
    if config.votes:
        blind_votes(base_dir / config.votes)
    if config.judge and config.judge.labels:
        comparisons(base_dir / config.judge.labels)
