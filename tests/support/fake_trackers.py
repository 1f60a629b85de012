"""Fakes of MLflow and Weights & Biases: what we use of them, with their signatures and their refusals, and what was told."""

from types import SimpleNamespace


class FakeMlflow:
    """Stands in for the module `mlflow`: the fluent functions of MLflow 3.

    Attributes:
        runs: By id: name, status, and (metric, value, step) in the order in which they came.
        broken: Calls of `log_metrics` after which the server is gone.
    """

    def __init__(self, *, broken: int = 10**9) -> None:
        self.runs: dict[str, SimpleNamespace] = {}
        self.broken, self._active = broken, []

    def active_run(self):
        return self._active[-1] if self._active else None

    def start_run(
        self, run_id=None, experiment_id=None, run_name=None, nested=False, parent_run_id=None, tags=None,
        description=None, log_system_metrics=None,
    ):  # fmt: skip
        if self._active and not nested:
            raise Exception(f"Run with UUID {self._active[-1].info.run_id} is already active.")
        if run_id is None:
            run_id = f"run{len(self.runs)}"
            self.runs[run_id] = SimpleNamespace(name=run_name, metrics=[], info=SimpleNamespace(run_id=run_id))
        self.runs[run_id].status = "RUNNING"
        self._active.append(self.runs[run_id])
        return self.runs[run_id]

    def log_metrics(
        self, metrics, step=None, synchronous=None, run_id=None, timestamp=None, model_id=None, dataset=None
    ):
        self.broken -= 1
        if self.broken < 0:
            raise ConnectionError("no route to the server")
        self._active[-1].metrics += [(name, value, step) for name, value in metrics.items()]

    def end_run(self, status="FINISHED"):
        run = self._active.pop()
        if self.broken < 0:
            raise ConnectionError("no route to the server")
        run.status = status


class FakeWandb:
    """Stands in for the module `wandb`.

    Attributes:
        run: The run that is active in this process.
        runs: By id, each with what was logged.
    """

    def __init__(self) -> None:
        self.run, self.runs = None, {}

    def init(
        self, entity=None, project=None, dir=None, id=None, name=None, notes=None, tags=None, config=None, *,
        reinit=None, resume=None, settings=None,
    ):  # fmt: skip
        if self.run is not None:  # its default is to give back the run that there is
            return self.run
        id = id or f"run{len(self.runs)}"
        if id in self.runs and resume not in ("allow", "must"):
            raise Exception("it would be overwritten")
        self.run = self.runs.setdefault(id, FakeWandbRun(self, id, name))
        return self.run


class FakeWandbRun:
    def __init__(self, wandb: FakeWandb, id: str, name: str) -> None:
        self.wandb, self.id, self.name = wandb, id, name
        self.logged, self.exit_codes = [], []

    def log(self, data, step=None, commit=None):
        steps = [before for _, before in self.logged if before is not None]
        assert step is None or not steps or step > max(steps), "W&B drops points of earlier steps"
        self.logged.append((data, step))

    def finish(self, exit_code=None, quiet=None):
        self.exit_codes.append(exit_code)
        self.wandb.run = None
