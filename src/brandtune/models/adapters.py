"""Whether an adapter was made for a base: the same words, the same layers. Shapes alone do not tell.

Two bases of one size and other vocabularies take each other's adapters without any complaint, and write nonsense.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from brandtune.core.errors import ConfigError
from brandtune.core.storage import write_json

NOTE = "brandtune.json"
_FIX = "Name the base it was trained on."


def vocabulary_of(tokenizer: Any) -> dict[str, Any]:
    """Size and hash of a vocabulary."""
    entries = sorted(tokenizer.get_vocab().items(), key=lambda entry: (entry[1], entry[0]))
    digest = hashlib.sha256()
    for word, number in entries:
        digest.update(f"{number}\0{word}\0".encode("utf-8", "surrogatepass"))
    return {"size": len(entries), "hash": digest.hexdigest()[:16]}


def note_vocabulary(folder: Path, *, tokenizer: Any) -> None:
    """Write beside an adapter which vocabulary it was trained with."""
    write_json(folder / NOTE, {"vocabulary": vocabulary_of(tokenizer)})


def require_same_vocabulary(folder: Path, *, tokenizer: Any, base: str = "") -> None:
    """Refuse what was trained with another vocabulary than its base's; a folder that does not say goes through.

    Args:
        base: The base's name for people.

    Raises:
        ConfigError: The vocabularies differ; names adapter, base and both sizes.
    """
    path = folder / NOTE
    if not path.is_file():
        return
    theirs, ours = json.loads(path.read_text("utf-8"))["vocabulary"], vocabulary_of(tokenizer)
    if theirs == ours:
        return
    words = f"of {theirs['size']:,} tokens, {_base(base)} has another one of {ours['size']:,}"
    if theirs["size"] == ours["size"]:
        words = f"of {theirs['size']:,} tokens that are not the {ours['size']:,} of {_base(base)}"
    raise ConfigError(f"{folder} was trained with a vocabulary {words}.", where="adapter", fix=_FIX)


def require_adapter(folder: Path) -> None:
    """Refuse a folder that holds no adapter.

    Raises:
        ConfigError: It holds none.
    """
    if not (folder / "adapter_config.json").is_file():
        raise ConfigError(f"{folder} is not a PEFT adapter folder (no adapter_config.json).", where="adapter")


def put_on(network: Any, folder: Path, *, base: str = "", **settings: Any) -> Any:
    """A network with an adapter beside it, as `PeftModel`.

    Args:
        base: The base's name for people.
        settings: Passed to `PeftModel.from_pretrained`.

    Raises:
        ConfigError: The adapter does not fit; names adapter, base and what differs.
    """
    from peft import PeftModel

    require_adapter(folder)
    try:
        wrapped = PeftModel.from_pretrained(network, str(folder), **settings)
    except (RuntimeError, ValueError, KeyError, SafetensorError) as error:
        raise ConfigError(
            f"{folder} does not fit {_base(base)} ({_difference(error)}).", where="adapter", fix=_FIX
        ) from None
    require_all_layers(folder, network=wrapped, base=base)
    return wrapped


def require_all_layers(folder: Path, *, network: Any, base: str = "") -> None:
    """Refuse an adapter with weights for layers that this base does not have, or without some that it says to have.

    Raises:
        ConfigError: Says how many weights found no place, or were not there.
    """
    from peft import get_peft_model_state_dict

    path = folder / "adapter_model.safetensors"
    if not path.is_file():
        return
    with safe_open(path, framework="pt") as file:
        given = {name for name in file.keys() if ".lora_" in name}  # noqa: SIM118 - no mapping
    wanted = {name for name in get_peft_model_state_dict(network, save_embedding_layers=False) if ".lora_" in name}
    if given != wanted:
        raise ConfigError(
            f"{folder} does not fit {_base(base)}: {len(given - wanted)} of its weights have no place in it, and "
            f"{len(wanted - given)} places have no weights.",
            where="adapter",
            fix=_FIX,
        )


def _base(name: str) -> str:
    return f"the base {name}" if name else "this base"


def _difference(error: Exception) -> str:
    """What a library says does not fit, in one line: for sizes how many, and the first."""
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    sizes = [line for line in lines if line.startswith("size mismatch")]
    if not sizes:
        return lines[0] if lines else type(error).__name__
    return f"{len(sizes)} weights have another size, first: {sizes[0].removeprefix('size mismatch for ')}"
