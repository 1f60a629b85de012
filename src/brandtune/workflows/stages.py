"""Each stage of the journey: what determines it, how it is computed, saved and read back. `durable` runs or reuses it."""

from functools import partial
from typing import Any

import msgspec

from brandtune import curation, datasets, evaluation, profiles
from brandtune.core.brand import load_brand
from brandtune.core.ids import keyed_id
from brandtune.core.progress import Progress
from brandtune.core.tasks import Task
from brandtune.evaluation.general_texts import load_general_texts
from brandtune.evaluation.results import VOICE, Report
from brandtune.evaluation.served.config import require_engine
from brandtune.execution import RunDirectory
from brandtune.execution.machine import library_version
from brandtune.execution.stages import Artifact
from brandtune.lineage import Ledger, Registry, Release
from brandtune.models import references
from brandtune.training import config as training_config
from brandtune.workflows import (
    as_served,
    expecting,
    exporting,
    foreseeing,
    freezing,
    identities,
    keeping,
    overriding,
    reported,
    reporting,
    rewarding,
    searching,
    together,
    tuning,
)
from brandtune.workflows.durable import JOURNEY, Durable
from brandtune.workflows.ingesting import Ingest, ReadingChoice
from brandtune.workflows.keys import tenant_key
from brandtune.workflows.plan import Plan
from brandtune.workflows.starting_point import starting_point


class Stages(Durable):
    """The journey's stages over one run directory.

    Args:
        plan: What to do.
        run: Where results are kept.
        progress: Where bars and sentences go.
        reading: How `ingest` reads.
        search: Look for better settings before training.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        run: RunDirectory,
        progress: Progress,
        reading: ReadingChoice | None = None,
        search: bool = False,
    ) -> None:
        super().__init__(run=run, progress=progress)
        self.plan = plan
        self.reading, self.search = reading or ReadingChoice(), search
        self.brand = load_brand(plan.brand, base_dir=plan.directory)
        if plan.evaluation.general_texts:  # a missing file is told now, not after training
            load_general_texts(plan.evaluation.general_texts, base_dir=plan.directory)
        self.key = tenant_key(plan.workspace)
        self.tasks: dict[str, Task] = {task.kind: task for task in plan.tasks}
        self.ledger = Ledger(plan.database)
        run.save_settings(plan.resolved_yaml())

    def ingest(self) -> "Artifact[keeping.Ingested]":
        plan, asked = self.plan, self._last == "ingest"
        reader = Ingest(plan, run=self.run, progress=self.progress, choice=self.reading)
        made_from = reader.made_from(asked=asked)
        return self._stage("ingest", made_from, reader.compute, keeping.save_ingested, keeping.load_ingested)

    def link(self, records: "Artifact[keeping.Ingested]") -> "Artifact[keeping.Linked]":
        plan = self.plan
        made_from = {
            "records": records.fingerprint,
            "identity": plan.identity.model_dump(mode="json"),
            "purpose": plan.governance.purpose,
            "key": _public(self.key),
            "rulings": [(ruling.verdict, ruling.one, ruling.other) for ruling in identities.rulings_of(plan)],
        }

        def compute() -> profiles.Profiles:
            return identities.link_people(
                records.value.records, plan=plan, key=self.key, by=self.run.run_id, progress=self.progress
            )

        return self._stage("link", made_from, compute, keeping.save_linked, keeping.load_linked)

    def curate(self, customers: "Artifact[keeping.Linked]") -> "Artifact[keeping.Curated]":
        plan = self.plan
        made_from = {
            "customers": customers.fingerprint,
            "curation": plan.curation.model_dump(mode="json"),
            "governance": plan.governance.model_dump(mode="json"),
            "tasks": [task.model_dump(mode="json") for task in plan.tasks],
            "brand": [self.brand.name, self.brand.documents, tuning.folder_content(self.brand.rules_dir)],
            "key": _public(self.key),
        }
        chosen = plan.curation.overrides
        overrides = curation.load_overrides(plan.directory / chosen if chosen else None)
        if chosen:
            made_from["overrides"] = msgspec.to_builtins(overrides)

        def compute() -> curation.Curated:
            return curation.curate(
                customers.value.records,
                subjects=customers.value.subjects,
                tasks=list(self.tasks.values()),
                brand=self.brand,
                governance=plan.governance,
                config=plan.curation,
                key=self.key,
                overrides=overrides,
                originals=keeping.originals(plan, key=self.key),
                progress=self.progress,
            )

        return self._stage(
            "curate",
            made_from,
            compute,
            keeping.save_curated,
            keeping.load_curated,
            then=lambda: reporting.write_curation(self.run, brand=self.brand.name),
        )

    def freeze(
        self, curated: "Artifact[keeping.Curated]", customers: "Artifact[keeping.Linked]"
    ) -> "Artifact[datasets.DatasetVersion]":
        plan = self.plan
        made_from = {
            "curated": curated.fingerprint,
            "split": plan.split.model_dump(mode="json"),
            "terms": plan.dataset.model_dump(mode="json"),
            "key": _public(self.key),
            # The earlier version whose division is kept is not here: what this run has frozen stays as it is.
        }

        def compute() -> datasets.DatasetVersion:
            return freezing.freeze_curated(
                curated.value,
                subjects=keeping.load_subjects(customers.directory),
                plan=plan,
                run_id=self.run.run_id,
                brand=self.brand.name,
                key=self.key,
                progress=self.progress,
            )

        return self._stage("freeze", made_from, compute, keeping.save_version, keeping.load_version(plan.workspace))

    def train(self, version: "Artifact[datasets.DatasetVersion]") -> "Artifact[tuning.Trained]":
        plan = self.plan
        if plan.release.serve_as and self._last == JOURNEY[-1]:
            require_engine(plan.release.serve_as)  # told now, not after training
        if self._last in ("evaluate", JOURNEY[-1]):
            tuning.require_evaluable(plan, version.value)
        base = references.resolve(plan.base, base_dir=plan.directory)
        earlier = starting_point(plan, pin=self.run.path / "start.json")
        made_from: dict[str, Any] = {
            "dataset": version.value.version,
            "base": references.fingerprint(base),
            "training": plan.training.model_dump(mode="json", exclude=_LEAVES_RESULT_ALONE),
            "mixed": tuning.mixed_content(plan),
            "libraries": {name: library_version(name) for name in ("torch", "transformers", "peft")},
        }
        if earlier is not None:
            made_from["start"] = references.fingerprint(str(earlier.folder))
        if rewards := rewarding.determined_by(plan, brand=self.brand):
            made_from["rewards"] = rewards
        foresee = partial(foreseeing.foresee, version.value, plan=plan, base=base, run=self.run, progress=self.progress)
        if self.search:
            foresee()
        found = searching.settings_for(
            version.value, plan=plan, base=base, earlier=earlier, run=self.run, asked=self.search,
            made_from=self._versioned(made_from), progress=self.progress,
        )  # fmt: skip
        plan = plan.model_copy(update={"training": found})
        made_from["training"] = found.model_dump(mode="json", exclude=_LEAVES_RESULT_ALONE)

        def compute() -> tuning.Trained:
            if not self.search:
                foresee()
            work = self.run.work("train", fingerprint=self._fingerprint("train", made_from))
            trained = together.call(
                tuning.train, version.value, plan=plan, base=base, brand=self.brand, earlier=earlier,
                config=plan.training, work=work, progress=self.progress,
            )  # fmt: skip
            trained = expecting.beside(trained, plan=plan, dataset=version.value.version)
            self.progress.say(f"train: {expecting.cost_in_words(trained)}")
            return trained

        save = partial(searching.save_trained, settings=found)
        return self._stage("train", made_from, compute, save, tuning.load_trained)

    def evaluate(
        self, version: "Artifact[datasets.DatasetVersion]", checkpoint: "Artifact[tuning.Trained]"
    ) -> "Artifact[Report]":
        plan = self.plan
        made_from = {
            "dataset": version.value.version,
            "checkpoint": checkpoint.fingerprint,
            "evaluation": plan.evaluation.model_dump(mode="json"),
            "brand": [self.brand.name, self.brand.voice, self.brand.documents],
            "rules": tuning.folder_content(self.brand.rules_dir),
            "labels": tuning.label_files(plan),
            "metrics": {kind: [*task.metrics, str(task.form)] for kind, task in self.tasks.items()},
            "off_limits": self.brand.off_limits,
        }

        def compute() -> Report:
            return tuning.evaluate(
                version.value,
                checkpoint.value,
                plan=plan,
                brand=self.brand,
                tasks=self.tasks,
                adapter=checkpoint.directory / "adapter",
                work=self._work("evaluate", made_from),
                progress=self.progress,
            )

        return self._stage(
            "evaluate",
            made_from,
            compute,
            lambda report, folder: keeping.save_evaluation(report, folder, work=self._work("evaluate", made_from)),
            keeping.load_report,
            then=lambda: (reporting.write(self.run, plan=plan), exporting.export_results(plan, self.run)),
        )

    def as_served(
        self,
        version: "Artifact[datasets.DatasetVersion]",
        checkpoint: "Artifact[tuning.Trained]",
        report: "Artifact[Report]",
    ) -> "Artifact[Report]":
        """The report with the gates of what will serve; the report itself where that is what was evaluated.

        Raises:
            MissingPartError: What will serve cannot be asked here.
            GateFailed: The exported file is not what was trained.
        """
        plan, serve = self.plan, self.plan.release.serve_as
        if serve is None:
            reported.not_served(self.run)
            return report
        require_engine(serve)
        made_from = as_served.determined_by(serve, checkpoint=checkpoint.fingerprint, report=report.fingerprint)
        work = partial(self._work, as_served.NAME, made_from)

        def compute() -> Report:
            return as_served.run_gates(
                version.value, report.value, plan=plan, brand=self.brand, serve=serve,
                adapter=checkpoint.directory / "adapter", evaluated=report.directory,
                checkpoint=checkpoint.fingerprint, work=work(), progress=self.progress,
            )  # fmt: skip

        return self._stage(
            as_served.NAME,
            made_from,
            compute,
            lambda found, folder: as_served.save(found, folder, work=work(), evaluated=report.fingerprint),
            keeping.load_report,
            then=lambda: reporting.write(self.run, plan=plan),
        )

    def require_gates(self, report: "Artifact[Report]") -> None:
        """Stop unless every gate passed or somebody answers for it; the run keeps its report either way.

        Raises:
            GateFailed: Names each gate with its numbers and where the report is.
        """
        found = report.value
        answered = {one["gate"]: one for one in self._overrides(report)}
        for name, one in answered.items():
            self.progress.say(f"gates: `{name}` failed; {one['by']} answers for it: {one['reason']}")
        standing = tuple(gate for gate in found.gates if gate.passed or gate.name not in answered)
        if all(gate.passed for gate in standing):
            return
        self.run.mark("gate_failed")
        evaluation.require(msgspec.structs.replace(found, gates=standing))

    def _overrides(self, report: "Artifact[Report]") -> list[dict[str, Any]]:
        return overriding.overrides_of(self.ledger, report.value.gates, fingerprint=report.fingerprint)

    def release(
        self,
        version: "Artifact[datasets.DatasetVersion]",
        checkpoint: "Artifact[tuning.Trained]",
        report: "Artifact[Report]",
    ) -> Release:
        plan = self.plan
        registry = Registry(plan.database, files=plan.workspace)
        model_id = tuning.model_id(self.brand.name, checkpoint.fingerprint)
        overrides, voice = self._overrides(report), self.run.path / "evaluate" / VOICE
        made_from: dict[str, Any] = {"checkpoint": checkpoint.fingerprint, "report": report.fingerprint}
        if overrides:
            made_from["overrides"] = overrides

        def compute() -> Release:
            released = registry.publish(
                checkpoint.directory / "adapter",
                model_id=model_id,
                base=plan.base,
                run_id=self.run.run_id,
                dataset=version.value.version,
                evidence=reporting.evidence(report.value, overrides=overrides),
                beside={"voice": voice} if voice.is_dir() else {},
                card=reporting.model_card(
                    plan, report.value, model_id=model_id, dataset=version.value.version, overrides=overrides
                ),
            )
            reporting.record_lineage(self.ledger, self.run, released)
            return released

        released: Artifact[Release] = self._stage(
            "release", made_from, compute, keeping.save_release, keeping.load_release
        )
        reporting.write(self.run, plan=plan)
        self.run.mark("complete")
        return released.value


# Settings that change how long training takes to recover, not what comes out.
_LEAVES_RESULT_ALONE = {"checkpoint_every_s", "workers", "least_workers", "restarts", "parallel", "search"}
assert set(training_config.TrainingConfig.model_fields) >= _LEAVES_RESULT_ALONE


def _public(key: str) -> str:
    """Something that changes with the key and does not reveal it."""
    return keyed_id(key, "fingerprint")
