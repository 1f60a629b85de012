"""A reward model: the base's network with one number read off at the last token of a conversation, learnt from
preferences by Bradley and Terry's loss. On disk it is a sequence classifier with one label, as `transformers` knows it.

Shapes: P sequences, E hidden size.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification
from transformers.models.auto.modeling_auto import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING

from brandtune.core.errors import BrandtuneError, ConfigError, DataError
from brandtune.core.examples import Message
from brandtune.models import adapters
from brandtune.models.loading import Model, Precision, load_model, pick_dtype
from brandtune.training import earlier, flex
from brandtune.training.forward import Forward, base_of, packs_are_exact
from brandtune.training.objectives import Item
from brandtune.training.objectives.items import reply
from brandtune.training.packing import Tokens

HEAD = "score"
"""The name of the head in `transformers`' classifiers, and in what PEFT saves of one."""
ADAPTER = "adapter_model.safetensors"
TOKENS_TOGETHER = 8192


class Scores(Forward):
    """`log_probs` gives a score for each sequence made by `scored`, in place of log-probabilities."""

    def slower(self) -> list[str]:
        return flex.slower(self.device)

    def _head(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        weight = cast(torch.Tensor, getattr(self.model, HEAD).weight)
        return (hidden.float() @ weight.float().t())[:, 0]


def add_head(network: Any, *, seed: int, start: Path | None = None) -> None:
    """Give a network its head for scores: that of an earlier reward model, or a fresh one.

    Raises:
        ConfigError: `transformers` has no classifier of this architecture, so nobody could load the result.
    """
    model = base_of(network)
    if type(model.config) not in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING:
        raise ConfigError(
            f"{type(model).__name__} has no form that gives scores in transformers.",
            where="training.objective: reward",
            fix="Use another base, e.g. of the Llama, Qwen or Mistral family; it need not be the one that is tuned.",
        )
    config, like = model.config.get_text_config(), next(model.parameters())
    head = torch.nn.Linear(config.hidden_size, 1, bias=False, device=like.device, dtype=like.dtype)
    earlier = _head_in(start) if start is not None else None
    if earlier is None:
        generator = torch.Generator().manual_seed(seed)
        earlier = torch.randn(head.weight.shape, generator=generator) * getattr(config, "initializer_range", 0.02)
    with torch.no_grad():
        head.weight.copy_(earlier)
    setattr(model, HEAD, head)


def scored(sequence: Tokens, *, pad_id: int | None) -> Tokens:
    """The same tokens, asked for what stands at the last one, where `transformers` reads off a classifier's answer.

    A further token stands in for the one that a language model would predict there; nothing looks at it.
    """
    ids = sequence.token_ids
    while len(ids) > 1 and ids[-1] == pad_id:
        ids = ids[:-1]
    return Tokens((*ids, ids[-1]), (False,) * len(ids) + (True,))


def scored_items(items: Sequence[Item], *, network: Any) -> list[Item]:
    """Pairs of conversations, made ready for `Scores`."""
    pad_id = base_of(network).config.get_text_config().pad_token_id
    return [
        replace(item, sequences=tuple(scored(sequence, pad_id=pad_id) for sequence in item.sequences)) for item in items
    ]


def finish(folder: Path, *, network: Any) -> None:
    """Turn what `MasterWeights.save` wrote into `folder` into a sequence classifier with one label.

    Raises:
        BrandtuneError: The classifier of this architecture lacks weights that were trained here.
    """
    if isinstance(network, PeftModel):
        weights = load_file(folder / ADAPTER)
        head = getattr(base_of(network), HEAD).weight.detach().float().cpu().contiguous()
        save_file({**weights, f"base_model.model.{HEAD}.weight": head}, folder / ADAPTER, metadata={"format": "pt"})
        path = folder / "adapter_config.json"
        facts = {**json.loads(path.read_text("utf-8")), "task_type": "SEQ_CLS", "modules_to_save": [HEAD]}
        path.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        return
    classifier, found = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=1, dtype=torch.float32, output_loading_info=True
    )
    if found["missing_keys"]:
        name = type(classifier).__name__
        raise BrandtuneError(f"{name} has other weights than were trained.", fix="Use method: lora for this base.")
    for path in [*folder.glob("*.safetensors"), *folder.glob("*.safetensors.index.json")]:
        path.unlink()
    classifier.save_pretrained(folder)


@dataclass(frozen=True)
class RewardModel:
    """A reward model ready to score."""

    model: Model
    forward: Scores

    @torch.no_grad()
    def score(self, prompts: Sequence[Sequence[Message]], answers: Sequence[str]) -> list[float]:
        """What each answer to its prompt is worth; only differences between answers to one prompt mean something.

        Raises:
            DataError: Prompt and answer together do not fit into the reward model's context.
        """
        pad_id = self.model.network.config.get_text_config().pad_token_id
        pairs = zip(prompts, answers, strict=True)
        sequences = [
            scored(reply(prompt, answer, renderer=self.model.renderer), pad_id=pad_id) for prompt, answer in pairs
        ]
        longest = max((len(sequence) for sequence in sequences), default=0)
        if longest > self.model.context:
            raise DataError(
                f"a prompt with its answer has {longest - 1} tokens, too many for the reward model's "
                f"{self.model.context - 1}.",
                where="training.reward",
                fix="Lower training.online.max_new_tokens or training.max_tokens.",
            )
        found = [0.0] * len(sequences)
        for part in self.forward.parts([(one,) for one in sequences], max_tokens=TOKENS_TOGETHER):
            scores, owners = self.forward.log_probs([sequences[index] for index in part])
            for score, owner in zip(scores.tolist(), owners.tolist(), strict=True):
                found[part[owner]] = score
        return found


def load_reward_model(
    folder: Path, *, base: str | None = None, precision: Precision = "auto", device: str = "auto"
) -> RewardModel:
    """Load what `objective: reward` trained: an adapter, or a whole model.

    Args:
        base: The base of an adapter. None: the one that it was trained on.

    Raises:
        ConfigError: The folder holds no reward model, or one for another base.
    """
    head = _head_in(folder)
    if head is None:
        raise ConfigError(
            f"{folder} holds no reward model.",
            where="training.reward",
            fix="Name a folder that `objective: reward` trained.",
        )
    if (folder / "adapter_config.json").is_file():
        model = _with_adapter(folder, base=base, precision=precision, device=device)
    else:
        model = load_model(str(folder.resolve()), precision=precision, device=device)
    network: Any = model.network
    module = torch.nn.Linear(head.shape[1], 1, bias=False, device=model.device, dtype=torch.float32)
    module.weight.data.copy_(head)
    setattr(network, HEAD, module.requires_grad_(False))
    return RewardModel(model, Scores(network, packed=packs_are_exact(network)))


def is_reward_model(folder: Path) -> bool:
    """Whether a folder holds what `objective: reward` trained."""
    return folder.is_dir() and _head_in(folder) is not None


def _with_adapter(folder: Path, *, base: str | None, precision: Precision, device: str) -> Model:
    """The base with the adapter merged into it, in fp32 and cast once."""
    config = earlier.adapter_config(folder)
    model = load_model(base or config.base_model_name_or_path, precision="fp32", device=device)
    adapters.require_same_vocabulary(folder, tokenizer=model.renderer.tokenizer, base=model.reference)
    wrapped = adapters.put_on(model.network, folder, base=model.reference, config=config)
    network = wrapped.merge_and_unload(safe_merge=True).to(pick_dtype(precision, model.device)).eval()
    return replace(model, network=network)


def _head_in(folder: Path) -> torch.Tensor | None:
    """The weights of the head in a folder, [1, E] fp32; None where there are none."""
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - no mapping
                if name.endswith(f"{HEAD}.weight") and file.get_slice(name).get_shape()[0] == 1:
                    return cast(torch.Tensor, file.get_tensor(name).float())
    return None
