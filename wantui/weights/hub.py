"""The Hub: what a file is, which huggingface_hub asks, and its bytes from any offset, by a request of our own.

Why of our own: huggingface_hub 2.4 does not go on with the download of an earlier call, since
`file_download._download_to_tmp_and_move` writes to a new temporary file each time and removes it when it fails (its
issue 4196, open). Within a call `file_download.http_get` goes on, up to five times in a row, but not after a reset
connection or an HTTP 503. The largest of our files have 28 GB.

To import this takes a while: only what asks the Hub does.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import ssl
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2
from huggingface_hub import constants, get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

import wantui
from wantui.weights.errors import ChangedError, HubError, TransientError
from wantui.weights.remote import Remote
from wantui.weights.retry import asked_wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wantui.weights.catalogue import Weight

constants.HF_HUB_DISABLE_TELEMETRY = True  # else it asks the Hub which programs may have started this one
logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # warnings would stand in the middle of the screen

_MOST_REDIRECTS = 8
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Answers that another try may better: of HTTP, and of the proxies in front of the Hub (520 to 529)."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 10**18
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_NAME = {"user-agent": f"wantui/{wantui.__version__}"}


class Hub:
    """The Hub at an endpoint, or a mirror of it. A token is sent over https alone, or within this machine."""

    def __init__(self, endpoint: str, token: str | None, *, stall_s: float) -> None:
        """Nothing is asked yet.

        Args:
            endpoint: an address.
            token: the person's; None without one.
            stall_s: seconds without a byte after which a connection is given up.
        """
        self.endpoint = endpoint.rstrip("/")
        self._token = token if is_private(self.endpoint) else None
        self._withholds = token is not None and self._token is None
        self._stall_s = stall_s

    def remote(self, weight: Weight) -> Remote:
        """Ask what a file is.

        Raises:
            TransientError: it may go well at another try.
            HubError: there is no such file, or it is not for us.
        """
        url = hf_hub_url(weight.repository, weight.path, endpoint=self.endpoint)
        with self._explained(weight, url):
            found = get_hf_file_metadata(url, token=self._token or False, timeout=self._stall_s, headers=_NAME)
        size, sha256 = found.size, found.etag
        if size is None or not 0 <= size < _MOST_BYTES or sha256 is None or not _SHA256.fullmatch(sha256):
            message = f"{printable_host(url)} does not say size and sha256 of the file, as the Hub does"
            raise TransientError(message, is_answer=True)
        return Remote(size, sha256, found.commit_hash)

    @contextmanager
    def open(self, weight: Weight, remote: Remote, offset: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Ask for the bytes of a file from `offset` on, of exactly the state that `remote` describes.

        It gives the place of the first byte in the file, which is 0 where the server knows no ranges, and the bytes
        as they arrive, to their end, be it the right one or not. They raise `TransientError` where nothing
        comes for too long, or the connection breaks.

        Raises:
            ChangedError: it is another file meanwhile.
            TransientError: it may go well at another try.
            HubError: there is no such file, or it is not for us.
        """
        with closing(self._answer(weight, remote, offset)) as response:
            if not response.is_success:
                raise self._refusal(response, weight)
            yield _start(response, remote.size, offset), _pieces(response)

    def _answer(self, weight: Weight, remote: Remote, offset: int) -> httpx2.Response:
        """The end of a chain of redirects; the client takes the token off where one leads to another origin."""
        url = hf_hub_url(weight.repository, weight.path, revision=remote.commit, endpoint=self.endpoint)
        headers = {**_NAME, "accept-encoding": "identity"}
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token}"
        if offset:
            headers["range"] = f"bytes={offset}-"
        with self._explained(weight, url):
            request: httpx2.Request | None
            request = get_session().build_request("GET", url, headers=headers, timeout=self._stall_s)
        for _ in range(_MOST_REDIRECTS):
            url = str(request.url)
            with self._explained(weight, url):
                response = get_session().send(request, stream=True, follow_redirects=False)
            tag = response.headers.get(constants.HUGGINGFACE_HEADER_X_LINKED_ETAG, remote.sha256)
            if tag.removeprefix("W/").strip('"') != remote.sha256:
                response.close()
                raise ChangedError("the file on the Hub has changed")
            request = response.next_request
            if request is None:
                return response
            response.close()
        raise TransientError(f"{printable_host(url)} redirects without end", is_answer=True)

    @contextmanager
    def _explained(self, weight: Weight, url: str) -> Iterator[None]:
        """Tell what goes wrong at an address in our words."""
        try:
            yield
        except HfHubHTTPError as error:
            raise self._refusal(error.response, weight) from error
        except OfflineModeIsEnabled as error:
            message = f"{weight.name}: the Hub is not asked, since HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set"
            raise HubError(f"{message}; unset it to load what is not here") from error
        except httpx2.TooManyRedirects as error:
            raise TransientError(f"{printable_host(url)} redirects without end", is_answer=True) from error
        except httpx2.UnsupportedProtocol as error:
            raise TransientError(
                "the Hub's address, or one that it redirects to, is none of the web", is_answer=True
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RuntimeError) as error:
            reason = _root(error)
            if isinstance(reason, ssl.SSLCertVerificationError):
                why = f"its certificate is not trusted ({reason.verify_message}); correct the clock"
                raise HubError(
                    f"{printable_host(url)}: {why}, or name the proxy's certificates in SSL_CERT_FILE"
                ) from error
            way = " through the proxy of this environment" if _is_proxied(url) else ""
            raise TransientError(f"{printable_host(url)} cannot be reached{way} ({_told(error)})") from error

    def _refusal(self, response: httpx2.Response, weight: Weight) -> Exception:
        """What an answer that is no success means."""
        status, host = response.status_code, printable_host(str(response.request.url))
        own, file = printable_host(self.endpoint), f"{weight.repository}/{weight.path}"
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return ChangedError(f"{host} has no such bytes of the file (HTTP 416)")
        if response.is_redirect:
            return TransientError(f"{host} redirects to something that is no web address", is_answer=True)
        if status in _PASSING:
            wait_s = asked_wait(response.headers.get("Retry-After"))
            return TransientError(f"{host} is busy or broken (HTTP {status})", wait_s=wait_s)
        if response.request.url.origin != httpx2.URL(self.endpoint).origin:
            # A signed address that is over, say; the next try gets another.
            return TransientError(f"{host} refuses (HTTP {status})", is_answer=True)
        login = "run `hf auth login` or set HF_TOKEN to a token of yours"
        cures = {
            401: "your token is not sent over plain http; give it an https:// endpoint" if self._withholds else login,
            403: f"accept the conditions of {weight.repository} at {own}, or use a token that may read it",
            404: "correct endpoint in [models] or HF_ENDPOINT if it is a mirror, else update wantui",
        }
        cure = cures.get(status, "look at endpoint in [models] and HF_ENDPOINT")
        return HubError(f"{file}: {host} refuses (HTTP {status}); {cure}")


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent to an address."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def printable_host(url: str) -> str:
    """Host and port of an address, for messages: without a login, and without what would do things to a terminal."""
    host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
    return "".join(character if character.isprintable() else "?" for character in host)


def _is_proxied(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    proxies = urllib.request.getproxies()
    return bool({parts.scheme, "all"} & proxies.keys()) and not urllib.request.proxy_bypass(parts.hostname or "")


def _start(response: httpx2.Response, size: int, offset: int) -> int:
    """Where an answer's first byte belongs, after a look at whether the rest of it can be right."""
    host, headers = printable_host(str(response.request.url)), response.headers
    packed = headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise TransientError(f"{host} sends the file packed ({packed[:20]!r})", is_answer=True)
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        said = headers.get("Content-Range", "")
        found = _CONTENT_RANGE.fullmatch(said.strip())
        if found is None or tuple(map(int, found.groups())) != (offset, size - 1, size):
            wanted = f"bytes {offset}-{size - 1}/{size}"
            raise TransientError(f"{host} sends a wrong range ({said[:80]!r} for {wanted!r})", is_answer=True)
        return offset
    length = headers.get("Content-Length")
    if length is not None and length != str(size):
        raise TransientError(f"{host} sends {length[:20]} bytes, and the Hub says {size}", is_answer=True)
    return 0


def _pieces(response: httpx2.Response) -> Iterator[bytes]:
    """The bytes of an answer as they arrive."""
    try:
        yield from response.iter_raw()
    except httpx2.TimeoutException as error:
        raise TransientError("no byte came for too long") from error
    except httpx2.RemoteProtocolError:
        return  # it has ended early, as whoever counts the bytes can tell
    except (httpx2.HTTPError, OSError, ValueError, RuntimeError) as error:
        raise TransientError(f"the connection broke ({_told(error)})") from error


def _told(error: BaseException) -> str:
    """An error in a few words, without addresses: those of stored files are signed."""
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx2.RemoteProtocolError):
        return "no whole answer in HTTP"
    root = _root(error)
    return root.strerror if isinstance(root, OSError) and root.strerror else type(error).__name__


def _root(error: BaseException) -> BaseException:
    """What an error came of in the end."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error
