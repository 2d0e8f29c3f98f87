"""Puts a release on the Hugging Face Hub, and compares what is there then with what is here.

The files go up one by one before the commit that makes them visible, so an upload that broke off goes on with those
that are missing: the Hub knows the others by their sha256. What it says it has in the end, sha256 of large files and
git's hash of small ones, is held against the files here.

To import this takes a while: only what uploads does.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined] # not in its __all__
from huggingface_hub.utils.tqdm import disable_progress_bars

import wantui
from wantui.errors import MachineError
from wantui.weights.hub import is_private, printable_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LORA = ".safetensors"
_REFUSED = (401, 403)


class UploadError(MachineError):
    """A release that is whole here and not, or not known to be, on the Hub; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A release that is on the Hub, every file of it compared."""

    repository: str
    address: str
    is_private: bool
    sent: tuple[str, ...]
    """Files that were not there before."""
    files: int
    """All of them."""


class Upload:
    """Uploads of one person to the Hub at an endpoint."""

    def __init__(self, endpoint: str, token: str | None) -> None:
        """Nothing is asked yet.

        Raises:
            UploadError: there is no token, or somebody on the way could read it.
        """
        self._host = printable_host(endpoint)
        if token is None:
            raise UploadError("no token for the Hub: run `hf auth login`, or set HF_TOKEN to one that may write")
        if not is_private(endpoint):
            raise UploadError(f"{self._host}: a token is not sent over plain http; give it an https:// endpoint")
        disable_progress_bars()
        self._api = HfApi(endpoint, token, library_name="wantui", library_version=wantui.__version__)

    def send(self, folder: Path, repository: str, *, public: bool, told: Callable[[str], None]) -> Uploaded:
        """Upload what is missing of a release, and compare all of it.

        Args:
            folder: the release.
            repository: ``person/name``; it is made where it is not there.
            public: whether everybody may see it.
            told: is given the name of each file before it is sent.

        Raises:
            UploadError: the Hub refuses something or cannot be reached, or has another file; a later call goes on.
            OSError: a file cannot be read.
        """
        check_repository(repository)
        ours = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
        with self._explained(repository):
            hidden = self._open(repository, public=public)
            there = self._listed(repository)
            left = [name for name, path in ours.items() if name not in there or not _is_same(path, there[name])]
            other = next((name for name in left if name in there and name.endswith(_LORA)), None)
            if other is not None:
                raise UploadError(
                    f"{repository} has another {other}: nothing was sent; give it another --name or repository"
                )
            self._send(repository, {name: ours[name] for name in left}, folder.name, told)
            there = self._listed(repository)
        wrong = [name for name, path in ours.items() if name not in there or not _is_same(path, there[name])]
        if wrong:
            raise UploadError(
                f"{repository}: what the Hub has of {', '.join(wrong)} is not what is here; upload again"
            )
        address = f"{self._api.endpoint}/{repository}"
        return Uploaded(repository, address, hidden, tuple(left), len(ours))

    def _open(self, repository: str, *, public: bool) -> bool:
        """Make the repository where it is not there; whether it is private."""
        try:
            found = self._api.model_info(repository)
        except RepositoryNotFoundError:
            self._api.create_repo(repository, private=not public)
            return not public
        hidden = bool(found.private)
        if not hidden and not public:
            told = f"{repository} is there already and public, so nothing was sent"
            raise UploadError(f"{told}; upload it as public (--public), or into another repository")
        return hidden

    def _listed(self, repository: str) -> dict[str, RepoFile]:
        found = self._api.list_repo_tree(repository, recursive=True)
        return {each.path: each for each in found if isinstance(each, RepoFile)}

    def _send(self, repository: str, files: dict[str, Path], name: str, told: Callable[[str], None]) -> None:
        operations = []
        for path_there, path in files.items():
            told(path_there)
            operation = CommitOperationAdd(path_there, str(path))
            self._api.preupload_lfs_files(repository, [operation], free_memory=False)
            operations.append(operation)
        if operations:
            self._api.create_commit(repository, operations, commit_message=f"{name}, released by wantui")

    @contextmanager
    def _explained(self, repository: str) -> Iterator[None]:
        """Tell what goes wrong in our words; the library's may have addresses that are signed."""
        again = "the release is whole here; do the same again to go on"
        try:
            yield
        except HfHubHTTPError as error:
            raise UploadError(self._refusal(repository, error.response.status_code, again)) from error
        except OfflineModeIsEnabled as error:
            raise UploadError("the Hub is not asked, since HF_HUB_OFFLINE is set; unset it to upload") from error
        except RuntimeError as error:  # what the library makes of errors in its threads
            status = _status(error)
            told = f"the upload to {self._host} broke off; {again}"
            raise UploadError(told if status is None else self._refusal(repository, status, again)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UploadError(f"{self._host} cannot be reached; {again}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise UploadError(f"{self._host} does not answer as the Hub does; {again}") from error

    def _refusal(self, repository: str, status: int, again: str) -> str:
        refused = f"{repository}: {self._host} refuses (HTTP {status})"
        if status in _REFUSED:
            return f"{refused}; your token must be one that may write there (`hf auth login`, or HF_TOKEN)"
        return f"{refused}; {again}"


def check_repository(repository: str) -> None:
    """See that a repository can be called so.

    Raises:
        UploadError: it cannot.
    """
    try:
        validate_repo_id(repository)
        is_valid = repository.count("/") == 1
    except HFValidationError:
        is_valid = False
    if not is_valid:
        raise UploadError(f"{repository!r} is no repository's name; it looks like person/name")


def _status(error: BaseException) -> int | None:
    """The HTTP status at the root of an error, if there is one."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, HfHubHTTPError):
            return at.response.status_code
        at = at.__cause__ or at.__context__
    return None


def _is_same(path: Path, remote: RepoFile) -> bool:
    """Whether the Hub has what is here, by its own hash of it."""
    if path.stat().st_size != remote.size:
        return False
    if remote.lfs is not None:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == remote.lfs.sha256
    content = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)  # as git reckons it
    return blob.hexdigest() == remote.blob_id
