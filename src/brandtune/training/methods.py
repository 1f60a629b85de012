"""What is trainable: low-rank adapters in PEFT's format on a frozen base, all weights, or the last layers."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig as PeftLoraConfig
from peft import PeftModel, get_peft_model

from brandtune.core.errors import ConfigError
from brandtune.models import adapters
from brandtune.models.loading import Model, pick_device, pick_dtype
from brandtune.training import earlier, pissa, sharding
from brandtune.training.config import LoRAConfig, TrainingConfig
from brandtune.training.quantized import quantize_frozen


def prepare(model: Model, config: TrainingConfig, *, start: Path | None = None) -> Any:
    """Make the network trainable as `method` says; returns it, wrapped where the method needs it.

    Args:
        start: An earlier adapter to go on with, under `lora`; its rank and layers stay as they are.

    Raises:
        ConfigError: Names no layer of this base, or more layers than it has; or the earlier adapter does not fit.
    """
    if config.method == "lora":
        return _held(_adapted(model, config, start=start), config)
    if start is not None:
        raise ConfigError(
            f"an adapter cannot be gone on with under method: {config.method}.",
            where="training.method",
            fix="Use method: lora, or name the earlier model as the base.",
        )
    network: Any = model.network
    torch.manual_seed(config.seed)
    network.requires_grad_(config.method == "full")
    if config.method == "freeze":
        layers = decoder_layers(network)
        if config.trainable_layers > len(layers):
            raise ConfigError(
                f"the base has {len(layers)} layers, fewer than {config.trainable_layers}.",
                where="training.trainable_layers",
                fix=f"Choose 1 to {len(layers)}, or method: full.",
            )
        for layer in layers[-config.trainable_layers :]:
            layer.requires_grad_(True)
    return network


def _adapted(model: Model, config: TrainingConfig, *, start: Path | None) -> Any:
    if start is not None:
        earlier.require_settings(start, config.lora)
        return go_on(model, start)
    network = add_adapter(model, config.lora, seed=config.seed)
    if config.lora.init == "pissa":
        pissa.start_at_main_part(network, device=pick_device(config.device))
        written: Any = network.peft_config[pissa.NAME]
        written.init_lora_weights = "pissa"
    return network


def _held(network: Any, config: TrainingConfig) -> Any:
    """The network with its frozen weights in as many bits as `base_precision` says, on the device that trains."""
    if config.base_precision == "auto":
        return network
    device = pick_device(config.device)
    if device.type != next(network.parameters()).device.type:
        network.to(pick_dtype(config.precision, device))
    quantize_frozen(network, held=config.base_precision)
    return network.to(device)


def decoder_layers(network: Any) -> list[torch.nn.Module]:
    """The repeated blocks of a decoder: its longest list of modules of one class."""
    lists = [
        list(m) for m in network.modules() if isinstance(m, torch.nn.ModuleList) and len({type(x) for x in m}) == 1
    ]
    if not lists:
        raise ConfigError(f"{type(network).__name__} has no list of layers.", where="training.method")
    return max(lists, key=len)


def add_adapter(model: Model, config: LoRAConfig, *, seed: int) -> PeftModel:
    """Wrap the base with a fresh adapter in the base's precision (random A, zero B: it starts equal to the base).

    Raises:
        ConfigError: `target_modules` names no layer of this base.
    """
    torch.manual_seed(seed)
    modules = config.target_modules
    peft_config = PeftLoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,  # type: ignore[arg-type]  # PEFT divides by the rank; any number works
        lora_dropout=config.dropout,
        use_rslora=config.rank_stabilized,
        use_dora=config.decomposed,
        target_modules=modules if isinstance(modules, str) else list(modules),
        task_type="CAUSAL_LM",
    )
    try:
        wrapped: PeftModel = get_peft_model(model.network, peft_config, autocast_adapter_dtype=False)
        return wrapped
    except ValueError as error:
        layers = sorted({name.rsplit(".", 1)[-1] for name, _ in model.network.named_modules() if name})
        raise ConfigError(
            f"no layer matches ({error}).",
            where="training.lora.target_modules",
            fix=f"Choose `all-linear` or some of: {', '.join(layers)}.",
        ) from None


def go_on(model: Model, start: Path) -> PeftModel:
    """The base with an earlier adapter on it, which is trained further.

    Raises:
        ConfigError: It is no adapter, or was made for another base.
    """
    adapters.require_adapter(start)
    adapters.require_same_vocabulary(start, tokenizer=model.renderer.tokenizer, base=model.reference)
    wrapped: PeftModel = adapters.put_on(
        model.network,
        start,
        base=model.reference,
        is_trainable=True,
        autocast_adapter_dtype=False,
        config=earlier.adapter_config(start),
    )
    dtype = next(model.network.parameters()).dtype
    for parameter in trainable(wrapped):
        parameter.data = parameter.data.to(dtype)
    return wrapped


def trainable(network: Any) -> list[torch.nn.Parameter]:
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


class MasterWeights:
    """fp32 copies of what is trained, on which the optimizer works, while the products run in the base's precision.

    Updates smaller than bf16 can hold add up here instead of being rounded away (Micikevicius et al. 2018,
    arXiv 1710.03740).
    """

    def __init__(self, network: Any) -> None:
        self.network = network
        self.used = {name: p for name, p in network.named_parameters() if p.requires_grad}
        self.masters = {name: p.detach().float().clone().requires_grad_() for name, p in self.used.items()}
        settings = getattr(network, "peft_config", {}).get(pissa.NAME)
        self.start = self.state() if settings is not None and settings.init_lora_weights == "pissa" else None

    def parameters(self) -> list[torch.Tensor]:
        return list(self.masters.values())

    def take_gradients(self) -> None:
        """Move the gradients that the last backward passes left to the fp32 copies."""
        for name, parameter in self.used.items():
            self.masters[name].grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None

    def drop_gradients(self) -> None:
        for parameter in self.used.values():
            parameter.grad = None

    @torch.no_grad()
    def write_back(self) -> None:
        """Round the fp32 copies into the network."""
        for name, parameter in self.used.items():
            parameter.copy_(self.masters[name])

    def state(self) -> dict[str, torch.Tensor]:
        """A copy in fp32 on the CPU, by parameter name."""
        return {name: sharding.whole(master.detach()).cpu().clone() for name, master in self.masters.items()}

    @contextmanager
    def held_at(self, state: dict[str, torch.Tensor]) -> Iterator[None]:
        """Within the block the network computes with a copy made by `state`; what was learnt is back afterwards."""
        with torch.no_grad():
            for name, parameter in self.used.items():
                parameter.copy_(state[name])
        try:
            yield
        finally:
            self.write_back()

    @torch.no_grad()
    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over a copy made by `state`."""
        for name, master in self.masters.items():
            master.copy_(sharding.like(state[name], master))
        self.write_back()

    def join(self) -> None:
        """Put the whole model together again, on the CPU, where it was divided among processes; only to be saved."""
        self.masters = {name: sharding.whole(master.detach()).cpu() for name, master in self.masters.items()}
        sharding.join(self.network)
        self.used = {name: p for name, p in self.network.named_parameters() if p.requires_grad}

    def groups(self, config: TrainingConfig) -> list[dict[str, Any]]:
        """Parameter groups for the optimizer; `rate` multiplies the learning rate.

        LoRA+'s faster ones are the B matrices and DoRA's magnitudes, as in PEFT.
        """
        faster = config.method == "lora" and config.lora.b_rate_ratio != 1
        fast = [m for name, m in self.masters.items() if faster and ("lora_B" in name or m.ndim == 1)]
        known = {id(master) for master in fast}
        slow = [master for master in self.masters.values() if id(master) not in known]
        groups: list[dict[str, Any]] = [{"params": slow, "rate": 1.0}]
        return [*groups, {"params": fast, "rate": config.lora.b_rate_ratio}] if fast else groups

    def save(self, folder: Path, *, base: str, source: str = "") -> None:
        """Write what was trained: an adapter that `peft` loads, or a whole model that `transformers` loads.

        The network itself holds fp32 values afterwards and is done with training.

        Args:
            source: Folder of the base, from which a whole model gets its tokenizer.
        """
        values = {name: master.detach().clone() for name, master in self.masters.items()}
        if isinstance(self.network, PeftModel):
            config: Any = self.network.peft_config[pissa.NAME]
            config.base_model_name_or_path = base
            if self.start is not None:
                values, changes = pissa.difference(self.state(), self.start, config)
                config.init_lora_weights, self.start = True, None
                vars(config).update(changes)
        for name, parameter in self.used.items():
            parameter.data = values[name]
        if isinstance(self.network, PeftModel):
            self.network.save_pretrained(str(folder), save_embedding_layers=False)
            return
        self.network.to(torch.float32).save_pretrained(str(folder))
        for path in _tokenizer_files(Path(source)) if source else ():
            shutil.copyfile(path, folder / path.name)


def _tokenizer_files(folder: Path) -> list[Path]:
    names = ("tokenizer*", "special_tokens_map.json", "vocab*", "merges.txt", "added_tokens.json", "chat_template*")
    return sorted({path for name in names for path in folder.glob(name) if path.is_file()})
