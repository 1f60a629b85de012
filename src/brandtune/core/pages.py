"""Pages that need nothing else: templates that escape what people wrote, and a policy that runs no script but their own."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

# What no HTML file can carry: control characters, and halves of surrogate pairs, which UTF-8 cannot write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def environment(package: str, *, filters: dict[str, Any] | None = None) -> "Environment":
    """The templates of a package: everything is escaped, and a name that is not given is an error.

    Args:
        filters: Further filters by name.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader(package), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= filters or {}
    return made


@cache
def asset(package: str, name: str) -> str:
    """A file that lies beside a package's templates."""
    return (files(package) / "templates" / name).read_text(encoding="utf-8")


def policy(*, style: str, script: str = "") -> str:
    """A content policy that lets nothing be fetched, no style apply and no script run but these.

    >>> policy(style="p {}")
    "default-src 'none'; style-src 'sha256-SNJDlN1Iy2mnt7DOjQIyDb2LQE6O5PQiSZomcdzawQ4='; base-uri 'none'; form-action 'none'"
    """
    scripts = f" script-src {_hash(script)};" if script else ""
    return f"default-src 'none'; style-src {_hash(style)};{scripts} base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def writable(html: str) -> str:
    """The page with what no file can carry replaced.

    >>> writable("a" + chr(0) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", html)
