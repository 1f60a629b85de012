"""`brandtune.yaml`: the settings of every room, side by side. Rooms get their own part, never the whole."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, PrivateAttr, field_validator, model_validator

from brandtune.advice import CostConfig
from brandtune.core.brand import BrandConfig
from brandtune.core.config import Config, apply_overrides, read_yaml, resolve_environment, validate
from brandtune.core.environment import put_back, variables
from brandtune.core.tasks import AnyTask
from brandtune.curation import CurationConfig, GovernanceConfig
from brandtune.datasets import DatasetConfig, SplitConfig
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.served.config import ReleaseConfig
from brandtune.profiles import IdentityConfig
from brandtune.sources import AnySource, refuse_literal_secrets
from brandtune.training.config import ONLINE, TrainingConfig

_LATER = "is not implemented yet; remove it"


class StoreConfig(Config):
    """Where state lives."""

    database: str = ""
    """SQLAlchemy address of the ledger and registry; empty means a SQLite file in `files`."""
    files: Path = Path(".brandtune")
    """The workspace folder: datasets, runs, models."""


class Plan(Config):
    """Everything a run needs to know."""

    brand: BrandConfig
    """Who is speaking: name, voice guide, rules, facts."""
    sources: tuple[AnySource, ...] = Field(min_length=1)
    """Where records come from, one entry a source."""
    identity: IdentityConfig = IdentityConfig()
    """How records become people."""
    governance: GovernanceConfig = GovernanceConfig()
    """Why the data may be used, and how people are protected."""
    tasks: tuple[AnyTask, ...] = Field(min_length=1)
    """What the model must learn to do."""
    curation: CurationConfig = CurationConfig()
    """What is cleaned, dropped and kept."""
    split: SplitConfig = SplitConfig()
    """What is held out."""
    dataset: DatasetConfig = DatasetConfig()
    """What the dataset's documents say about its use."""
    base: str = "starter"
    """The model to tune: `starter` (bundled), a local folder, or a hub id."""
    training: TrainingConfig = TrainingConfig()
    """How it is trained."""
    evaluation: EvaluationConfig = EvaluationConfig()
    """What it is compared with, and what it must pass."""
    release: ReleaseConfig = ReleaseConfig()
    """What a release must stand up to beyond the evaluation."""
    store: StoreConfig = StoreConfig()
    """Where state lives."""
    costs: CostConfig | None = None
    """What writing costs today and what tuning would cost, for `brandtune advise`. Without it, advice says nothing of
    money."""
    schedule: Any = None
    """Reserved for retraining; not implemented yet."""
    _directory: Path = PrivateAttr(default=Path())
    _variables: dict[tuple[str | int, ...], Any] = PrivateAttr(default_factory=dict)

    @property
    def directory(self) -> Path:
        """The folder of brandtune.yaml, from which its paths are read."""
        return self._directory

    @property
    def workspace(self) -> Path:
        return self.directory / self.store.files

    @property
    def database(self) -> str:
        return self.store.database or f"sqlite:///{(self.workspace / 'brandtune.db').resolve()}"

    @field_validator("schedule")
    @classmethod
    def _not_yet(cls, value: Any) -> Any:
        if value is not None:
            raise ValueError(f"this key {_LATER}")
        return value

    @model_validator(mode="after")
    def _rewarded(self) -> "Plan":
        for number, phase in enumerate(self.training.phases):
            if phase.objective in ONLINE and not phase.reward:
                place = f"training.then[{number - 1}]" if number else "training"
                raise ValueError(
                    f"{place}: {phase.objective} needs a reward; list its parts, e.g. reward: [{{kind: rules}}]"
                )
        return self

    @model_validator(mode="after")
    def _one_task_a_kind(self) -> "Plan":
        kinds = [task.kind for task in self.tasks]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if twice:
            raise ValueError(f"task kind `{twice[0]}` is listed twice; each kind can be given once")
        if self.evaluation.primary == "on_brand" and all(task.output == "label" for task in self.tasks):
            raise ValueError("evaluation.primary is on_brand, but every task gives labels; set it to accuracy or auto")
        if self.evaluation.primary == "accuracy" and all(task.output == "text" for task in self.tasks):
            raise ValueError("evaluation.primary is accuracy, but no task gives labels; set it to on_brand or auto")
        return self

    def resolved_yaml(self) -> str:
        """Every setting with its value, defaults included; what came from the environment is `${NAME}` again."""
        data = self.model_dump(mode="json", exclude={"schedule"})
        put_back(data, self._variables)
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def load_plan(path: str | Path = "brandtune.yaml", *, overrides: list[str] | None = None) -> Plan:
    """Read and check brandtune.yaml.

    Args:
        overrides: `a.b=c` settings that win over the file.

    Raises:
        NotFoundError: No such file.
        ConfigError: Names every mistake with file, line, key and the nearest valid choice.
    """
    path = Path(path)
    document = read_yaml(path)
    apply_overrides(document, overrides or [])
    refuse_literal_secrets(document.raw.get("sources"), where=document.where)
    document.data = resolve_environment(document.raw, where=document.where)
    plan = validate(Plan, document)
    plan._directory = path.resolve().parent
    plan._variables = variables(document.raw)
    return plan
