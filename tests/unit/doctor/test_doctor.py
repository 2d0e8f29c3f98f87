"""Each check, on machines that are made up, and the whole examination on this one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from wantui import config as configuration
from wantui.doctor import devices, environment, host, terminal
from wantui.doctor.environment import TrainerFacts
from wantui.doctor.examine import examine
from wantui.doctor.model import Mark
from wantui.gpus.driver import Driver
from wantui.gpus.model import Gpu
from wantui.paths import Workspace
from wantui.trainer.musubi.torch_builds import NoBuildError, build_for, knows
from wantui.weights.hub_cache import hub_cache

BLACKWELL = Gpu(0, "GPU-0", "RTX 5090", memory_total_mib=32607, memory_used_mib=3, compute_capability=(12, 0))
DRIVER = Driver("570.124.06", (12, 8))
FACTS = TrainerFacts(python="3.11.7", torch="2.7.0", torch_cuda="12.8", architectures=["sm_90", "sm_100", "sm_120"])


@pytest.mark.parametrize(
    ("cuda", "capabilities", "name"),
    [
        ((13, 1), [(12, 0)], "cu128"),
        ((12, 8), [(9, 0)], "cu128"),
        ((12, 6), [(8, 9)], "cu124"),
        ((13, 0), [], "cu128"),
        (None, [], "cpu"),
    ],
)
def test_torch_is_chosen_by_what_the_driver_runs(
    cuda: tuple[int, int] | None, capabilities: list[tuple[int, int]], name: str
) -> None:
    assert build_for(cuda, capabilities).name == name


@pytest.mark.parametrize(("cuda", "capability", "cure"), [((12, 4), (12, 0), "570.26"), ((11, 8), (8, 0), "550.54")])
def test_a_driver_too_old_is_told_with_the_one_that_is_needed(
    cuda: tuple[int, int], capability: tuple[int, int], cure: str
) -> None:
    with pytest.raises(NoBuildError, match=cure):
        build_for(cuda, [capability])


@pytest.mark.parametrize(
    ("architectures", "capability", "runs"),
    [
        (["sm_80", "sm_86", "sm_90"], (12, 0), False),
        (["sm_80", "sm_86", "sm_90"], (8, 9), True),
        (["sm_86"], (8, 0), False),
        (["sm_90", "compute_90"], (12, 0), True),
        (["sm_90a"], (9, 0), True),
        (["nonsense", ""], (9, 0), False),
    ],
)
def test_machine_code_runs_within_a_generation(
    architectures: list[str], capability: tuple[int, int], *, runs: bool
) -> None:
    assert knows(architectures, capability) is runs


def test_torch_without_code_for_the_gpu_is_bad_and_setup_fixes_it() -> None:
    old = TrainerFacts(torch="2.5.1", torch_cuda="12.4", architectures=["sm_80", "sm_90"])
    found = devices.cuda(DRIVER, [BLACKWELL], old)
    assert found.mark is Mark.BAD
    assert "RTX 5090" in found.seen
    assert found.cure == "run `wantui setup`: it installs torch for cu128"


def test_torch_newer_than_the_driver_is_bad() -> None:
    found = devices.cuda(
        DRIVER, [BLACKWELL], TrainerFacts(torch="2.9.1", torch_cuda="13.0", architectures=["sm_120"])
    )
    assert found.mark is Mark.BAD
    assert "driver is too old" in found.seen


def test_what_fits_is_good_and_a_cpu_build_is_not() -> None:
    fits = devices.cuda(DRIVER, [BLACKWELL], FACTS)
    cpu = devices.cuda(DRIVER, [BLACKWELL], TrainerFacts(torch="2.13.0", torch_cuda=None, architectures=[]))
    assert (fits.mark, cpu.mark) == (Mark.GOOD, Mark.BAD)


def test_a_lost_gpu_is_bad_and_hides_no_other() -> None:
    lost = Gpu(1, "GPU-1", "RTX 5090", problem="it has fallen off the bus")
    found = list(devices.gpus([BLACKWELL, lost], None, is_rehearsal=False))
    assert [each.mark for each in found] == [Mark.GOOD, Mark.BAD]


def test_a_container_that_may_use_little_memory_is_told(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(str(8 << 30))
    found = host.memory(tmp_path)
    assert found.mark is Mark.BAD
    assert "allowed to this container" in found.seen
    assert host.memory(tmp_path, is_rehearsal=True).mark is Mark.GOOD


def test_the_nearest_mount_decides_the_file_system(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    folder = tmp_path / "with space"
    folder.mkdir()
    written = str(folder).replace(" ", "\\040")
    mounts.write_text(f"overlay / overlay rw 0 0\nserver:/x {written} nfs4 rw 0 0\nproc /proc proc rw 0 0\n")
    assert host.file_system_of(folder / "dataset", mounts) == "nfs4"
    assert host.file_system_of(tmp_path / "with", mounts) == "overlay"


@pytest.mark.parametrize(
    ("given", "name"),
    [({"RUNPOD_POD_ID": "x"}, "RunPod"), ({"VAST_CONTAINERLABEL": "C.1"}, "Vast.ai"), ({}, None)],
)
def test_the_provider_is_known_by_what_it_sets(tmp_path: Path, given: dict[str, str], name: str | None) -> None:
    assert host.provider_of(given, tmp_path) == name


def test_a_box_is_known_over_ssh_by_what_its_first_process_was_given(tmp_path: Path) -> None:
    (tmp_path / "proc/1").mkdir(parents=True)
    (tmp_path / "proc/1/environ").write_bytes(b"HOME=/root\0RUNPOD_POD_ID=abc\0container=lxc\0")
    assert host.provider_of({}, tmp_path) == "RunPod"
    assert host.container({}, tmp_path).seen == "RunPod, in lxc"


@pytest.mark.parametrize(
    ("files", "given", "seen"),
    [
        ([".dockerenv"], {}, "in Docker"),
        (["run/.containerenv"], {}, "in Podman"),
        ([".dockerenv", "etc/vast_boot.d"], {}, "Vast.ai, in Docker"),
        ([".dockerenv"], {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "in Kubernetes"),
        ([], {}, "no container"),
    ],
)
def test_what_contains_a_box_is_told(tmp_path: Path, files: list[str], given: dict[str, str], seen: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert host.container(given, tmp_path).seen == seen


def test_ssh_without_tmux_is_told() -> None:
    assert terminal.multiplexer({"SSH_CONNECTION": "a b"}).mark is Mark.CAUTION
    assert terminal.multiplexer({"SSH_CONNECTION": "a b", "TMUX": "/x"}).mark is Mark.GOOD


def test_the_interpreter_is_asked_and_tells_what_it_lacks() -> None:
    facts = environment.ask(Path(sys.executable), {}, patience_s=60)
    assert facts.trouble is None
    assert "torch" in facts.missing
    assert "PIL" not in facts.missing
    assert facts.why_no_architectures is not None
    assert "cannot be imported" in facts.why_no_architectures


def test_an_interpreter_that_is_none_is_told(tmp_path: Path) -> None:
    assert "cannot be started" in (environment.ask(tmp_path / "python", {}).trouble or "")
    fake = tmp_path / "broken"
    fake.write_text("#!/bin/sh\necho 'no such library' >&2\nexit 1\n")
    fake.chmod(0o755)
    assert "no such library" in (environment.ask(fake, {}).trouble or "")


def test_an_interpreter_that_hangs_is_given_up(tmp_path: Path) -> None:
    fake = tmp_path / "hangs"
    fake.write_text("#!/bin/sh\nexec sleep 600\n")
    fake.chmod(0o755)
    assert "did not answer" in (environment.ask(fake, {}, patience_s=0.2).trouble or "")


def test_what_was_told_before_torch_took_too_long_counts(tmp_path: Path) -> None:
    fake = tmp_path / "slow"
    said = json.dumps({"python": "3.11.7", "torch": "2.7.0", "missing": ["tensorboard"]})
    fake.write_text(f"#!/bin/sh\necho '{said}'\nexec sleep 600\n")
    fake.chmod(0o755)
    facts = environment.ask(fake, {}, patience_s=5.0)
    assert (facts.torch, facts.missing) == ("2.7.0", ("tensorboard",))
    assert facts.why_no_architectures == "torch took too long to import"


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ({"HF_HOME": "/data/hf"}, "/data/hf/hub"),
        ({"HF_HUB_CACHE": "/c", "HF_HOME": "/data/hf"}, "/c"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
    ],
)
def test_the_hubs_files_are_looked_for_where_the_hub_keeps_them(given: dict[str, str], folder: str) -> None:
    assert str(hub_cache(given)) == folder


def test_the_tokenizer_is_found_in_any_snapshot(tmp_path: Path) -> None:
    (tmp_path / "wantui.toml").write_text(f'[trainer]\nenv = {{ HF_HOME = "{tmp_path}" }}\n')
    config = configuration.load(Workspace(tmp_path))
    assert environment.tokenizer(config).mark is Mark.CAUTION
    folder = tmp_path / "hub/models--Wan-AI--Wan2.1-T2V-14B/snapshots/abc/google/umt5-xxl"
    folder.mkdir(parents=True)
    (folder / "spiece.model").touch()
    assert environment.tokenizer(config).mark is Mark.GOOD


def test_a_bare_box_is_examined_whole_and_each_fault_has_its_fix(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    findings = examine(workspace, configuration.load(workspace))
    by_check = {finding.check: finding for finding in findings}
    assert by_check["trainer"].mark is Mark.BAD
    assert by_check["weights"].mark is Mark.BAD
    assert all(finding.cure for finding in findings if finding.mark is not Mark.GOOD)


def test_a_rehearsal_wants_neither_driver_nor_weights(tmp_path: Path) -> None:
    (tmp_path / "wantui.toml").write_text('[trainer]\nkind = "rehearsal"\n')
    workspace = Workspace(tmp_path)
    marks = {finding.check: finding.mark for finding in examine(workspace, configuration.load(workspace))}
    assert marks["driver"] is marks["weights"] is Mark.GOOD
    assert marks["trainer"] is Mark.CAUTION
