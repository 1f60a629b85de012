"""One client for chat completions, for arms and judges: what may come right is asked again, the rest fails with a reason."""

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import Any, Generic, TypeVar

from brandtune.core.errors import ConfigError

LONGEST_WAIT_S, MOST_BYTES, _PIECE_BYTES = 30.0, 4_000_000, 65_536
# What the openai SDK asks again, and 425 (too early, RFC 8470); every status of 500 and above is among them.
WORTH_ANOTHER_TRY = frozenset({408, 409, 425, 429})
ERROR_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
Value = TypeVar("Value")


class NoAnswer(Exception):
    """The endpoint gave nothing that can be used; `again` is whether asking again may help."""

    def __init__(self, why: str, *, again: bool, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.again, self.wait_s = again, wait_s


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """What was read from a response, and how long the request took that brought it."""

    value: Value
    seconds: float


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a redirected request would carry the key, and customers' words, to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


class ChatClient:
    """Posts to `/chat/completions`.

    Args:
        url: Up to and with `/v1`.
        key: Sent as bearer token; empty sends none.
        timeout_s: For a whole request, from connecting to the last byte.
        pause_s: Waits before another try grow from this.
    """

    def __init__(self, *, url: str, key: str, timeout_s: float, retries: int, pause_s: float = 1.0) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "brandtune"}
        self._headers |= {"Authorization": f"Bearer {key}"} if key else {}
        self.timeout_s, self.retries, self.pause_s = timeout_s, retries, pause_s
        self._opener = urllib.request.build_opener(_StayHere)

    def complete(self, body: Mapping[str, Any], read: Callable[[Any], Value]) -> Answer[Value]:
        """Ask until `read` takes what comes back.

        Raises:
            NoAnswer: Every try failed, or asking again cannot help; says why the last one did.
        """
        for attempt in range(self.retries + 1):
            started = time.perf_counter()
            try:
                return Answer(read(self._ask(body)), time.perf_counter() - started)
            except NoAnswer as error:
                if not error.again or attempt == self.retries:
                    raise
                time.sleep(min(LONGEST_WAIT_S, max(error.wait_s, self.pause_s * 2**attempt)))
        raise AssertionError("unreachable")

    def _ask(self, body: Mapping[str, Any]) -> Any:
        request = urllib.request.Request(self._url, data=json.dumps(body).encode(), headers=self._headers)
        deadline = time.monotonic() + self.timeout_s
        try:
            with self._opener.open(request, timeout=self.timeout_s) as response:
                return json.loads(_body(response, deadline=deadline))
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error, deadline=deadline) from None
        except ValueError:
            raise NoAnswer("the answer is not JSON", again=True) from None
        except urllib.error.URLError as error:
            late = isinstance(error.reason, TimeoutError)
            raise NoAnswer("timed out" if late else "no connection", again=True) from None
        except TimeoutError:
            raise NoAnswer("timed out", again=True) from None
        except (OSError, HTTPException):
            raise NoAnswer("no connection", again=True) from None


def _refused(error: urllib.error.HTTPError, *, deadline: float) -> NoAnswer:
    """What an error status says: whether to ask again, when, and the service's own code where it names one."""
    told = error.headers.get("X-Should-Retry")
    again = told == "true" if told in ("true", "false") else error.code in WORTH_ANOTHER_TRY or error.code >= 500
    wait = _milliseconds(error.headers.get("Retry-After-Ms")) or _seconds(error.headers.get("Retry-After"))
    return NoAnswer(f"HTTP {error.code}{_code(error, deadline=deadline)}", again=again, wait_s=wait)


def _code(error: urllib.error.HTTPError, *, deadline: float) -> str:
    """The code of OpenAI's error object, e.g. `insufficient_quota`; its message may quote a customer and stays unread."""
    try:
        found = json.loads(_body(error, deadline=deadline))["error"]["code"]
    except (NoAnswer, OSError, HTTPException, ValueError, KeyError, TypeError):
        return ""
    return f" ({found})" if isinstance(found, str) and ERROR_CODE.fullmatch(found) else ""


def _body(response: HTTPResponse | urllib.error.HTTPError, *, deadline: float) -> bytes:
    """The whole body; a server that drips bytes meets the same deadline as one that sends none."""
    found = b""
    while piece := response.read1(_PIECE_BYTES):
        found += piece
        if len(found) > MOST_BYTES:
            raise NoAnswer("the answer is too long", again=False)
        if time.monotonic() > deadline:
            raise TimeoutError
    return found


def first_choice(answer: Any) -> tuple[Mapping[str, Any], str]:
    """The first choice of a chat completion and its text.

    Raises:
        NoAnswer: It is no chat completion.
    """
    try:
        choice = answer["choices"][0]
        content = choice["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise NoAnswer("the answer is no chat completion", again=True) from None
    if not isinstance(content, str | None):
        raise NoAnswer("the answer is no chat completion", again=True)
    if not content and choice["message"].get("refusal"):
        raise NoAnswer("refused", again=False)
    return choice, content or ""


def key_from(variable: str, *, where: str) -> str:
    """The key in an environment variable; empty where none is named.

    Raises:
        ConfigError: The variable is not set.
    """
    key = os.environ.get(variable, "") if variable else ""
    if variable and not key:
        raise ConfigError(
            f"the environment variable {variable} is not set.",
            where=where,
            fix="Set it, or leave the setting empty for an endpoint without a key.",
        )
    return key


def _milliseconds(value: str | None) -> float:
    """OpenAI's Retry-After-Ms in seconds; 0 where it is no number."""
    try:
        return max(0.0, float(value or 0) / 1000)
    except ValueError:
        return 0.0


def _seconds(value: str | None) -> float:
    """A Retry-After header in seconds: a number, or a date (RFC 9110, section 10.2.3); 0 where it is neither."""
    try:
        return max(0.0, float(value or 0))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value or "") - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
