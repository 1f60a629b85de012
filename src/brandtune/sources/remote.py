"""Files behind an address (`s3://`, `https://`, `memory://`…) through fsspec, imported only when one is named."""

import io
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from brandtune.core.errors import MissingPartError, SourceError
from brandtune.core.ids import content_id
from brandtune.sources.files import InputFile

PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs",
    "http": "aiohttp", "https": "aiohttp", "sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol",
    "webhdfs": "requests", "github": "requests", "dropbox": "dropboxdrivefs",
}  # fmt: skip
_GLOBS = "*["
# What file systems call the mark that changes with the content.
_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified", "mtime", "created")


def is_remote(path: str) -> bool:
    """Whether a path is an address that fsspec must open; `file://` is a plain path."""
    return "://" in path and not path.startswith("file://")


@dataclass(frozen=True)
class RemoteFile(InputFile):
    """A file that fsspec opens."""

    filesystem: Any = field(default=None, repr=False)
    address: str = field(default="", repr=False)

    @property
    def size(self) -> int:
        return int(self._info().get("size") or 0)

    def _info(self) -> dict[str, Any]:
        try:
            return dict(self.filesystem.info(self.address))
        except Exception as error:  # each file system has its own errors
            raise _unreachable(self.label, error) from None

    def raw(self) -> BinaryIO:
        try:
            return cast(BinaryIO, _Told(self.filesystem.open(self.address, "rb"), self.label))
        except Exception as error:  # each file system has its own errors
            raise _unreachable(self.label, error) from None

    def version(self) -> str:
        info = self._info()
        marks = {name: str(info[name]) for name in _MARKS if info.get(name)}
        return content_id([self.label, info.get("size"), marks], length=64) if marks else self.sha256()


class _Told(io.RawIOBase):
    """A remote file whose failures say which file, and nothing of the address's secrets."""

    def __init__(self, inner: Any, label: str) -> None:
        self._inner, self._label = inner, label

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._inner.read(len(buffer))
        except Exception as error:
            raise _unreachable(self._label, error) from None
        buffer[: len(block)] = block
        return len(block)

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._inner.seek(offset, whence))

    def tell(self) -> int:
        return int(self._inner.tell())

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def find_remote(url: str, *, number: int, options: dict[str, str]) -> list[InputFile]:
    """The files that an address names, sorted.

    Raises:
        MissingPartError: The package for this kind of address is not installed; names it.
        SourceError: Nothing is there, or it cannot be reached.
    """
    where = f"sources[{number - 1}].path"
    scheme = url.split("://", 1)[0]
    filesystem, path = _open_filesystem(url, scheme, options, where)
    label = _label(url)
    try:
        if set(path) & set(_GLOBS if scheme in ("http", "https") else f"{_GLOBS}?"):
            found = sorted(str(each) for each in filesystem.glob(path) if filesystem.isfile(each))
        else:
            found = [path] if filesystem.isfile(path) else []
    except Exception as error:
        raise _unreachable(label, error, where=where) from None
    if not found:
        raise SourceError(
            f"nothing is at {label}.", where=where, fix="Check the address, and that these credentials may read it."
        )
    alone = found == [path]
    return [
        RemoteFile(
            path=PurePosixPath(urlsplit(each).path if "://" in each else each),
            label=label if alone else _label(each if "://" in each else f"{scheme}://{each.lstrip('/')}"),
            alone=alone,
            filesystem=filesystem,
            address=each,
        )
        for each in found
    ]


def _open_filesystem(url: str, scheme: str, options: dict[str, str], where: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingPartError("reading an address needs fsspec.", where=where, fix="pip install fsspec") from None
    try:
        filesystem, path = url_to_fs(url, **options)
    except ImportError:
        package = PACKAGES.get(scheme, "an fsspec file system for it")
        fix = f"pip install {package}" if scheme in PACKAGES else "See fsspec's list of file systems."
        raise MissingPartError(f"reading {scheme}:// needs {package}.", where=where, fix=fix) from None
    except ValueError:
        raise SourceError(
            f"addresses of the kind `{scheme}://` are not known.",
            where=where,
            fix="Use a path, or an address that fsspec knows: s3, gs, abfs, https, sftp…",
        ) from None
    except Exception as error:
        raise _unreachable(_label(url), error, where=where) from None
    return filesystem, str(path)


def _label(url: str) -> str:
    """An address without user, password and query: all of them can hold secrets."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.split("?")[0].split("#")[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _unreachable(label: str, error: Exception, *, where: str = "") -> SourceError:
    if isinstance(error, SourceError):
        return error
    return SourceError(
        f"{label} cannot be read ({type(error).__name__})." if where else f"cannot be read ({type(error).__name__}).",
        where=where or label,
        fix="Check the address, the network and the credentials, then read again.",
    )
