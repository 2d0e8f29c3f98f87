"""`NvmlProvider` against a stand-in for the driver, each time in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tests.stand_in_nvml import StandInDriver, StandInFactory, StandInGpu, StandInSlice, stand_in_uuid
from wantui.gpus.model import Gpu, Throttle
from wantui.gpus.nvml import NvmlProvider, throttle_of

if TYPE_CHECKING:
    from collections.abc import Iterator

READER = """
import dataclasses, json, os, sys
from wantui.gpus.provider import open_provider
options = json.loads(sys.argv[1])
provider = open_provider(options["kind"], use=options["use"], simulated=0)
for line in sys.stdin:
    if line.strip() == "close":
        provider.close()
        continue
    gpus = provider.snapshot(with_processes=line.strip() != "brief")
    print(json.dumps({"gpus": [dataclasses.asdict(gpu) for gpu in gpus], "reason": provider.reason}), flush=True)
print("pynvml" in sys.modules, flush=True)
"""


Started: TypeAlias = list[subprocess.Popen[str]]


@dataclass
class Reader:
    """A process that reads GPUs when asked."""

    process: subprocess.Popen[str]

    def read(self, how: str = "full") -> tuple[list[dict[str, Any]], str | None]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{how}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["gpus"], answer["reason"]

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")


@pytest.fixture
def readers() -> Iterator[Started]:
    """Processes to end with the test."""
    started: Started = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(
    started: Started,
    driver: StandInDriver,
    *,
    kind: str = "nvml",
    use: list[int] | None = None,
    visible: str | None = None,
) -> Reader:
    env = {key: value for key, value in os.environ.items() if key != "CUDA_VISIBLE_DEVICES"}
    env |= driver.env | {"PYTHONPATH": os.pathsep.join(sys.path)}
    if visible is not None:
        env["CUDA_VISIBLE_DEVICES"] = visible
    command = [sys.executable, "-c", READER, json.dumps({"kind": kind, "use": use})]
    process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    started.append(process)
    return Reader(process)


def test_every_reading(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(
        StandInGpu(memory_used_mib=9000, utilization_pct=97, temperature_c=64, processes=(4242, 17)),
        StandInGpu(name="NVIDIA H200", compute_capability="9.0"),
    )
    gpus, reason = start(readers, driver, kind="auto").read()
    assert reason is None
    assert gpus[0] == {
        "index": 0,
        "uuid": stand_in_uuid(0),
        "name": "NVIDIA GeForce RTX 5090",
        "memory_used_mib": 9000,
        "memory_total_mib": 32607,
        "utilization_pct": 97,
        "temperature_c": 64,
        "power_w": 18.25,
        "power_limit_w": 575.0,
        "sm_clock_mhz": 180,
        "throttle": 0,
        "processes": [17, 4242],
        "compute_capability": [12, 0],
        "problem": None,
    }
    assert (gpus[1]["index"], gpus[1]["name"], gpus[1]["compute_capability"]) == (1, "NVIDIA H200", [9, 0])


def test_readings_change_in_a_running_process(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(StandInGpu())
    reader = start(readers, driver)
    assert reader.read()[0][0]["utilization_pct"] == 0
    driver.write(StandInGpu(utilization_pct=50, processes=(1, 2)))
    (brief,) = reader.read("brief")[0]
    assert (brief["utilization_pct"], brief["processes"]) == (50, [])
    assert reader.read()[0][0]["processes"] == [1, 2]
    driver.write(StandInGpu(processes=()))
    assert reader.read("brief")[0][0]["processes"] == [1, 2], "as old as the last listing"
    assert reader.read()[0][0]["processes"] == []


@pytest.mark.parametrize("missing", [None, "error 3", "error 4", "error 13", "error 999"])
def test_every_reading_is_optional(readers: Started, stand_in_nvml: StandInFactory, missing: str | None) -> None:
    silent = StandInGpu(
        utilization_pct=missing,
        temperature_c=missing,
        power_mw=missing,
        power_limit_mw=missing,
        compute_capability=missing,
        processes=missing,
    )
    gpus, reason = start(readers, stand_in_nvml(silent, StandInGpu())).read()
    assert reason is None
    for key in ("utilization_pct", "temperature_c", "power_w", "power_limit_w", "compute_capability", "problem"):
        assert gpus[0][key] is None
    assert gpus[0]["processes"] == []
    assert gpus[0]["memory_total_mib"] == 32607
    assert gpus[1]["utilization_pct"] == 0


def test_memory_may_be_missing_where_it_is_shared_with_the_host(
    readers: Started, stand_in_nvml: StandInFactory
) -> None:
    gpus, _ = start(readers, stand_in_nvml(StandInGpu(memory_total_mib=None, memory_used_mib=None))).read()
    assert (gpus[0]["memory_used_mib"], gpus[0]["memory_total_mib"], gpus[0]["problem"]) == (None, None, None)


def test_a_device_that_cannot_say_what_its_memory_holds_is_not_free(
    readers: Started, stand_in_nvml: StandInFactory
) -> None:
    gpus, _ = start(readers, stand_in_nvml(StandInGpu(memory_total_mib="error 999"), StandInGpu())).read()
    assert gpus[0]["problem"] == "GPU 0 does not answer: Unknown Error"
    assert gpus[1]["problem"] is None


def test_what_the_driver_keeps_for_itself_is_not_in_use(readers: Started, stand_in_nvml: StandInFactory) -> None:
    gpu = StandInGpu(memory_used_mib=3, memory_reserved_mib=600)
    assert start(readers, stand_in_nvml(gpu)).read()[0][0]["memory_used_mib"] == 3


def test_old_drivers_lack_calls(readers: Started, stand_in_nvml: StandInFactory) -> None:
    gpu = StandInGpu(memory_used_mib=3, memory_reserved_mib=600, processes=(5,), clock_reasons=0x20)
    (read,) = start(readers, stand_in_nvml(gpu, variant="OLD_DRIVER")).read()[0]
    assert (read["memory_used_mib"], read["processes"], read["temperature_c"]) == (603, [5], 31)
    assert read["throttle"] == Throttle.THERMAL


@pytest.mark.parametrize(
    ("bits", "throttle"),
    [
        (0x0, Throttle.NONE),
        (0x1 | 0x2 | 0x10 | 0x100, Throttle.NONE),  # idle, clocks that were set
        (0x4, Throttle.POWER),
        (0x8 | 0x80, Throttle.POWER),  # a power brake
        (0x8 | 0x4, Throttle.HARDWARE),
        (0x20 | 0x4, Throttle.THERMAL),
        (0x8 | 0x40, Throttle.THERMAL),
    ],
)
def test_what_holds_the_clocks_down(bits: int, throttle: Throttle) -> None:
    assert throttle_of(bits) is throttle


def test_a_device_that_does_not_tell_its_clock(readers: Started, stand_in_nvml: StandInFactory) -> None:
    gpu = StandInGpu(sm_clock_mhz=None, clock_reasons="error 999")
    (read,) = start(readers, stand_in_nvml(gpu)).read()[0]
    assert (read["sm_clock_mhz"], read["throttle"], read["problem"]) == (None, None, None)


def test_new_drivers_lack_others(readers: Started, stand_in_nvml: StandInFactory) -> None:
    assert start(readers, stand_in_nvml(StandInGpu(), variant="NEW_DRIVER")).read()[0][0]["temperature_c"] == 31


def test_a_lost_gpu_hides_no_other_and_may_come_back(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(StandInGpu(), StandInGpu())
    reader = start(readers, driver)
    assert [gpu["problem"] for gpu in reader.read()[0]] == [None, None]
    driver.write(StandInGpu(lost=True), StandInGpu(utilization_pct=40))
    for _ in range(2):
        lost, well = reader.read()[0]
        assert (lost["uuid"], lost["problem"]) == (stand_in_uuid(0), "GPU 0 does not answer: GPU is lost")
        assert (lost["memory_used_mib"], well["utilization_pct"]) == (None, 40)
    driver.write(StandInGpu(), StandInGpu())
    assert [gpu["problem"] for gpu in reader.read()[0]] == [None, None]


def test_a_gpu_lost_from_the_start_keeps_its_place(readers: Started, stand_in_nvml: StandInFactory) -> None:
    lost, well = start(readers, stand_in_nvml(StandInGpu(lost=True), StandInGpu())).read()[0]
    assert (lost["index"], lost["problem"]) == (0, "GPU 0 does not answer: GPU is lost")
    assert (well["index"], well["uuid"], well["problem"]) == (1, stand_in_uuid(1), None)


@pytest.mark.parametrize(
    ("use", "visible", "indices"),
    [
        (None, None, [0, 1, 2]),
        ([2, 0], None, [0, 2]),
        ([1, 7], None, [1]),
        (None, "2,1", [1, 2]),
        ([0, 1], "2,1", [1]),
        (None, "GPU-00000002", [2]),
    ],
)
def test_which_gpus_are_read(
    readers: Started,
    stand_in_nvml: StandInFactory,
    use: list[int] | None,
    visible: str | None,
    indices: list[int],
) -> None:
    driver = stand_in_nvml(StandInGpu(), StandInGpu(), StandInGpu())
    gpus, reason = start(readers, driver, use=use, visible=visible).read()
    assert [gpu["index"] for gpu in gpus] == indices
    assert reason is None


@pytest.mark.parametrize(
    ("gpus", "driver", "use", "visible", "reason"),
    [
        (0, "", None, None, "the NVIDIA driver has no GPU"),
        (2, "", None, "", 'CUDA_VISIBLE_DEVICES is "", which names none of the GPUs (there are 2)'),
        (2, "", [2, 3], None, "gpus.use names none of the GPUs that are visible: 0, 1"),
        (2, "", [0], "1", "gpus.use names none of the GPUs that are visible: 1"),
        (1, "init 9", None, None, "the NVIDIA driver does not start: Driver Not Loaded; nvidia-smi may tell more"),
        (1, "init 18", None, None, "the NVIDIA driver does not start: RM has detected an NVML/RM version mismatch"),
        (1, "count error 999", None, None, "the NVIDIA driver lists no GPUs: Unknown Error"),
    ],
)
def test_no_gpus_have_a_reason(
    readers: Started,
    stand_in_nvml: StandInFactory,
    *,
    gpus: int,
    driver: str,
    use: list[int] | None,
    visible: str | None,
    reason: str,
) -> None:
    made = stand_in_nvml(*[StandInGpu()] * gpus, driver=driver)
    seen, said = start(readers, made, kind="auto", use=use, visible=visible).read()
    assert seen == []
    assert said is not None
    assert said.startswith(reason)


def test_a_driver_may_start_later(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(StandInGpu(), driver="init 9")
    reader = start(readers, driver)
    assert reader.read()[0] == []
    driver.write(StandInGpu())
    gpus, reason = reader.read()
    assert (len(gpus), reason) == (1, None)


def test_a_closed_provider_opens_again(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(StandInGpu())
    reader = start(readers, driver)
    assert len(reader.read()[0]) == 1
    reader.tell("close")
    driver.write(StandInGpu(), StandInGpu(utilization_pct=7))
    assert [gpu["utilization_pct"] for gpu in reader.read()[0]] == [0, 7]


def test_without_a_driver_nothing_is_loaded(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml()
    driver.env["LD_LIBRARY_PATH"] = "/nonexistent"
    reader = start(readers, driver, kind="auto")
    gpus, reason = reader.read()
    if gpus or reason != "no NVIDIA driver: libnvidia-ml.so.1 not found":
        pytest.skip("this machine has an NVIDIA driver of its own")
    answer, _ = reader.process.communicate()
    assert answer == "False\n", "the bindings were imported for nothing"


def test_closing_what_was_never_open_is_fine() -> None:
    NvmlProvider().close()


SMALL = StandInSlice("MIG-11111111-aaaa", place=0, gpu_instance=9)
LARGE = StandInSlice(
    "MIG-22222222-bbbb", place=2, gpu_instance=1, memory_total_mib=19968, memory_used_mib=700, processes=(5,)
)


@pytest.mark.parametrize(
    ("visible", "uuids"),
    [
        (None, [stand_in_uuid(1), SMALL.uuid, LARGE.uuid]),
        ("MIG-22222222-bbbb", [LARGE.uuid]),
        (f"MIG-{stand_in_uuid(0)}/9/0", [SMALL.uuid]),
        ("0", [SMALL.uuid, LARGE.uuid]),
        ("1", [stand_in_uuid(1)]),
    ],
)
def test_slices_are_found_by_the_names_that_cuda_has_for_them(
    readers: Started, stand_in_nvml: StandInFactory, visible: str | None, uuids: list[str]
) -> None:
    driver = stand_in_nvml(StandInGpu(mig_mode=1, slices=(SMALL, LARGE)), StandInGpu(mig_mode=0))
    gpus, reason = start(readers, driver, visible=visible).read()
    assert [gpu["uuid"] for gpu in gpus] == uuids
    assert reason is None


def test_a_slice_has_readings_of_its_own(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(StandInGpu(mig_mode=1, compute_capability="8.0", slices=(LARGE,)), StandInGpu())
    _, slice_ = start(readers, driver).read()[0]
    assert (slice_["memory_used_mib"], slice_["memory_total_mib"], slice_["processes"]) == (700, 19968, [5])
    assert (slice_["name"], slice_["compute_capability"]) == (LARGE.name, [8, 0])
    assert (slice_["power_w"], slice_["temperature_c"], slice_["utilization_pct"]) == (None, None, None)
    gpu = Gpu(**slice_)
    assert gpu.index > 1, "no number of a whole GPU"
    assert gpu.cuda_name == LARGE.uuid


def test_slices_keep_their_numbers_while_others_come_and_go(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(StandInGpu(mig_mode=1, slices=(SMALL, LARGE)))
    reader = start(readers, driver)
    before = {gpu["uuid"]: gpu["index"] for gpu in reader.read()[0]}
    driver.write(StandInGpu(mig_mode=1, slices=(LARGE,)))
    assert {gpu["uuid"]: gpu["index"] for gpu in reader.read()[0]} == {LARGE.uuid: before[LARGE.uuid]}
    driver.write(StandInGpu(mig_mode=0))
    assert [gpu["uuid"] for gpu in reader.read()[0]] == [stand_in_uuid(0)]


def test_a_gpu_that_waits_for_its_slices_cannot_be_used(readers: Started, stand_in_nvml: StandInFactory) -> None:
    driver = stand_in_nvml(StandInGpu(mig_mode=1), StandInGpu())
    reader = start(readers, driver)
    waiting, well = reader.read()[0]
    assert waiting["problem"].startswith("GPU 0 is set to MIG and has no slice")
    assert well["problem"] is None
    driver.write(StandInGpu(mig_mode=1, slices=(SMALL,)), StandInGpu())
    assert [gpu["uuid"] for gpu in reader.read()[0]] == [stand_in_uuid(1), SMALL.uuid]
