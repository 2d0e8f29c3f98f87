"""Uploads to a server that speaks the Hub's protocol: private, gone on with, compared; failing is no failed run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import close_session, constants

from tests.unit.finished_run import finished_run
from tests.upload_server import Repository, UploadHub
from wantui.cli.parser import run as cli
from wantui.formatting import file_size
from wantui.jobs.model import Job, JobKind, JobSpec, JobState, Run, RunKind
from wantui.jobs.store import RunStore
from wantui.runs.after import main as after
from wantui.runs.after.order import AfterOrder
from wantui.runs.releasing.upload import Upload, UploadError
from wantui.runs.releasing.upload_result import UploadResult
from wantui.runs.setup_output import StepOutput
from wantui.services.afterwards import Afterwards
from wantui.services.releases import Releases
from wantui.supervisor.spawn import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wantui.paths import Workspace

TOKEN = "hf_abcdefghijklmnop"  # noqa: S105  of nobody
REPOSITORY = "ann/toy"
FILES = ["README.md", "SHA256SUMS", "toy_high_noise.safetensors", "toy_low_noise.safetensors"]


@pytest.fixture
def hub() -> Iterator[UploadHub]:
    made = UploadHub(TOKEN)
    close_session()
    yield made
    close_session()
    made.close()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: UploadHub) -> Workspace:
    monkeypatch.setenv("WANTUI_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the server has the older protocol, that of LFS
    made = finished_run(tmp_path / "w")
    (made.root / "wantui.toml").write_text(f'[models]\nendpoint = "{hub.endpoint}"\n')
    return made


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    service = Releases(workspace)
    return service.make(service.plan(1)).plan.folder


def upload(hub: UploadHub, folder: Path, *, public: bool = False) -> list[str]:
    """Names of the files that were sent."""
    told: list[str] = []
    found = Upload(hub.endpoint, TOKEN).send(folder, REPOSITORY, public=public, told=told.append)
    assert list(found.sent) == told
    assert found.files == len(FILES)
    return told


def test_a_release_is_uploaded_privately_and_compared(hub: UploadHub, folder: Path) -> None:
    assert upload(hub, folder) == FILES
    there = hub.repositories[REPOSITORY]
    assert there.private
    assert there.commits == 1
    assert there.files == {name: (folder / name).read_bytes() for name in FILES}
    assert there.large == {name for name in FILES if name.endswith(".safetensors")}
    assert upload(hub, folder) == []
    assert there.commits == 1, "what is there is not sent again"


def test_an_upload_that_broke_off_goes_on_with_what_is_missing(hub: UploadHub, folder: Path) -> None:
    hub.refuse_put = 1
    with pytest.raises(UploadError, match=r"refuses \(HTTP 400\); the release is whole here; do the same again"):
        upload(hub, folder)
    assert hub.repositories[REPOSITORY].files == {}, "nothing is seen before all of it is there"
    first = hub.puts[0]
    hub.refuse_put = 0
    hub.refuse_commit = True
    with pytest.raises(UploadError, match="HTTP 409"):
        upload(hub, folder)
    hub.refuse_commit = False
    upload(hub, folder)
    assert hub.puts.count(first) == 1
    assert len(hub.repositories[REPOSITORY].files) == len(FILES)


@pytest.mark.parametrize("name", ["toy_low_noise.safetensors", "README.md"])
def test_what_the_hub_has_in_the_end_is_compared(hub: UploadHub, folder: Path, name: str) -> None:
    hub.garble = name
    with pytest.raises(UploadError, match=r"what the Hub has of .* is not what is here") as told:
        upload(hub, folder)
    assert name in str(told.value)


def test_nothing_of_others_is_overwritten_or_made_public(hub: UploadHub, folder: Path) -> None:
    hub.repositories[REPOSITORY] = Repository(private=False)
    with pytest.raises(UploadError, match="already and public, so nothing was sent"):
        upload(hub, folder)
    assert hub.puts == []
    assert upload(hub, folder, public=True) == FILES
    hub.repositories[REPOSITORY].files["toy_high_noise.safetensors"] += b"x"
    with pytest.raises(UploadError, match=r"has another toy_high_noise\.safetensors: nothing was sent"):
        upload(hub, folder, public=True)
    assert hub.repositories[REPOSITORY].commits == 1
    hub.repositories.clear()
    upload(hub, folder, public=True)
    assert not hub.repositories[REPOSITORY].private


def test_a_token_is_neither_missing_nor_sent_in_the_open_nor_shown(hub: UploadHub, folder: Path) -> None:
    with pytest.raises(UploadError, match="no token for the Hub"):
        Upload(hub.endpoint, None)
    with pytest.raises(UploadError, match="not sent over plain http"):
        Upload("http://hub.example", TOKEN)
    with pytest.raises(UploadError, match="one that may write there") as refused:
        Upload(hub.endpoint, "hf_other").send(folder, REPOSITORY, public=False, told=lambda _: None)
    assert "hf_other" not in str(refused.value)
    with pytest.raises(UploadError, match="looks like person/name"):
        Upload(hub.endpoint, TOKEN).send(folder, "toy", public=False, told=lambda _: None)


def test_a_failed_upload_has_an_exit_code_of_its_own_and_the_same_call_goes_on(
    hub: UploadHub, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--workspace", str(workspace.root), "release", "1", "--upload", REPOSITORY]
    hub.refuse_put = 1
    assert cli(words) == 3
    told = capsys.readouterr()
    assert "tensors compared with those of the run" in told.out
    assert "released, and not uploaded: " in told.err
    assert TOKEN not in told.out + told.err
    kept = UploadResult.of(workspace, 1)
    assert kept is not None
    assert (kept.error or "") in told.err
    hub.refuse_put = 0
    assert cli([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["uploaded"] == {
        "repository": REPOSITORY,
        "private": True,
        "sent": FILES,
    }
    kept = UploadResult.of(workspace, 1)
    assert kept is not None
    assert (kept.repository, kept.files, kept.error) == (REPOSITORY, len(FILES), None)
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert cli([*words, "--high", "2"]) == 2
    assert "is another release" in capsys.readouterr().err
    (workspace.root / "releases/toy/SHA256SUMS").write_text("")
    assert cli(words) == 2
    assert "do not agree" in capsys.readouterr().err


def test_an_order_uploads_by_the_verb_and_its_reason_says_what_was_verified(
    hub: UploadHub, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv(MARK, "runtime:2.after:1")
    assert after.do(workspace, AfterOrder(1, REPOSITORY, name="lena", high=2)) == 0
    lines = capsys.readouterr().out.splitlines()
    sent = hub.repositories[REPOSITORY].files["lena_low_noise.safetensors"]
    assert f"[1/1] sends lena_low_noise.safetensors, {file_size(len(sent))}" in lines
    output = StepOutput()
    output.feed("".join(f"{line}\n" for line in lines).encode())
    assert output.progress.phase == f"4 files verified on {REPOSITORY} (private): {hub.endpoint}/{REPOSITORY}"
    assert UploadResult.of(workspace, 1) is None, "the record of its job has that"


def test_the_repository_of_the_latest_upload_is_proposed(hub: UploadHub, workspace: Workspace) -> None:
    service, store = Afterwards(workspace), RunStore(workspace)
    assert service.offer(1).repository == ""
    number = store.create_folder()
    spec = JobSpec(JobKind.AFTER, ("x",), workspace.root)
    job = Job(f"{number}.after", number, spec, JobState.FAILED, 5.0, ended=6.0)
    store.write(Run(number, RunKind.AFTER, 5.0, AfterOrder(7, "ann/other").to_document(), (job,)))
    assert service.offer(1).repository == "ann/toy", "the person is known, of another run"
    UploadResult(1, "ann/mine", 3.0).keep(workspace)
    assert service.offer(1).repository == "ann/mine", "where releases of this very run went"
