"""Models from elsewhere: what a PEFT adapter or a Hugging Face folder must be before it may be registered."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from brandtune.core.errors import ConfigError, DataError, NotFoundError, UsageError
from brandtune.core.storage import read_json
from brandtune.models import adapters, references
from brandtune.models.export.source import adapter_config, attach
from brandtune.models.loading import load_model

_MANIFEST = "export.json"
_TEXTS = ("*.json", "chat_template*", "merges.txt", "*.model")


@dataclass(frozen=True)
class Incoming:
    """A checked folder.

    Attributes:
        base: What it was trained on; empty for a whole model, which is its own base.
        fingerprint: Identity of the weights.
    """

    folder: Path
    base: str
    fingerprint: str

    @property
    def whole(self) -> bool:
        return not self.base

    def copy_to(self, folder: Path) -> None:
        """Copy weights, settings and tokenizer; nothing else that may lie there."""
        texts = ("adapter_config.json", adapters.NOTE) if self.base else _TEXTS
        for pattern in ("*.safetensors", *texts):
            for path in self.folder.glob(pattern):
                if path.is_file() and path.name != _MANIFEST:
                    shutil.copyfile(path, folder / path.name)


def look_at(folder: Path, *, base: str | None = None, base_dir: Path = Path()) -> Incoming:
    """Check a folder by loading it; nothing in it is ever executed.

    Args:
        base: What an adapter was trained on; None takes the name it carries.

    Raises:
        NotFoundError: No such folder, or no model in it.
        UsageError: Weights in a form that can run code, code of its own, or a base for a whole model.
        ConfigError: It does not load, or was made for another base or vocabulary.
        DataError: A weight is no number.
    """
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}.")
    adapter = (folder / "adapter_config.json").is_file()
    if not adapter and not (folder / "config.json").is_file():
        raise NotFoundError(f"{folder} holds neither adapter_config.json nor config.json.",
                            fix="Name a PEFT adapter or a Hugging Face model folder.")  # fmt: skip
    _refuse_code(folder, adapter=adapter)
    _require_numbers(folder)
    if not adapter:
        if base:
            raise UsageError("this is a whole model, which is its own base.", where="--base", fix="Leave --base out.")
        load_model(str(folder.resolve()), device="cpu")
        return Incoming(folder, "", references.fingerprint(str(folder)))
    named = base or _named_base(folder)
    _require_fit(folder, base=named, base_dir=base_dir)
    return Incoming(folder, named, references.fingerprint(str(folder)))


def _refuse_code(folder: Path, *, adapter: bool) -> None:
    if not any(folder.glob("*.safetensors")):
        raise UsageError("the weights are not in safetensors files; other forms can run code when loaded.",
                         where=str(folder), fix="Save them with safe_serialization=True.")  # fmt: skip
    for name in ("config.json", "tokenizer_config.json"):
        if (folder / name).is_file() and not adapter and "auto_map" in read_json(folder / name):
            raise UsageError("the model brings code of its own (auto_map), which is never run.",
                             where=str(folder / name), fix="Use an architecture that transformers knows.")  # fmt: skip


def _weights(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, "pt") as file:
                for name in file.keys():  # noqa: SIM118  # safe_open is no mapping
                    yield name, file.get_tensor(name)
        except SafetensorError as error:
            raise ConfigError(f"the file cannot be read ({error}).", where=str(path),
                              fix="Copy or download it again.") from None  # fmt: skip


def _require_numbers(folder: Path) -> None:
    for name, weight in _weights(folder):
        if weight.is_floating_point() and not bool(torch.isfinite(weight.float()).all()):
            raise DataError(f"the weight {name} holds values that are no numbers.", where=str(folder))


def _named_base(folder: Path) -> str:
    """The base that the folder itself names: in what an export of ours says, else in its configuration."""
    manifest = folder / _MANIFEST
    if manifest.is_file() and (said := read_json(manifest).get("base")):
        return str(said)
    named = str(adapter_config(folder).get("base_model_name_or_path") or "")
    if not named:
        raise UsageError("the adapter does not say what it was trained on.", where=str(folder),
                         fix="Name it: --base")  # fmt: skip
    return named


def _require_fit(folder: Path, *, base: str, base_dir: Path) -> None:
    """Raises ConfigError unless every matrix has its place in the base and none is missing."""
    model = load_model(base, precision="fp32", device="cpu", base_dir=base_dir)
    adapters.require_same_vocabulary(folder, tokenizer=model.renderer.tokenizer, base=base)
    _require_same_words(folder, model.renderer.tokenizer)
    wrapped = attach(model.network, folder, base=base)
    expected = {name: tuple(weight.shape) for name, weight in _own_matrices(wrapped).items()}
    found = {name: tuple(weight.shape) for name, weight in _weights(folder)}
    if expected != found:
        odd = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        raise ConfigError(
            f"the adapter was made for another base than {base}: {len(odd)} matrices do not match, first {odd[0]}.",
            where=str(folder),
            fix="Name the base it was trained on: --base",
        )


def _own_matrices(wrapped: Any) -> dict[str, torch.Tensor]:
    from peft.utils import get_peft_model_state_dict

    # Left to itself, the library asks the model hub whether the base's vocabulary had grown.
    found: dict[str, torch.Tensor] = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    return found


def _require_same_words(folder: Path, tokenizer: Any) -> None:
    """As the vocabulary's note, for adapters from elsewhere, which may have their tokenizer beside them."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return
    document = json.loads(path.read_text(encoding="utf-8"))
    own = dict(document["model"]["vocab"]) if isinstance(document["model"].get("vocab"), dict) else {}
    own |= {token["content"]: token["id"] for token in document["added_tokens"]}
    if own and own != tokenizer.get_vocab():
        raise ConfigError("the adapter was trained with another vocabulary than its base has.", where=str(path),
                          fix="Name the base it was trained on: --base")  # fmt: skip
