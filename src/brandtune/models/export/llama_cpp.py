"""llama.cpp in this process (through `xllamacpp`): the engine that GGUF files are for, asked whether it agrees."""

import contextlib
import itertools
import time
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import torch

from brandtune.core.errors import GateFailed, MissingPartError
from brandtune.core.examples import Message
from brandtune.models.export.parity import Parity, aligned, compare, log_probabilities, require, takes_system
from brandtune.models.export.settings import ParityLimits
from brandtune.models.export.trials import CONVERSATIONS, ROUGH_TEXTS
from brandtune.models.export.tuning import Tuning, require_kept
from brandtune.models.loading import Model

# Tokens written from each prompt, and likeliest tokens compared at each.
WRITTEN, LIKELIEST = 16, 256
TIMEOUT_S = 300
ENGINE = "llama.cpp"
Numbers = Literal["precise", "usual"]


def installed() -> bool:
    """Whether GGUF files can be run here: the package is there, and what it brings can be loaded."""
    try:
        import xllamacpp  # noqa: F401
    except ImportError:
        return False
    return True


def require_installed() -> None:
    """Refuse where GGUF files cannot be run.

    Raises:
        MissingPartError: They cannot.
    """
    if not installed():
        raise MissingPartError(
            "GGUF files are checked in llama.cpp, and its package `xllamacpp` cannot be imported here.",
            where="export",
            fix='pip install "brandtune[gguf]", or write without that check, and have it recorded so: --unverified.',
        )


class Written(NamedTuple):
    """One reply as the engine gave it; `finished` is whether it ended by itself, `seconds` what it took."""

    text: str
    num_tokens: int
    finished: bool
    seconds: float


class Engine:
    """One loaded file, with an adapter where one is given.

    Args:
        numbers: `precise` keeps them as precise as llama.cpp can (fp32 keys and values, no flash attention), so that
            what differs is the file; `usual` keeps them as a server does that was told nothing.
    """

    def __init__(
        self,
        path: Path,
        *,
        adapter: Path | None = None,
        context: int = 2048,
        threads: int = 2,
        numbers: Numbers = "precise",
    ) -> None:
        import xllamacpp

        settings: Any = xllamacpp.CommonParams()
        settings.model.path = str(path)
        if adapter is not None:
            loaded = xllamacpp.CommonAdapterLoraInfo()
            loaded.path, loaded.scale = str(adapter), 1.0
            settings.lora_adapters = [loaded]
        settings.n_ctx, settings.n_parallel, settings.warmup = context, 1, False
        settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
        settings.cache_ram_mib, settings.fit_params, settings.verbosity = 0, False, -1
        if numbers == "precise":
            settings.cache_type_k = settings.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
            settings.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        settings.n_gpu_layers, settings.use_jinja, settings.ui = 0, True, False
        self.server: Any = xllamacpp.Server(settings)
        # A server that is taken down before its loop began to turn is waited for without end (seen in 2026.10), so one
        # answer is waited for first.
        self._ask("/completion", {"prompt": [0], "n_predict": 0, "cache_prompt": False})

    def token_ids(self, text: str) -> list[int]:
        """How llama.cpp cuts a text; marks of special tokens count as such."""
        return list(self._ask("/tokenize", {"content": text, "add_special": False, "parse_special": True})["tokens"])

    def prompt(self, messages: Sequence[Message]) -> str:
        """The chat template as llama.cpp runs it, up to where the assistant starts."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return str(self._ask("/apply-template", {"messages": turns})["prompt"])

    def continued(
        self, ids: Sequence[int], *, tokens: int = WRITTEN, likeliest: int = LIKELIEST
    ) -> tuple[list[int], list[dict[int, float]]]:
        """Greedy tokens after a prompt, and the likeliest tokens with log-probabilities at each.

        Ends before the first token that is part of a character: llama.cpp reports no probabilities for it.
        """
        asked = {"prompt": list(ids), "n_predict": tokens, "temperature": 0.0, "n_probs": likeliest,
                 "repeat_penalty": 1.0, "cache_prompt": False, "return_tokens": True}  # fmt: skip
        answer = self._ask("/completion", asked)
        steps = answer["completion_probabilities"]
        pairs = zip(answer["tokens"], steps, strict=False)
        told = list(itertools.takewhile(lambda pair: pair[0] == pair[1]["id"], pairs))
        tops = [{entry["id"]: entry["logprob"] for entry in step["top_logprobs"]} for _, step in told]
        return [token for token, _ in told], tops

    def reply(
        self, ids: Sequence[int], *, tokens: int, temperature: float = 0.0, penalty: float = 1.0, seed: int = 0
    ) -> Written:
        """What the engine writes after a prompt, up to its end of turn.

        Args:
            tokens: Most tokens to write.
            temperature: 0 takes the likeliest token each time; above, all tokens are drawn from, as here.
            penalty: Divides the scores of tokens already seen, prompt included.
        """
        asked = {"prompt": list(ids), "n_predict": tokens, "temperature": temperature, "top_k": 0, "top_p": 1.0,
                 "min_p": 0.0, "repeat_penalty": penalty, "repeat_last_n": len(ids) + tokens, "seed": seed,
                 "cache_prompt": False}  # fmt: skip
        started = time.perf_counter()
        answer = self._ask("/completion", asked)
        seconds = time.perf_counter() - started
        finished = answer["stop_type"] in ("eos", "word")
        return Written(str(answer["content"]), int(answer["tokens_predicted"]), finished, seconds)

    def _ask(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.server.listening_address}{path}",
            data=msgspec.json.encode(body),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return msgspec.json.decode(answer.read())
        except (urllib.error.URLError, TimeoutError) as error:
            reason = error.read().decode(errors="replace") if isinstance(error, urllib.error.HTTPError) else str(error)
            raise GateFailed(f"llama.cpp refuses the exported model at {path} ({reason[:300]}).", where="export",
                             fix="Nothing was written. Use --format safetensors.") from None  # fmt: skip


@contextlib.contextmanager
def running(
    path: Path, *, adapter: Path | None = None, context: int = 2048, numbers: Numbers = "precise"
) -> Iterator[Engine]:
    """An engine for one file.

    Raises:
        GateFailed: llama.cpp does not load it.
    """
    try:
        threads = min(2, torch.get_num_threads())
        engine = Engine(path, adapter=adapter, context=context, threads=threads, numbers=numbers)
    except RuntimeError as error:
        raise GateFailed(f"llama.cpp does not load {path.name} ({error}).", where="export",
                         fix="Nothing was written.") from None  # fmt: skip
    try:
        yield engine
    finally:
        del engine.server


def check(
    model: Model, network: Any, path: Path, *, adapter: Path | None = None, limits: ParityLimits
) -> tuple[Parity, list[str]]:
    """Compare a file in llama.cpp with torch: tokens, chat template, distributions; also what to mind.

    Args:
        model: What the file was made from; its renderer says how texts are cut.
        network: Holds the file's own numbers, read back, so that what differs is the computing and not the rounding of
            weights. With an adapter beside it where `adapter` is given.
        limits: How far llama.cpp may be from it.

    Raises:
        GateFailed: Texts are cut differently, the chat template gives another prompt, or llama.cpp computes something else.
    """
    prompts = [messages[:-1] for messages in CONVERSATIONS]
    with running(path, adapter=adapter, context=min(model.context, 2048)) as engine:
        texts = _same_tokens(model, engine)
        _same_prompts(model, engine, prompts)
        rows, tops = [], []
        for prompt in prompts:
            ids = model.renderer.prompt(_fitting(model, prompt))
            written, likeliest = engine.continued(ids, likeliest=min(LIKELIEST, network.config.vocab_size))
            if written:
                rows.append((len(written), [*ids, *written[:-1]]))
                tops += likeliest
    if not rows:
        raise GateFailed("llama.cpp wrote nothing that could be compared.", where="export", fix="Nothing was written.")
    ours, theirs = aligned(_at(network, rows), tops)
    found = compare(ours, theirs, against=ENGINE)
    parity = msgspec.structs.replace(found, exact_texts=(texts, texts), reference="torch with the file's numbers")
    require(parity, limits)
    if adapter is None:
        return parity, []
    with network.disable_adapter():
        without, _ = aligned(_at(network, rows), tops)
    return require_kept(parity, Tuning(ours, without), exported=theirs, without=without)


def _at(network: Any, rows: Sequence[tuple[int, Sequence[int]]]) -> torch.Tensor:
    """Log-probabilities at the last positions of each row, as many as the row says."""
    return torch.cat([log_probabilities(network, [row], last=count) for count, row in rows])


def _same_tokens(model: Model, engine: Engine) -> int:
    tokenizer: Any = model.renderer.tokenizer
    normalises = tokenizer.backend_tokenizer.normalizer is not None
    for text in ROUGH_TEXTS:
        asked = unicodedata.normalize("NFC", text) if normalises else text
        ours, theirs = tokenizer.encode(asked, add_special_tokens=False), engine.token_ids(asked)
        if ours != theirs:
            raise GateFailed(
                f"llama.cpp cuts text differently: {text!r} gives {len(theirs)} tokens, not the same {len(ours)}.",
                where="export: tokenizer",
                fix="Nothing was written. Use --format safetensors.",
            )
    return len(ROUGH_TEXTS)


def _same_prompts(model: Model, engine: Engine, prompts: Sequence[Sequence[Message]]) -> None:
    tokenizer: Any = model.renderer.tokenizer
    for messages in prompts:
        fitting = _fitting(model, messages)
        ours = model.renderer.prompt(fitting)
        text = engine.prompt(fitting)
        theirs = tuple(engine.token_ids(text))
        started = ours[:1] == (tokenizer.bos_token_id,)  # llama.cpp puts it in front itself
        if theirs not in ((ours, ours[1:]) if started else (ours,)):
            raise GateFailed("llama.cpp's prompt differs from the chat template's.", where="export: chat template",
                             fix="Nothing was written. Use --format safetensors.")  # fmt: skip


def _fitting(model: Model, messages: Sequence[Message]) -> list[Message]:
    """The turns, without a system turn where the template has no place for one."""
    return [message for message in messages if message.role != "system" or takes_system(model.renderer)]
