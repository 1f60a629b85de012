"""`models export` and `models import`: models that leave for other engines, and models that come from elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from brandtune.cli import registry
from brandtune.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, QuietOption, Session

if TYPE_CHECKING:
    from brandtune.models.export import Exported

# As in models.export.settings, which is not imported for the help.
_Format = Literal["peft", "safetensors", "gguf", "gguf-adapter", "ollama", "vllm"]
_Quantization = Literal["f16", "q8_0", "q4_0"]
_Numbers = Literal["auto", "bf16", "fp16", "fp32"]
_BaseOption = Annotated[str | None, typer.Option(help="What an adapter folder was trained on, if it does not say.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands to `models`, which `registry` adds to the app."""
    assert any(group.typer_instance is registry.models for group in app.registered_groups)
    registry.models.command("export")(export_model)
    registry.models.command("import")(import_model)


def export_model(
    to: Annotated[Path, typer.Option(help="Folder to create.")],
    format: Annotated[_Format, typer.Option(help="What to write.")],
    model: Annotated[str, typer.Argument(help="Model id, alias, `base`, or a folder with a model.")] = "champion",
    quantize: Annotated[_Quantization, typer.Option(help="Number format of GGUF weights.")] = "f16",
    adapter_quantize: Annotated[_Quantization, typer.Option(help="The same for a GGUF adapter's matrices.")] = "f16",
    dtype: Annotated[_Numbers, typer.Option(help="Number format of safetensors weights; auto: the base's.")] = "auto",
    base: _BaseOption = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Write GGUF even where llama.cpp is not there to check it.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a model for other engines, checked against what was trained; whole or not at all."""
    import msgspec

    from brandtune.core.errors import UsageError
    from brandtune.workflows import passing_on

    session = Session(config, json=as_json, quiet=quiet)
    formats = {"quantization": quantize, "adapter_quantization": adapter_quantize, "numbers": dtype,
               "unverified": unverified}  # fmt: skip
    _refuse_unused(format, quantize=quantize, adapter_quantize=adapter_quantize, dtype=dtype, unverified=unverified)
    with session.console().task("exporting"):
        if passing_on.is_model_folder(Path(model)):
            done = passing_on.export_folder(Path(model), format=format, to=to, base=base, **formats)  # type: ignore[arg-type]
        elif base is not None:
            raise UsageError("a registered model knows its base.", where="--base", fix="Leave --base out.")
        else:
            done = passing_on.export_model(session.plan(), model=model, format=format, to=to, **formats)  # type: ignore[arg-type]
    session.console().result(_told(done), data=msgspec.to_builtins(done))


def _refuse_unused(format: str, *, quantize: str, adapter_quantize: str, dtype: str, unverified: bool) -> None:
    """An option that would change nothing is a mistake in what was asked for."""
    from brandtune.core.errors import UsageError

    fits = {
        "--quantize": (quantize == "f16", ("gguf", "gguf-adapter", "ollama")),
        "--adapter-quantize": (adapter_quantize == "f16", ("gguf-adapter",)),
        "--dtype": (dtype == "auto", ("safetensors",)),
        "--unverified": (not unverified, ("gguf", "gguf-adapter", "ollama")),
    }
    for option, (unsaid, formats) in fits.items():
        if not unsaid and format not in formats:
            raise UsageError(f"{option} says nothing about --format {format}.", where=option,
                             fix=f"It goes with {', '.join(formats)}.")  # fmt: skip


def _told(done: "Exported") -> str:
    lines = [f"{done.format} in {done.folder}, {len(done.files)} files, content {done.digest}"]
    lines += [f"  checked: {parity.sentence}" for parity in done.parity]
    lines += [f"  note: {note}" for note in done.notes]
    return "\n".join([*lines, f"How to load it: {Path(done.folder) / 'README.md'}"])


def import_model(
    folder: Annotated[Path, typer.Argument(help="A PEFT adapter, or a Hugging Face model folder.")],
    base: _BaseOption = None,
    name: Annotated[str | None, typer.Option(help="What its model id begins with; else the folder's name.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Register a model from elsewhere; it answers under no alias until you promote it."""
    import msgspec

    from brandtune.workflows import passing_on

    session = Session(config, json=as_json, quiet=quiet)
    with session.console().task("importing"):
        release = passing_on.import_model(session.plan(), folder, base=base, name=name)
    told = (
        f"{release.model_id}, base {release.base}. It was not evaluated here.\n"
        f"To answer with it: brandtune chat {release.model_id}, or brandtune models promote {release.model_id}"
    )
    session.console().result(told, data=msgspec.to_builtins(release))
