"""The brand as people wrote it down: a voice guide, a folder of rules, a folder of facts."""

import re
from pathlib import Path

from brandtune.core.config import Config
from brandtune.core.errors import ConfigError
from brandtune.core.records import Struct


class BrandConfig(Config):
    """Who is speaking."""

    name: str
    """The company's name as customers know it."""
    voice: Path | None = None
    """Voice guide, Markdown or plain text. The prompt arm receives it whole, but for HTML comments."""
    rules: Path | None = None
    """Folder of Vale-style YAML rules. Without it, on-brand means the style score alone."""
    off_limits: tuple[str, ...] = ()
    """Words and phrases that no output may hold, in any case; a final `*` takes any ending. Abuse is always off limits."""
    facts: Path | None = None
    """Folder of Markdown or text files with facts that answers must agree with; retrieval reads it. A line
    `Not true: "free returns", "returns are free"` in a section names what no text may claim."""


class Document(Struct, frozen=True, kw_only=True):
    """One section of a facts file; `text` is what retrieval finds.

    Attributes:
        denied: Phrases that the section calls untrue; they stand in no text that a model is shown.
    """

    path: str
    title: str
    text: str
    denied: tuple[str, ...] = ()


class Brand(Struct, frozen=True, kw_only=True):
    name: str
    voice: str = ""
    rules_dir: str = ""
    documents: tuple[Document, ...] = ()
    off_limits: tuple[str, ...] = ()


def load_brand(config: BrandConfig, *, base_dir: Path) -> Brand:
    """Read the voice guide and facts.

    Raises:
        ConfigError: A path that the configuration names does not exist, is a file where a folder is wanted or the
            other way round, or is not UTF-8 text.
    """
    voice = _read_text(base_dir / config.voice, key="brand.voice") if config.voice else ""
    rules = str(_existing(base_dir / config.rules, key="brand.rules")) if config.rules else ""
    documents: list[Document] = []
    if config.facts:
        folder = _folder(base_dir / config.facts, key="brand.facts")
        for path in sorted([*folder.rglob("*.md"), *folder.rglob("*.txt")]):
            documents += split_sections(_read_text(path, key="brand.facts"), path=path.relative_to(folder).as_posix())
    voice = re.sub(r"<!--.*?-->", "", voice, flags=re.DOTALL)
    return Brand(
        name=config.name,
        voice=voice.strip(),
        rules_dir=rules,
        documents=tuple(documents),
        off_limits=config.off_limits,
    )


def split_sections(text: str, *, path: str) -> list[Document]:
    """Cut Markdown at its headings (outside fences); each section keeps its heading (under the file's first) as title.

    >>> [d.title for d in split_sections("# Returns\\n45 days.\\n## Sale items\\nNo.", path="returns.md")]
    ['Returns', 'Returns / Sale items']
    >>> split_sections('Returns cost 4 pounds.\\nNot true: "free returns"', path="returns.md")[0].denied
    ('free returns',)
    """
    top, title = "", ""
    body: list[str] = []
    denied: list[str] = []
    documents: list[Document] = []

    def flush() -> None:
        content = "\n".join(body).strip()
        if content or denied:
            documents.append(Document(path=path, title=title or path, text=content, denied=tuple(denied)))
        body.clear()
        denied.clear()

    fenced = False
    for line in text.splitlines():
        fenced ^= _is_fence(line)
        if _is_heading(line) and not fenced:
            flush()
            heading = line.lstrip("#").strip()
            top = top or heading
            title = heading if heading == top else f"{top} / {heading}"
        elif not fenced and (untrue := _DENIED.match(line)):
            denied += _phrases(untrue[1])
        else:
            body.append(line)
    flush()
    return documents


_DENIED = re.compile(r"[\s*_>+-]*not true[*_]*\s*:[*_]*(.*)$", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“„]([^\"“”„]+)[\"”“]")


def _phrases(rest: str) -> list[str]:
    """What stands between quotation marks; the whole line where nothing does."""
    found = _QUOTED.findall(rest) or [rest]
    return [phrase for one in found if (phrase := " ".join(one.split()).strip(" .,"))]


def _is_heading(line: str) -> bool:
    return re.match(r"#{1,6} ", line) is not None


def _is_fence(line: str) -> bool:
    return re.match(r" {0,3}```[^`]*$", line) is not None


def _existing(path: Path, *, key: str) -> Path:
    if not path.exists():
        raise ConfigError(f"{path} does not exist.", where=key, fix="Create it or correct the path.")
    return path


def _folder(path: Path, *, key: str) -> Path:
    if not _existing(path, key=key).is_dir():
        raise ConfigError(f"{path} is not a folder.", where=key, fix="Name the folder that the file is in.")
    return path


def _read_text(path: Path, *, key: str) -> str:
    if _existing(path, key=key).is_dir():
        raise ConfigError(f"{path} is a folder, not a file.", where=key, fix="Name the file in it.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text (byte {error.start}).", where=key, fix="Save it as UTF-8."
        ) from None
