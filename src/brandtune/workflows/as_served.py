"""Before a release: the checkpoint becomes the file that will serve, and the gates are run again on that."""

import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.progress import Progress
from brandtune.core.storage import read_json, write_json
from brandtune.datasets import DatasetVersion
from brandtune.evaluation.results import Report, Served
from brandtune.evaluation.served.config import ServeAs
from brandtune.workflows import keeping
from brandtune.workflows.plan import Plan

NAME, FILE, ORIGIN = "serving", "file", "evaluated.json"
PACKAGES = {"llama.cpp": "xllamacpp"}


def determined_by(serve: ServeAs, *, checkpoint: str, report: str) -> dict[str, Any]:
    """Everything that the outcome depends on."""
    return {
        "checkpoint": checkpoint,
        "report": report,
        "serve_as": serve.model_dump(mode="json"),
        "engine": _version(serve),
    }


def _version(serve: ServeAs) -> str:
    package = PACKAGES[serve.engine]
    return f"{package} {metadata.version(package)}"


def run_gates(
    version: DatasetVersion,
    report: Report,
    *,
    plan: Plan,
    brand: Brand,
    serve: ServeAs,
    adapter: Path,
    voice: Path,
    checkpoint: str,
    work: Path,
    progress: Progress,
) -> Report:
    """The report with the gates of the model as it will be served; the file is left in `work`.

    Args:
        adapter: Folder of what was trained.
        voice: The judges that the evaluation left.
        checkpoint: Fingerprint of what was trained.

    Raises:
        GateFailed: The file computes something else than what was trained, or the engine does not load it.
        NotFoundError: The evaluation left no judges.
    """
    from brandtune.evaluation.calibration import choose
    from brandtune.evaluation.generating import GenerationCache
    from brandtune.evaluation.kept import load_judges
    from brandtune.evaluation.served.gates import with_served
    from brandtune.evaluation.served.writing import write_replies
    from brandtune.models.export import Facts, export, open_source
    from brandtune.workflows.passing_on import people_name
    from brandtune.workflows.tuning import model_id

    judges = load_judges(voice, train=version.examples("train"))
    chosen = choose(_evaluated(version, report), limit=serve.sample, key="served")
    source = open_source(plan.base, trained=adapter, base_dir=plan.directory)
    name = model_id(brand.name, checkpoint)
    folder = work / FILE
    if not folder.exists():
        facts = Facts(name=name, base=people_name(plan.base), model_id=name)
        export(source, format="gguf", to=folder, facts=facts, quantization=serve.quantization)
    file, digest = _file(folder)
    with progress.task("as served", total=len(chosen)) as bar:
        replies = write_replies(
            file, chosen, model=source.model, decoding=plan.evaluation.decoding,
            cache=GenerationCache(work / "replies.jsonl"), identity=digest, bar=bar,
        )  # fmt: skip
    served = Served(
        engine=serve.engine, version=_version(serve), quantization=serve.quantization, file=file.name, sha256=digest,
        num_examples=len(chosen),
    )  # fmt: skip
    return with_served(
        report, replies, examples=chosen, judges=judges, config=plan.evaluation, serve=serve, served=served
    )


def _evaluated(version: DatasetVersion, report: Report) -> list[Example]:
    known = {example.example_id for example in report.examples}
    return [example for example in version.examples("test") if example.example_id in known]


def _file(folder: Path) -> tuple[Path, str]:
    """The GGUF file of an export, and its hash."""
    files = read_json(folder / "export.json")["files"]
    name = next(name for name in files if name.endswith(".gguf"))
    return folder / name, str(files[name])


def save(report: Report, folder: Path, *, work: Path, evaluated: str) -> str:
    """The report and the very file that the gates were run on; returns the summary.

    Args:
        evaluated: Fingerprint of the evaluation whose report this goes on from.
    """
    shutil.copytree(work / FILE, folder / FILE)
    write_json(folder / ORIGIN, {"report": evaluated})
    keeping.save_report(report, folder)
    gates = [gate for gate in report.gates if gate.name.startswith(NAME)]
    failed = [gate.name for gate in gates if not gate.passed]
    assert report.served is not None
    outcome = f"failed: {', '.join(failed)}" if failed else "all passed"
    return f"{len(gates)} gates on {report.served.engine} with {report.served.file}; {outcome}"
