"""House-style rules in Vale's YAML, read and checked without Vale. The kinds themselves are in `rule_kinds`."""

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from brandtune.core.config import YamlDocument
from brandtune.core.errors import ConfigError
from brandtune.core.placeholders import PATTERN as PLACEHOLDER
from brandtune.scoring import rule_formulas, rule_kinds
from brandtune.scoring.patterns import BadPattern, UnsupportedPattern, compile_pattern
from brandtune.scoring.rule_files import read_rule
from brandtune.scoring.segments import SCOPES, Piece, pieces_of

Level = Literal["suggestion", "warning", "error"]
LEVELS: tuple[Level, ...] = ("suggestion", "warning", "error")
BUILDERS = {**rule_kinds.BUILDERS, **rule_formulas.BUILDERS}
NOT_HERE = {
    "sequence": "it needs part-of-speech tags",
    "spelling": "it needs a dictionary",
    "script": "it runs a Tengo script",
}
_SHARED_KEYS_TEXT = """
extends message level scope link limit name description action code tasks vocab ignorecase nonword
"""
SHARED_KEYS = frozenset(_SHARED_KEYS_TEXT.split())


@dataclass(frozen=True)
class RuleFinding:
    """One breach of one rule; offsets are characters of the text that was checked."""

    rule: str
    message: str
    level: Level
    start: int
    end: int


@dataclass(frozen=True)
class UnsupportedRule:
    """A rule that was found and is not checked."""

    path: str
    extends: str
    why: str


@dataclass(frozen=True)
class Rule:
    name: str
    level: Level
    message: str
    scope: str
    tasks: tuple[str, ...]
    check: rule_kinds.Check


@dataclass(frozen=True)
class RuleSet:
    """The rules of a brand; an empty one finds nothing.

    Attributes:
        files: (path, content) of every file they were read from, so that they can be kept beside what they judged.
    """

    rules: tuple[Rule, ...] = ()
    unsupported: tuple[UnsupportedRule, ...] = ()
    files: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)

    def check(self, text: str, *, task: str | None = None) -> list[RuleFinding]:
        """Every breach in `text`, in reading order.

        Args:
            text: What was written, with or without placeholders; nothing inside a placeholder is a breach.
            task: Which task's rules apply; None applies only the rules that are for every task.
        """
        marks = [match.span() for match in PLACEHOLDER.finditer(text)]
        pieces: dict[str, list[Piece]] = {}
        found: list[RuleFinding] = []
        for rule in self.rules:
            if rule.tasks and task not in rule.tasks:
                continue
            if rule.scope not in pieces:
                pieces[rule.scope] = pieces_of(text, scope=rule.scope)
            found += [f for f in _findings(rule, text, pieces[rule.scope]) if not _inside(f, marks)]
        return sorted(found, key=lambda finding: (finding.start, finding.end, finding.rule))

    def passes(self, text: str, *, task: str | None = None, min_level: Level = "error") -> bool:
        """True when nothing of `min_level` or worse is found."""
        worst = LEVELS.index(min_level)
        return all(LEVELS.index(finding.level) < worst for finding in self.check(text, task=task))


def _findings(rule: Rule, text: str, pieces: list[Piece]) -> list[RuleFinding]:
    found = []
    for start, end in pieces:
        for hit in rule.check(text[start:end]):
            message = rule_kinds.fill_message(rule.message, hit.words)
            found.append(RuleFinding(rule.name, message, rule.level, start + hit.start, start + hit.end))
    return found


def _inside(finding: RuleFinding, marks: list[Piece]) -> bool:
    return finding.end > finding.start and any(a <= finding.start and finding.end <= b for a, b in marks)


def load_rules(folder: Path | None) -> RuleSet:
    """Read every `*.yml` under `folder`, laid out flat or as `styles/<Style>/*.yml`; no folder, no rules.

    Raises:
        ConfigError: A file is not YAML, a pattern is not a regular expression, `extends`, a level or a key is unknown.
    """
    if folder is None:
        return RuleSet()
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder of rules.", where="brand.rules", fix="Correct the path.")
    rules: list[Rule] = []
    unsupported: list[UnsupportedRule] = []
    files: list[tuple[str, str]] = []
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        loaded = _load(read_rule(path), path=path)
        # The folder's own name belongs to the names of rules that lie directly in it.
        name = (Path(folder.resolve().name) / path.relative_to(folder)).as_posix()
        files.append((name, path.read_text(encoding="utf-8-sig")))
        if isinstance(loaded, Rule):
            rules.append(loaded)
        else:
            unsupported.append(loaded)
    return RuleSet(tuple(rules), tuple(unsupported), tuple(files))


def _load(document: YamlDocument, *, path: Path) -> Rule | UnsupportedRule:
    data = document.data
    kind = str(data.get("extends", ""))
    why = _why_not(data, kind)
    if why:
        return UnsupportedRule(str(path), kind, why)
    if kind not in BUILDERS:
        known = [*BUILDERS, *NOT_HERE]
        raise ConfigError(f"unknown rule kind `{kind}`. {_nearest(kind, known)}", where=document.where(("extends",)))
    _check_keys(document, kind)
    try:
        check = BUILDERS[kind].build(data)
    except UnsupportedPattern as error:
        return UnsupportedRule(str(path), kind, str(error))
    except BadPattern as error:
        raise ConfigError(f"not a regular expression: {error}.", where=_pattern_line(document)) from None
    except rule_kinds.BadRule as error:
        raise ConfigError(str(error), where=document.where((error.key,))) from None
    return Rule(
        name=f"{path.parent.name}.{path.stem}",
        level=_level(document),
        message=str(data.get("message", path.stem)),
        scope="summary" if kind in rule_formulas.BUILDERS else _scope(data),
        tasks=tuple(str(task) for task in _as_list(data.get("tasks"))),
        check=check,
    )


def _why_not(data: dict[str, Any], kind: str) -> str:
    if not kind:
        return "it has no `extends`, so it is not a rule"
    if kind in NOT_HERE:
        return NOT_HERE[kind]
    if "pos" in data:
        return "`pos` needs part-of-speech tags"
    scopes = [str(scope) for scope in _as_list(data.get("scope"))]
    if scopes and kind not in rule_formulas.BUILDERS and not any(map(_plain_scope, scopes)):
        return f"scope {', '.join(scopes)} does not exist in plain text"
    return ""


def _scope(data: dict[str, Any]) -> str:
    scopes = [_plain_scope(str(scope)) for scope in _as_list(data.get("scope"))]
    return next((scope for scope in scopes if scope), "text")


def _plain_scope(scope: str) -> str:
    """The part of plain text that a scope means; empty where there is none. `sentence & ~heading` means sentences.

    >>> _plain_scope("sentence & ~heading"), _plain_scope("paragraph.rst"), _plain_scope("table.cell")
    ('sentence', 'paragraph', '')
    """
    parts = [re.sub(r"\.(?:md|rst|html|adoc|org|txt)$", "", part.strip()) for part in scope.split("&")]
    wanted = [part for part in parts if not part.startswith("~")]
    if any(part.startswith("~heading.") for part in parts):
        return ""
    if not wanted:
        return "text"
    return wanted[0] if len(wanted) == 1 and wanted[0] in SCOPES else ""


def _level(document: YamlDocument) -> Level:
    level = str(document.data.get("level", "warning"))
    for known in LEVELS:
        if level == known:
            return known
    raise ConfigError(f"unknown level `{level}`. {_nearest(level, LEVELS)}", where=document.where(("level",)))


def _check_keys(document: YamlDocument, kind: str) -> None:
    known = SHARED_KEYS | BUILDERS[kind].keys
    for key in document.data:
        if key not in known:
            raise ConfigError(f"unknown key `{key}`. {_nearest(str(key), sorted(known))}", where=document.where((key,)))


def _nearest(word: str, known: Any) -> str:
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean `{found[0]}`?" if found else f"Choose one of: {', '.join(known)}."


def _pattern_line(document: YamlDocument) -> str:
    """The line of the first single pattern that does not compile by itself, else of the list that holds it."""
    for key in ("tokens", "raw", "swap", "either", "token", "first", "second", "match", "exceptions"):
        for path, pattern in _patterns(document.data.get(key), (key,)):
            try:
                compile_pattern(pattern)
            except BadPattern:
                return document.where(path)
            except UnsupportedPattern:
                continue
    return document.name


def _patterns(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, dict):
        return [((*path, str(key)), str(key)) for key in value]
    if isinstance(value, list):
        return [((*path, index), str(item)) for index, item in enumerate(value)]
    return [] if value is None else [(path, str(value))]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
