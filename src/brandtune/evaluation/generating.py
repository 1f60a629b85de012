"""Generation that remembers: each finished batch is written down, so that a killed evaluation goes on where it was."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from brandtune.core.examples import Message
from brandtune.core.ids import content_id
from brandtune.core.progress import Task
from brandtune.models.generation import Generated, batches, generate_batch
from brandtune.models.loading import Model
from brandtune.models.settings import Decoding


class GenerationCache:
    """Batches already generated, keyed by model, decoding and exact prompts.

    Args:
        path: JSONL file that is appended to; None keeps everything in memory. A last line cut off by a kill is ignored.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known: dict[str, list[Generated]] = {}
        if path and path.is_file():
            self._read(path)

    def _read(self, path: Path) -> None:
        whole = 0
        with path.open("rb") as file:
            for line in file:
                try:
                    entry: Any = msgspec.json.decode(line)
                except msgspec.DecodeError:
                    break
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                self.known[entry["key"]] = [Generated(**item) for item in entry["results"]]
        os.truncate(path, whole)

    def add(self, key: str, results: list[Generated]) -> None:
        self.known[key] = results
        if self.path:
            with self.path.open("ab") as file:
                entry = {"key": key, "results": [asdict(item) for item in results]}
                file.write(msgspec.json.encode(entry) + b"\n")
                file.flush()


class Writer:
    """Generates with one model through the cache."""

    def __init__(self, model: Model, *, decoding: Decoding, cache: GenerationCache) -> None:
        self.model, self.decoding, self.cache = model, decoding, cache

    def write(self, prompts: Sequence[Sequence[Message]], *, bar: Task, note: str) -> list[Generated]:
        """One reply for each prompt, in order."""
        rendered = [self.model.renderer.prompt(messages) for messages in prompts]
        results: dict[int, Generated] = {}
        for batch in batches(rendered, size=self.decoding.batch_size):
            ids = [rendered[index] for index in batch]
            key = content_id([self.model.fingerprint, self.decoding.model_dump(mode="json"), ids], length=32)
            if key not in self.cache.known:
                self.cache.add(key, generate_batch(self.model, ids, decoding=self.decoding))
            results.update(zip(batch, self.cache.known[key], strict=True))
            bar.advance(len(batch), note=note)
        return [results[index] for index in range(len(prompts))]
