"""`export`: one trained model, one format, one folder; whole and checked, or not there at all."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brandtune.core.errors import UsageError
from brandtune.core.records import Struct
from brandtune.core.storage import whole_directory, write_json, write_text
from brandtune.models.export import folders, gguf_adapter, gguf_file, llama_cpp, parity
from brandtune.models.export.card import Facts, card, licence_of
from brandtune.models.export.ollama import modelfile
from brandtune.models.export.parity import Parity
from brandtune.models.export.settings import ENGINE_LIMITS, GGUF, LIMITS, Format, Numbers, ParityLimits, Quantization
from brandtune.models.export.source import Source, attach, put_into, require_adapter, untuned_alike
from brandtune.models.export.tuning import Tuning, require_kept
from brandtune.models.export.usage import usage
from brandtune.models.export.vocabulary import Vocabulary, vocabulary_of
from brandtune.models.loading import load_model


class Exported(Struct, frozen=True, kw_only=True):
    """What was written.

    Attributes:
        files: Name within the folder to SHA-256 of the content.
        notes: What to mind, in sentences.
        verified: False for a GGUF file that llama.cpp was not asked about.
    """

    folder: str
    format: Format
    files: dict[str, str]
    parity: tuple[Parity, ...]
    notes: tuple[str, ...] = ()
    verified: bool = True

    @property
    def digest(self) -> str:
        """Identity of everything that was written."""
        lines = "".join(f"{name} {digest}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(lines.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Job:
    source: Source
    folder: Path
    name: str
    quantization: Quantization
    adapter_quantization: Quantization
    numbers: Numbers


def export(
    source: Source,
    *,
    format: Format,
    to: Path,
    facts: Facts,
    quantization: Quantization = "f16",
    adapter_quantization: Quantization = "f16",
    numbers: Numbers = "auto",
    unverified: bool = False,
) -> Exported:
    """Write a trained model in a format that others load, and check that it computes the same.

    Args:
        source: What `open_source` opened.
        to: Folder to create.
        quantization: Number format of GGUF weights.
        adapter_quantization: Number format of a GGUF adapter's matrices.
        numbers: Number format of safetensors weights.
        unverified: Write GGUF even where llama.cpp is not there to check it, and record that. Where it is, it is asked.

    Raises:
        UsageError: The folder exists, or the format cannot hold this model.
        MissingPartError: The format needs a package that is not installed, or llama.cpp is not there to check GGUF.
        GateFailed: What was written computes something else; nothing is left behind.

    Example:
        >>> import tempfile
        >>> from brandtune.models.export import Facts, open_source
        >>> folder = Path(tempfile.mkdtemp()) / "starter"
        >>> done = export(open_source("starter"), format="safetensors", to=folder, facts=Facts(name="s", base="starter"))
        >>> "model.safetensors" in done.files, done.parity[0].agreement
        (True, 1.0)
    """
    require_new(to)
    verified = format not in GGUF or llama_cpp.installed()
    if not verified and not unverified:
        gguf_file.require_gguf()
        llama_cpp.require_installed()
    with whole_directory(to) as folder:
        job = _Job(source, folder, gguf_file.slug(facts.name), quantization, adapter_quantization, numbers)
        parities, notes = _WRITERS[format](job)
        licence = licence_of(source.model.folder)
        text = card(facts, format=format, parities=parities, licence=licence, notes=notes,
                    usage=usage(format, folder, name=job.name, base=source.model.folder))  # fmt: skip
        write_text(folder / "README.md", text)
        files = {path.relative_to(folder).as_posix(): _sha256(path) for path in _files(folder)}
        done = Exported(folder=str(to), format=format, files=files, parity=tuple(parities),
                        notes=tuple(notes), verified=verified)  # fmt: skip
        # Whoever registers the adapter again needs its base; for the rest it would only tell how a machine is laid out.
        base = {"base": source.model.reference} if format in ("peft", "vllm") else {}
        said = {"format": format, "model": facts.model_id, "files": files, "parity": parities, "notes": notes,
                "verified": verified}  # fmt: skip
        write_json(folder / MANIFEST, said | base)
    return done


def require_new(to: Path) -> None:
    """Refuse a folder that exists, before any work is done.

    Raises:
        UsageError: It does.
    """
    if to.exists():
        raise UsageError(f"{to} is there already.", where="--to", fix="Name another folder, or remove it.")


MANIFEST = "export.json"
Written = tuple[list[Parity], list[str]]


def _safetensors(job: _Job) -> Written:
    found, notes = folders.write_merged(job.folder, job.source, numbers=job.numbers)
    return [found], notes


def _peft(job: _Job) -> Written:
    return [folders.write_adapter(job.folder, job.source)], _where_the_base_is(job)


def _vllm(job: _Job) -> Written:
    found = folders.write_for_vllm(job.folder, job.source, name=job.name)
    said = "vLLM itself was not run; the adapter was compared with plain `peft`."
    return [found], [said, *_where_the_base_is(job)]


def _where_the_base_is(job: _Job) -> list[str]:
    model = job.source.model
    if model.reference == "starter" or not Path(model.folder).is_dir():
        return []
    return ["The base is named by its folder on the machine that exported; change that after moving either."]


def _gguf(job: _Job) -> Written:
    return _gguf_model(job, f"{job.name}-{job.quantization}.gguf")


def _ollama(job: _Job) -> Written:
    file = f"{job.name}-{job.quantization}.gguf"
    text = modelfile(job.source.model, file=file)
    parities, notes = _gguf_model(job, file)
    write_text(job.folder / "Modelfile", text)
    return parities, [*notes, "Ollama itself was not run; its template was compared with the model's chat template."]


def _gguf_model(job: _Job, file: str) -> Written:
    """One file with everything folded in: its numbers compared with the trained model, llama.cpp with its numbers."""
    model, path = job.source.model, job.folder / file
    vocabulary = _vocabulary(job)
    gguf_file.write_network(path, model.network, vocabulary=vocabulary, quantization=job.quantization, name=job.name)
    weights = gguf_file.read_network(path, model.network)
    with put_into(model.network, weights) as network:
        read_back = parity.log_probabilities(network, job.source.rows)
        found = parity.compare(job.source.expected, read_back, against=f"{file} read back")
        parity.require(found, LIMITS[job.quantization])
        asked, notes = _in_llama_cpp(job, network, path, limits=ENGINE_LIMITS[job.quantization])
    if (tuning := job.source.tuning) is not None:
        without = untuned_alike(job.source, lambda base: gguf_file.round_network(base, job.quantization))
        found, minded = require_kept(found, tuning, exported=read_back, without=without)
        notes = minded + notes
    return [found, *asked], [*vocabulary.unmatched, *notes]


def _gguf_adapter(job: _Job) -> Written:
    """The base and the adapter in a file each."""
    folder, settings = require_adapter(job.source, what="--format gguf-adapter")
    gguf_adapter.require_addable(settings)
    base = load_model(job.source.model.folder, precision="fp32", device="cpu")
    base_file = job.folder / f"{job.name}-base-{job.quantization}.gguf"
    file = job.folder / f"{job.name}-adapter-{job.adapter_quantization}.gguf"
    vocabulary = _vocabulary(job)
    gguf_file.write_network(
        base_file, base.network, vocabulary=vocabulary, quantization=job.quantization, name=f"{job.name}-base"
    )
    gguf_adapter.write_adapter_file(
        file, folder, settings=settings, network=base.network, quantization=job.adapter_quantization, name=job.name
    )
    base.network.load_state_dict(gguf_file.read_network(base_file, base.network), strict=False)
    wrapped = gguf_adapter.with_read_back(attach(base.network, folder), file, settings=settings)
    read_back = parity.log_probabilities(wrapped, job.source.rows)
    with wrapped.disable_adapter():
        without = parity.log_probabilities(wrapped, job.source.rows)
    tuning = job.source.tuning
    assert tuning is not None  # there is an adapter
    found = parity.compare(job.source.expected, read_back, against="base and adapter files read back")
    parity.require(found, _adapter_limits(job, tuning))
    found, notes = require_kept(found, tuning, exported=read_back, without=without)
    asked, minded = _in_llama_cpp(job, wrapped, base_file, adapter=file, limits=ENGINE_LIMITS[_coarser(job)])
    return [found, *asked], [*vocabulary.unmatched, *notes, *minded]


def _adapter_limits(job: _Job, tuning: Tuning) -> ParityLimits:
    """The coarser format's limits; but rounding the adapter may cost no more than a quarter of what it changes."""
    coarser = LIMITS[_coarser(job)]
    most = LIMITS[job.quantization].divergence + tuning.divergence / 4
    return coarser.model_copy(update={"divergence": min(coarser.divergence, most)})


def _in_llama_cpp(
    job: _Job, network: Any, path: Path, *, limits: ParityLimits, adapter: Path | None = None
) -> Written:  # fmt: skip
    """The file in llama.cpp itself, compared with a network that holds the file's numbers."""
    if not llama_cpp.installed():
        return [], ["NOT VERIFIED: llama.cpp was not asked whether it computes this file as the model does."]
    found, notes = llama_cpp.check(job.source.model, network, path, adapter=adapter, limits=limits)
    return [found], notes


def _coarser(job: _Job) -> Quantization:
    order: tuple[Quantization, ...] = ("f16", "q8_0", "q4_0")
    return max(job.quantization, job.adapter_quantization, key=order.index)


def _vocabulary(job: _Job) -> Vocabulary:
    gguf_file.require_gguf()
    model = job.source.model
    return vocabulary_of(model.renderer, num_rows=model.network.config.vocab_size)


_WRITERS: dict[Format, Callable[[_Job], Written]] = {
    "safetensors": _safetensors,
    "peft": _peft,
    "vllm": _vllm,
    "gguf": _gguf,
    "gguf-adapter": _gguf_adapter,
    "ollama": _ollama,
}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
