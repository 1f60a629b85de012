"""What is exported: a base with what was trained on it, in fp32, and its distributions before anything was folded in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from brandtune.core.errors import ConfigError, UsageError
from brandtune.core.storage import read_json
from brandtune.models import adapters
from brandtune.models.export import parity
from brandtune.models.export.settings import LIMITS
from brandtune.models.export.tuning import Tuning
from brandtune.models.loading import Model, load_model


@dataclass(frozen=True)
class Source:
    """A trained model, opened for export.

    Attributes:
        model: The network with everything folded in, fp32, on the CPU.
        adapter: Folder of the PEFT adapter; None for a whole model or an untuned base.
        rows: Token ids on which exports are compared.
        expected: The trained model's log-probabilities on `rows`, adapter beside the base, not folded in.
        untuned: Those of the base without the adapter; None where there is no adapter.
    """

    model: Model
    adapter: Path | None
    rows: tuple[tuple[int, ...], ...]
    expected: torch.Tensor
    untuned: torch.Tensor | None = None

    @property
    def tuning(self) -> Tuning | None:
        """What the adapter changed; None where there is none."""
        return None if self.untuned is None else Tuning(self.expected, self.untuned)


def open_source(base: str, *, trained: Path | None = None, base_dir: Path = Path()) -> Source:
    """Open a base, or what was trained on one.

    Args:
        base: `starter`, a local folder, or a hub id.
        trained: Folder of a PEFT adapter or of a whole model's weights.

    Raises:
        NotFoundError: No such folder.
        ConfigError: It cannot be loaded, or the adapter was made for another base.
        GateFailed: The adapter cannot be folded into the base without changing what it computes.
    """
    is_adapter = trained is not None and not (trained / "config.json").is_file()
    model = load_model(base, adapter=None if is_adapter else trained, precision="fp32", device="cpu", base_dir=base_dir)
    rows = tuple(parity.trial_ids(model.renderer))
    if not is_adapter or trained is None:
        return Source(model, None, rows, parity.log_probabilities(model.network, rows))
    adapters.require_same_vocabulary(trained, tokenizer=model.renderer.tokenizer, base=base)
    wrapped = attach(model.network, trained, base=base)
    expected = parity.log_probabilities(wrapped, rows)
    with wrapped.disable_adapter():
        untuned = parity.log_probabilities(wrapped, rows)
    merged = wrapped.merge_and_unload(safe_merge=True).eval()
    folded = Model(merged, model.renderer, model.reference, model.fingerprint, model.context, model.folder)
    found = parity.compare(expected, parity.log_probabilities(merged, rows), against="base with the adapter folded in")
    parity.require(found, LIMITS["fp32"])
    return Source(folded, trained, rows, expected, untuned)


def attach(network: Any, adapter: Path, *, base: str = "") -> Any:
    """A network with an adapter beside it.

    Raises:
        ConfigError: It is no PEFT adapter, or does not fit.
    """
    adapter_config(adapter)
    return adapters.put_on(network, adapter, base=base).eval()


def adapter_config(folder: Path) -> dict[str, Any]:
    """An adapter's `adapter_config.json`.

    Raises:
        ConfigError: There is none, or it is another method than LoRA.
    """
    adapters.require_adapter(folder)
    path = folder / "adapter_config.json"
    config: dict[str, Any] = read_json(path)
    if config.get("peft_type") != "LORA":
        raise ConfigError(f"the adapter's method is {config.get('peft_type')}; only LoRA is known.", where=str(path))
    return config


def require_adapter(source: Source, *, what: str) -> tuple[Path, dict[str, Any]]:
    """The adapter's folder and configuration.

    Raises:
        UsageError: The model has none.
    """
    if source.adapter is None:
        raise UsageError(
            f"{what} needs an adapter, and this model has none: all of its weights are its own.",
            where="--format",
            fix="Use --format safetensors, gguf or ollama.",
        )
    return source.adapter, adapter_config(source.adapter)


def untuned_alike(source: Source, rounded: Callable[[Any], None]) -> torch.Tensor:
    """Log-probabilities of the untuned base on the source's rows, once `rounded` has rounded it as the export is."""
    network = load_model(source.model.folder, precision="fp32", device="cpu").network
    rounded(network)
    return parity.log_probabilities(network, source.rows)


@contextmanager
def put_into(network: Any, weights: dict[str, torch.Tensor]) -> Iterator[Any]:
    """The network with other weights while the block runs."""
    own = {name: value.detach().clone() for name, value in network.state_dict().items() if name in weights}
    network.load_state_dict(weights, strict=False)
    try:
        yield network
    finally:
        network.load_state_dict(own, strict=False)
