"""Before a release: the gates again on what will serve, the checkpoint as a file or a server that has it already."""

import shutil
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.progress import Progress
from brandtune.core.progress import Task as Bar
from brandtune.core.storage import read_json, write_json
from brandtune.datasets import DatasetVersion
from brandtune.evaluation.results import KEPT, VOICE, Report, Served
from brandtune.evaluation.served.config import ServeAs, ServerConfig
from brandtune.evaluation.written import load_outputs
from brandtune.models.generation import Generated
from brandtune.workflows import keeping
from brandtune.workflows.plan import Plan
from brandtune.workflows.tuning import model_id

NAME, FILE, ORIGIN, REPLIES = "serving", "file", "evaluated.json", "replies.jsonl"
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
    if serve.endpoint is not None:
        return serve.endpoint.deployment
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
    evaluated: Path,
    checkpoint: str,
    work: Path,
    progress: Progress,
) -> Report:
    """The report with the gates of the model as it will be served; a file that was made for it is left in `work`.

    Args:
        adapter: Folder of what was trained.
        evaluated: Folder of the evaluation, with its judges and what every arm wrote.
        checkpoint: Fingerprint of what was trained.

    Raises:
        GateFailed: The file computes something else than what was trained, or the engine does not load it.
        NotFoundError: The evaluation left no judges.
        MissingPartError: The server does not answer.
    """
    from brandtune.evaluation.calibration import choose
    from brandtune.evaluation.kept import load_judges
    from brandtune.evaluation.served.gates import with_served

    judges = load_judges(evaluated / VOICE, train=version.examples("train"))
    chosen = choose(_evaluated(version, report), limit=serve.sample, key="served")
    with progress.task("as served", total=len(chosen)) as bar:
        if serve.endpoint is not None:
            served, replies = _by_server(serve.endpoint, chosen, plan=plan, work=work, bar=bar)
        else:
            name = model_id(brand.name, checkpoint)
            served, replies = _by_file(serve, chosen, plan=plan, adapter=adapter, name=name, work=work, bar=bar)
    served = msgspec.structs.replace(
        served,
        version=_version(serve),
        num_examples=len(chosen),
        num_failed=sum(bool(reply.failed) for reply in replies),
        num_same=_same(evaluated / KEPT, chosen, replies),
    )
    return with_served(
        report, replies, examples=chosen, judges=judges, config=plan.evaluation, serve=serve, served=served
    )


def _by_server(
    server: ServerConfig, chosen: Sequence[Example], *, plan: Plan, work: Path, bar: Bar
) -> tuple[Served, list[Generated]]:
    """What a server that has the model answers."""
    from brandtune.evaluation.generating import GenerationCache
    from brandtune.evaluation.served.asking import ask_server

    cache = GenerationCache(work / REPLIES)
    replies = ask_server(server, chosen, decoding=plan.evaluation.decoding, cache=cache, bar=bar)
    return Served(engine=server.name, model=server.model, host=server.host, num_examples=len(chosen)), replies


def _by_file(
    serve: ServeAs, chosen: Sequence[Example], *, plan: Plan, adapter: Path, name: str, work: Path, bar: Bar
) -> tuple[Served, list[Generated]]:
    """What llama.cpp answers with the file that is made of what was trained."""
    from brandtune.evaluation.generating import GenerationCache
    from brandtune.evaluation.served.writing import write_replies
    from brandtune.models.export import Facts, export, open_source
    from brandtune.workflows.passing_on import people_name

    source = open_source(plan.base, trained=adapter, base_dir=plan.directory)
    folder = work / FILE
    if not folder.exists():
        facts = Facts(name=name, base=people_name(plan.base), model_id=name)
        export(source, format="gguf", to=folder, facts=facts, quantization=serve.file_format)
    file, digest = _file(folder)
    replies = write_replies(
        file, chosen, model=source.model, decoding=plan.evaluation.decoding,
        cache=GenerationCache(work / REPLIES), identity=digest, bar=bar,
    )  # fmt: skip
    served = Served(
        engine=serve.engine, quantization=serve.file_format, file=file.name, sha256=digest, num_examples=len(chosen)
    )
    return served, replies


def _same(kept: Path, chosen: Sequence[Example], replies: Sequence[Generated]) -> int:
    """Replies that are word for word what the tuned arm wrote in the evaluation."""
    before = {row.example_id: row.text.strip() for row in load_outputs(kept) if row.arm == "tuned" and not row.failed}
    said = ((one.example_id, reply) for one, reply in zip(chosen, replies, strict=True) if not reply.failed)
    return sum(before.get(example_id) == reply.text.strip() for example_id, reply in said)


def _evaluated(version: DatasetVersion, report: Report) -> list[Example]:
    known = {example.example_id for example in report.examples}
    return [example for example in version.examples("test") if example.example_id in known]


def _file(folder: Path) -> tuple[Path, str]:
    """The GGUF file of an export, and its hash."""
    files = read_json(folder / "export.json")["files"]
    name = next(name for name in files if name.endswith(".gguf"))
    return folder / name, str(files[name])


def save(report: Report, folder: Path, *, work: Path, evaluated: str) -> str:
    """The report and, where there is one, the very file that the gates were run on; returns the summary.

    Args:
        evaluated: Fingerprint of the evaluation whose report this goes on from.
    """
    if (work / FILE).is_dir():
        shutil.copytree(work / FILE, folder / FILE)
    write_json(folder / ORIGIN, {"report": evaluated})
    keeping.save_report(report, folder)
    gates = [gate for gate in report.gates if gate.name.startswith(NAME)]
    failed = [gate.name for gate in gates if not gate.passed]
    assert report.served is not None
    outcome = f"failed: {', '.join(failed)}" if failed else "all passed"
    return f"{len(gates)} gates on {report.served.name}; {outcome}"
