"""A small client of the Hugging Face Hub: what a file is, and its bytes from any offset.

``{endpoint}/{repository}/resolve/{revision}/{path}`` answers a HEAD with ``X-Linked-Size`` and ``X-Linked-Etag``,
which is the sha256 of a large file, and a GET with a redirect to the host that stores it. The Hub's own library
starts a broken download from zero, which at 28 GB a file is no way to load over a bad network.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

import wantui
from wantui.weights.errors import ChangedError, Fault, HubError
from wantui.weights.retry import asked_wait

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message
    from types import TracebackType

    from wantui.weights.catalogue import Weight

DEFAULT_ENDPOINT = "https://huggingface.co"
STALL_S = 30.0
"""Seconds without a byte after which a connection is given up."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 8
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Answers that another try may better: of HTTP, and of the proxies in front of the Hub (520 to 529)."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIZE = re.compile(r"[0-9]{1,18}")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_RANGE_REFUSED = 416
_PARTIAL = 206


Response: TypeAlias = http.client.HTTPResponse


@dataclass(frozen=True, slots=True)
class Remote:
    """What the Hub says about a file."""

    size: int
    """Bytes."""
    sha256: str
    """Of the content, in hexadecimal."""
    commit: str | None
    """The repository's state that this is true of; None where it was not said."""


class Body:
    """The bytes of a file from an offset on, as they arrive."""

    def __init__(self, stream: Response, start: int) -> None:
        self.start = start
        """Where in the file the first byte belongs; 0 where the server does not know ranges."""
        self._stream = stream

    def read(self, most: int) -> bytes:
        """Whatever has arrived, at most so many bytes; empty at the end, be it the right one or not.

        Raises:
            Fault: nothing came for too long, or the connection broke.
        """
        try:
            return self._stream.read1(most)
        except TimeoutError as error:
            raise Fault("no byte came for too long") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Fault(f"the connection broke ({_told(error)})") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    """The end of a chain of redirects."""

    response: Response | None
    """None where a redirect has said all there is to know."""
    linked: Mapping[str, str]
    """The headers about the file, of whatever hop had them."""
    host: str


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to us: the token must not travel with them, and a HEAD must stay one."""

    def redirect_request(self, *_arguments: object, **_keywords: object) -> None:
        """Follow nothing."""


class Hub:
    """The Hub at an endpoint, or a mirror of it. A token is sent over https alone, or within this machine."""

    def __init__(self, endpoint: str, token: str | None = None, *, stall_s: float = STALL_S) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._token = token if _is_private(self.endpoint) else None
        self._withholds = token is not None and self._token is None
        self._stall_s = stall_s
        self._opener = urllib.request.build_opener(_NoRedirects)

    def remote(self, weight: Weight) -> Remote:
        """Ask what a file is.

        Raises:
            Fault: it may go well at another try.
            HubError: there is no such file, or it is not for us.
        """
        answer = self._follow("HEAD", weight, "main", {})
        if answer.response is not None:
            answer.response.close()
        size, sha256 = answer.linked.get("size", ""), answer.linked.get("etag", "")
        if not _SIZE.fullmatch(size) or not _SHA256.fullmatch(sha256):
            message = f"{answer.host} does not say size and sha256 of the file, as the Hub does"
            raise Fault(message, is_answer=True)
        return Remote(int(size), sha256, answer.linked.get("commit"))

    def open(self, weight: Weight, remote: Remote, offset: int) -> Body:
        """Ask for the bytes of a file from `offset` on, of exactly the state that `remote` describes.

        Raises:
            ChangedError: it is another file meanwhile.
            Fault: it may go well at another try.
            HubError: there is no such file, or it is not for us.
        """
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        answer = self._follow("GET", weight, remote.commit or "main", headers)
        if answer.response is None:
            raise Fault(f"{answer.host} sends nothing", is_answer=True)
        try:
            if answer.linked.get("etag", remote.sha256) != remote.sha256:
                raise ChangedError("the file on the Hub has changed")
            start = _start(answer.response, answer.host, remote.size, offset)
        except Fault:
            answer.response.close()
            raise
        return Body(answer.response, start)

    def _follow(self, method: str, weight: Weight, revision: str, headers: dict[str, str]) -> _Answer:
        """Go after redirects, with a HEAD until the Hub has said what the file is.

        The token goes to the endpoint's own origin alone.
        """
        path = urllib.parse.quote(weight.path)
        url = f"{self.endpoint}/{weight.repository}/resolve/{urllib.parse.quote(revision, safe='')}/{path}"
        linked: dict[str, str] = {}
        for _ in range(_MOST_REDIRECTS):
            response = self._ask(method, url, headers)
            host = _host(url)
            if self._is_own(url):
                linked |= _linked(response.headers)
            if isinstance(response, http.client.HTTPResponse):
                return _Answer(response, _or_plain(linked, response.headers), host)
            response.close()
            if response.code not in _REDIRECTS:
                raise self._refusal(response.code, response.headers, url, weight)
            if method == "HEAD" and "etag" in linked:
                return _Answer(None, linked, host)
            url = urllib.parse.urljoin(url, response.headers.get("Location", ""))
            if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
                raise Fault(f"{host} redirects to something that is no web address", is_answer=True)
        raise Fault(f"{host} redirects without end", is_answer=True)

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> Response | urllib.error.HTTPError:
        request = urllib.request.Request(url, headers=headers, method=method)  # noqa: S310  http(s), see `_follow`
        request.add_header("User-Agent", f"wantui/{wantui.__version__}")
        request.add_header("Accept-Encoding", "identity")
        if self._token is not None and self._is_own(url):
            request.add_header("Authorization", f"Bearer {self._token}")
        host = _host(url)
        try:
            response: Response = self._opener.open(request, timeout=self._stall_s)
        except urllib.error.HTTPError as answer:
            return answer
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                message = f"{host}: its certificate is not trusted ({reason.verify_message}); correct the clock, or "
                raise HubError(f"{message}name the proxy's certificates in SSL_CERT_FILE") from error
            way = (
                " through the proxy of this environment" if request.host != urllib.parse.urlsplit(url).netloc else ""
            )
            raise Fault(f"{host} cannot be reached{way} ({_told(reason)})") from error
        return response

    def _is_own(self, url: str) -> bool:
        """Whether a URL is of the endpoint's origin."""
        own, other = urllib.parse.urlsplit(self.endpoint), urllib.parse.urlsplit(url)
        return (own.scheme, own.netloc.lower()) == (other.scheme, other.netloc.lower())

    def _refusal(self, status: int, headers: Message, url: str, weight: Weight) -> Exception:
        """What an answer that is no success means."""
        host, own, file = _host(url), _host(self.endpoint), f"{weight.repository}/{weight.path}"
        if status == _RANGE_REFUSED:
            return ChangedError(f"{host} has no such bytes of the file (HTTP 416)")
        if status in _PASSING:
            return Fault(f"{host} is busy or broken (HTTP {status})", wait_s=asked_wait(headers.get("Retry-After")))
        if not self._is_own(url):  # a signed address that is over, say; the next try gets another
            return Fault(f"{host} refuses (HTTP {status})", is_answer=True)
        login = "run `hf auth login` or set HF_TOKEN to a token of yours"
        cures = {
            401: "your token is not sent over plain http; give it an https:// endpoint" if self._withholds else login,
            403: f"accept the conditions of {weight.repository} at {own}, or use a token that may read it",
            404: "correct endpoint in [models] or HF_ENDPOINT if it is a mirror, else update wantui",
        }
        cure = cures.get(status, "look at endpoint in [models] and HF_ENDPOINT")
        return HubError(f"{file}: {host} refuses (HTTP {status}); {cure}")


def _is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent to an address."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    """Host and port of an address, for messages: without a login, and without what would do things to a terminal."""
    host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
    return "".join(character if character.isprintable() else "?" for character in host)


def _start(response: Response, host: str, size: int, offset: int) -> int:
    """Where an answer's first byte belongs, after a look at whether the rest of it can be right."""
    headers = response.headers
    packed = headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise Fault(f"{host} sends the file packed ({packed[:20]!r})", is_answer=True)
    if response.status == _PARTIAL:
        said = headers.get("Content-Range", "")
        found = _CONTENT_RANGE.fullmatch(said.strip())
        if found is None or tuple(map(int, found.groups())) != (offset, size - 1, size):
            wanted = f"bytes {offset}-{size - 1}/{size}"
            raise Fault(f"{host} sends a wrong range ({said[:80]!r} for {wanted!r})", is_answer=True)
        return offset
    length = headers.get("Content-Length")
    if length is not None and length != str(size):
        raise Fault(f"{host} sends {length[:20]} bytes, and the Hub says {size}", is_answer=True)
    return 0


def _linked(headers: Message) -> dict[str, str]:
    """What the Hub's headers say about the file itself."""
    names = {"size": "X-Linked-Size", "etag": "X-Linked-Etag", "commit": "X-Repo-Commit"}
    found = {key: headers[name].strip() for key, name in names.items() if headers[name]}
    if "etag" in found:
        found["etag"] = _bare(found["etag"])
    return found


def _or_plain(linked: dict[str, str], headers: Message) -> dict[str, str]:
    """For mirrors that answer themselves: the ordinary headers, where the tag is a sha256."""
    tag = _bare(headers.get("ETag", ""))
    if "etag" in linked or not _SHA256.fullmatch(tag) or not headers.get("Content-Length"):
        return linked
    return {"etag": tag, **linked} | ({} if headers.get("Content-Range") else {"size": headers["Content-Length"]})


def _bare(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')


def _told(error: object) -> str:
    """An error in a few words, without addresses: those of stored files are signed."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error)
    return text if isinstance(error, (OSError, str)) and text and "://" not in text else type(error).__name__
