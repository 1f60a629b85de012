"""Which encoding a text file has: UTF-8 unless it is not, and then a decision that is said aloud or an exact error."""

import codecs
from typing import BinaryIO

from charset_normalizer import from_bytes

from brandtune.core.errors import SourceError
from brandtune.sources.base import Reading
from brandtune.sources.files import InputFile

BLOCK = 1 << 20
SAMPLE = 1 << 16
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Detectors cannot tell the single-byte code pages apart on short text; among equals these are what exports use.
USUAL = ("cp1252", "cp1250", "cp1251", "cp932", "gb18030", "big5", "euc_kr", "cp1253", "cp1254", "cp1255", "cp1256")
TELLING_COHERENCE = 0.25
NEARLY_AS_CALM = 0.08
TOLERATED_CHAOS = 0.1


def decide_encoding(file: InputFile, *, wanted: str, reading: Reading, start: int = 0) -> str:
    """The codec to read `file` with.

    Args:
        wanted: A codec name, or `auto`.
        start: Byte from which UTF-8 is checked; what lies before it was checked by an earlier pass.

    Raises:
        SourceError: The bytes are not in that encoding; names the byte offset, the line and the likely encoding.
    """
    if start and wanted in ("auto", "utf-8", "utf8") and _first_failure(file, "utf-8", start=start) is None:
        return "utf-8"
    if file.label not in reading.encodings:
        reading.encodings[file.label] = _decide(file, wanted=wanted, reading=reading)
    return reading.encodings[file.label]


def _decide(file: InputFile, *, wanted: str, reading: Reading) -> str:
    if wanted != "auto":
        _require_codec(wanted, file)
    with file.open() as stream:
        start = stream.read(4096)
    _refuse_unmarked_utf16(start, file, wanted=wanted)
    marked = next((codec for mark, codec in MARKS if start.startswith(mark)), "utf-8")
    codec = marked if wanted in ("auto", "utf-8", "utf8", "utf-16") else wanted
    failure = _first_failure(file, codec)
    if failure is None:
        return codec
    likely, sure = guess(failure.sample)
    if wanted == "auto" and sure and likely and _first_failure(file, likely) is None:
        reading.notes.add(
            f"{file.label} is not UTF-8 (line {failure.line}); read as {likely}. Set `encoding` to decide yourself"
        )
        return likely
    hint = f" It might be {likely}." if likely else ""
    raise SourceError(
        f"not {codec} text: byte 0x{failure.byte:02x} at offset {failure.offset:,}.{hint}",
        where=f"{file.label}:{failure.line}",
        fix=f"Add `encoding: {likely or 'NAME'}` to this source, or save the file as UTF-8.",
    )


def guess(sample: bytes) -> tuple[str | None, bool]:
    """The likely encoding of non-UTF-8 bytes, and whether the text it gives reads like a language."""
    matches = list(from_bytes(sample, explain=False))
    good = [m for m in matches if m.chaos <= TOLERATED_CHAOS]
    if not good:
        return (matches[0].encoding if matches else None), False
    best = good[0]
    for codec in USUAL:
        for match in good:
            as_good = match.coherence >= best.coherence * 0.75 and match.chaos <= best.chaos + NEARLY_AS_CALM
            if codec in match.could_be_from_charset and as_good:
                return codec, match.coherence >= TELLING_COHERENCE
    return best.encoding, best.coherence >= TELLING_COHERENCE


class _Failure:
    def __init__(self, *, offset: int, line: int, byte: int, sample: bytes) -> None:
        self.offset, self.line, self.byte, self.sample = offset, line, byte, sample


def _first_failure(file: InputFile, codec: str, *, start: int = 0) -> _Failure | None:
    """Decode the whole file block by block; None when all of it is text in `codec`."""
    decoder = codecs.getincrementaldecoder(codec)()
    consumed = line = 0
    with file.open(start=start) as stream:
        while block := stream.read(BLOCK):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                at = max(error.start - pending, 0)
                sample = _lines_beyond_ascii(block + stream.read(BLOCK))
                number = line + _newlines(block[:at]) + 1
                return _Failure(offset=consumed + at, line=number, byte=block[at], sample=sample)
            consumed += len(block)
            line += _newlines(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _Failure(offset=consumed - 1, line=line + 1, byte=_last_byte(file), sample=b"")
    return None


def _last_byte(file: InputFile) -> int:
    last = b"\0"
    with file.open() as stream:
        while block := stream.read(BLOCK):
            last = block[-1:]
    return last[0]


def _newlines(block: bytes) -> int:
    return block.count(b"\n") or block.count(b"\r")


def _lines_beyond_ascii(block: bytes) -> bytes:
    lines = (line for line in block.splitlines() if not line.isascii())
    sample = b"\n".join(line[:2000] for _, line in zip(range(400), lines, strict=False))
    return sample[:SAMPLE]


def _refuse_unmarked_utf16(start: bytes, file: InputFile, *, wanted: str) -> None:
    if wanted == "auto" and len(start) > 8 and start.count(0) > len(start) // 4 and not start.startswith(b"\xff\xfe"):
        order = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
        if start.startswith(codecs.BOM_UTF16_BE):
            return
        raise SourceError(
            f"every second byte is NUL; it might be {order}.",
            where=file.label,
            fix=f"Add `encoding: {order}` to this source.",
        )


def _require_codec(name: str, file: InputFile) -> None:
    try:
        codecs.lookup(name)
    except LookupError:
        raise SourceError(
            f"there is no text encoding called {name!r}.",
            where=file.label,
            fix="Use e.g. utf-8, cp1252, utf-16 or auto.",
        ) from None


def skip_mark(stream: BinaryIO) -> int:
    """Move past a UTF-8 byte order mark, if there is one; returns its length."""
    if hasattr(stream, "peek") and stream.peek(3)[:3] == codecs.BOM_UTF8:
        return len(stream.read(3))
    return 0
