"""Reading one Vale rule file, as tolerantly as Vale reads what public packages hold, and no more."""

import re
from pathlib import Path

from brandtune.core.errors import ConfigError
from brandtune.core.yaml_document import YamlDocument

# Go's YAML reader takes \\' inside double quotes; the YAML standard does not.
_QUOTED_QUOTE = re.compile(r"(?<!\\)\\'")


class RuleDocument(YamlDocument):
    """A rule as YAML. A swap that is given twice takes the last, as in Vale."""

    last_wins_in = frozenset({"swap", "either"})


def read_rule(path: Path) -> RuleDocument:
    """Read a rule file.

    Raises:
        ConfigError: Not UTF-8 or not YAML; says where.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 text (byte {error.start}).", where=str(path), fix="Save it as UTF-8.") from None
    try:
        return RuleDocument(text, name=str(path))
    except ConfigError:
        if not _QUOTED_QUOTE.search(text):
            raise
        return RuleDocument(_QUOTED_QUOTE.sub("'", text), name=str(path))
