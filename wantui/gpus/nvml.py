"""Reading NVIDIA GPUs through NVML, the library that comes with the driver.

Every reading is optional: chips with unified memory, MIG slices, laptops and virtual GPUs each leave some out. A
device that is lost is reported as such and hides no other. A machine without a driver has no GPUs and a reason.
A GPU that is cut up into MIG slices gives way to these, each with its own memory.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from wantui.gpus.model import Gpu, Throttle
from wantui.gpus.visible import Slice, visible_indices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

_LIBRARY = "libnvidia-ml.so.1"
_MIB = 2**20
_PLACES = 8
"""Numbers that are kept for the slices of a GPU; no GPU has more than seven."""

_SOFTWARE_POWER, _HARDWARE, _SOFTWARE_THERMAL, _HARDWARE_THERMAL, _POWER_BRAKE = 0x4, 0x8, 0x20, 0x40, 0x80
"""Bits of ``nvmlClocksEventReason...`` in ``nvml.h`` that tell of a need; others, such as "idle" (0x1), tell of none.
``HwThermalSlowdown`` and ``HwPowerBrakeSlowdown`` come with ``HwSlowdown``, which older devices tell alone."""

T = TypeVar("T")


class _DeviceLostError(Exception):
    """A device that will not answer again before a reset or a reboot."""


@dataclass(slots=True)
class _Device:
    """A device that has been opened, with what never changes about it."""

    handle: Any
    identity: Gpu
    """Index, UUID, name and compute capability; no readings. With a problem it is not read."""
    processes: tuple[int, ...] = ()
    """As last listed."""


class NvmlProvider:
    """Reads the GPUs of this machine; the devices are in NVML's order, which is that of the PCI bus.

    Not for use from several threads at once. Nothing here raises for what the driver does or does not do.
    """

    def __init__(self, *, use: Sequence[int] | None = None, visible: str | None = None) -> None:
        """Open nothing yet: the driver is asked when the first snapshot is taken.

        Args:
            use: indices of the devices to read; None: all that are visible.
            visible: what ``CUDA_VISIBLE_DEVICES`` is, or None where it is not set.
        """
        self._use = None if use is None else frozenset(use)
        self._visible = visible
        self._reason: str | None = None
        self._nvml: ModuleType | None = None
        self._count = 0
        self._devices: dict[int, _Device] = {}

    @property
    def reason(self) -> str | None:
        """Why the last snapshot had no device; None where it had one, and before the first."""
        return self._reason

    def snapshot(self, *, with_processes: bool = True) -> tuple[Gpu, ...]:
        """Read every device that may be used, in index order; no driver or no device: empty, and `reason` says why.

        Args:
            with_processes: also list processes; without it they are as of the last listing.
        """
        self._reason = self._connect()
        if self._nvml is None:
            return ()
        for index in range(self._count):
            self._open(index)
        uuids = [self._devices[index].identity.uuid for index in range(self._count)]
        visible = visible_indices(self._visible, uuids, self._open_slices())
        allowed = (index for index in visible if self._use is None or index in self._use)
        gpus = tuple(self._read(self._devices[index], with_processes) for index in sorted(allowed))
        if not gpus:
            self._reason = self._why_none(visible)
        return gpus

    def close(self) -> None:
        """Let go of the driver; a later snapshot takes it up again."""
        if self._nvml is not None:
            with suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
        self._nvml = None
        self._devices.clear()

    def _connect(self) -> str | None:
        """Load the driver's library and start it, unless that is done; answers with what went wrong."""
        if self._nvml is not None:
            return None
        try:
            ctypes.CDLL(_LIBRARY)  # a quick look first: without a driver the bindings are not worth their memory
        except OSError:
            return f"no NVIDIA driver: {_LIBRARY} not found"
        import pynvml  # noqa: PLC0415  costs 30 to 80 ms and 4 MB

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            return f"the NVIDIA driver does not start: {_words(error)}; nvidia-smi may tell more"
        try:
            self._count = pynvml.nvmlDeviceGetCount()
        except pynvml.NVMLError as error:
            with suppress(pynvml.NVMLError):
                pynvml.nvmlShutdown()
            return f"the NVIDIA driver lists no GPUs: {_words(error)}; nvidia-smi may tell more"
        self._nvml = pynvml
        return None

    def _open(self, index: int) -> None:
        """Get hold of a device, unless that is done. One that was lost is tried again: it may have been reset."""
        known = self._devices.get(index)
        if known is not None and known.identity.problem is None:
            return
        nvml = self._loaded()
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            uuid = nvml.nvmlDeviceGetUUID(handle)
            name = self._reading(nvml.nvmlDeviceGetName, handle)
            capability = self._reading(nvml.nvmlDeviceGetCudaComputeCapability, handle)
        except (nvml.NVMLError, _DeviceLostError) as error:
            last = Gpu(index, f"unknown-{index}", f"GPU {index}") if known is None else known.identity
            self._devices[index] = _Device(None, replace(last, problem=_problem(index, error)))
        else:
            identity = Gpu(index, uuid, name or f"GPU {index}", compute_capability=capability)
            self._devices[index] = _Device(handle, identity)

    def _open_slices(self) -> list[Slice]:
        """Get hold of the slices of the GPUs that are cut up (MIG): that may have changed since the last snapshot."""
        slices: list[Slice] = []
        for index in range(self._count):
            device = self._devices[index]
            if device.identity.problem is not None:
                continue
            try:
                found = list(self._slices_of(device)) if self._is_cut_up(device) else None
            except _DeviceLostError as error:
                device.identity = replace(device.identity, problem=_problem(index, error))
                continue
            if found == []:
                problem = f"GPU {index} is set to MIG and has no slice; make one (nvidia-smi mig) or switch MIG off"
                device.identity = replace(device.identity, problem=problem)
            slices += found or ()
        return slices

    def _is_cut_up(self, device: _Device) -> bool:
        mode = self._reading(self._loaded().nvmlDeviceGetMigMode, device.handle)
        return mode is not None and mode[0] == self._loaded().NVML_DEVICE_MIG_ENABLE

    def _slices_of(self, gpu: _Device) -> Iterator[Slice]:
        """The slices of a GPU; in a container those alone that it has been given. Each has its place's number.

        Raises:
            _DeviceLostError: the GPU is lost.
        """
        nvml, parent = self._loaded(), gpu.identity
        places = self._reading(nvml.nvmlDeviceGetMaxMigDeviceCount, gpu.handle) or 0
        for place in range(places):
            handle = self._reading(nvml.nvmlDeviceGetMigDeviceHandleByIndex, gpu.handle, place)
            uuid = None if handle is None else self._reading(nvml.nvmlDeviceGetUUID, handle)
            if uuid is None:
                continue  # nothing in that place
            number = self._count + parent.index * _PLACES + place
            name = self._reading(nvml.nvmlDeviceGetName, handle) or f"{parent.name} MIG"
            identity = Gpu(number, uuid, name, compute_capability=parent.compute_capability)
            known = self._devices.get(number)
            processes = known.processes if known is not None and known.identity.uuid == uuid else ()
            self._devices[number] = _Device(handle, identity, processes)
            instances = [
                self._reading(call, handle)
                for call in (nvml.nvmlDeviceGetGpuInstanceId, nvml.nvmlDeviceGetComputeInstanceId)
            ]
            yield Slice(number, parent.index, (uuid, f"MIG-{parent.uuid}/{instances[0]}/{instances[1]}"))

    def _why_none(self, visible: tuple[int, ...]) -> str:
        if not self._count:
            return "the NVIDIA driver has no GPU"
        if not visible:
            return (
                f'CUDA_VISIBLE_DEVICES is "{self._visible}", which names none of the GPUs (there are {self._count})'
            )
        return f"gpus.use names none of the GPUs that are visible: {', '.join(map(str, sorted(visible)))}"

    def _read(self, device: _Device, with_processes: bool) -> Gpu:
        """Take all readings of a device, as far as it gives them."""
        if device.identity.problem is not None:
            return device.identity
        nvml, handle = self._loaded(), device.handle
        try:
            used, total = self._memory(handle)
            utilization = self._reading(nvml.nvmlDeviceGetUtilizationRates, handle)
            temperature = self._temperature(handle)
            power = self._reading(nvml.nvmlDeviceGetPowerUsage, handle)
            limit = self._reading(nvml.nvmlDeviceGetEnforcedPowerLimit, handle)
            clock = self._reading(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_SM)
            throttle = self._throttle(handle)
            if with_processes:
                device.processes = self._processes(handle)
        except _DeviceLostError as error:
            device.identity = replace(device.identity, problem=_problem(device.identity.index, error))
            return device.identity
        return replace(
            device.identity,
            memory_used_mib=used,
            memory_total_mib=total,
            utilization_pct=None if utilization is None else utilization.gpu,
            temperature_c=temperature,
            power_w=None if power is None else power / 1000,
            power_limit_w=None if limit is None else limit / 1000,
            sm_clock_mhz=clock,
            throttle=throttle,
            processes=device.processes,
        )

    def _memory(self, handle: Any) -> tuple[int | None, int | None]:
        """Memory in use and in all, in MiB.

        NVML's second version counts what the driver sets aside for itself apart, as nvidia-smi shows it; drivers
        before 510 know the first only, where that is among the memory in use. A device that has memory but cannot
        say how much must not pass for a free one: it counts as lost.
        """
        nvml = self._loaded()
        memory = self._reading(nvml.nvmlDeviceGetMemoryInfo, handle, nvml.nvmlMemory_v2)
        if memory is None:
            memory = self._reading(nvml.nvmlDeviceGetMemoryInfo, handle, is_vital=True)
        return (None, None) if memory is None else (memory.used // _MIB, memory.total // _MIB)

    def _temperature(self, handle: Any) -> int | None:
        """Degrees Celsius, by the call that drivers before CUDA 14 have, else by the one that replaces it."""
        nvml = self._loaded()
        temperature = self._reading(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU)
        if temperature is None and hasattr(nvml, "nvmlDeviceGetTemperatureV"):
            return self._reading(nvml.nvmlDeviceGetTemperatureV, handle, nvml.NVML_TEMPERATURE_GPU)
        return temperature

    def _throttle(self, handle: Any) -> Throttle | None:
        """What holds the clocks down, by the call that drivers from 535 on have, else by the one before it."""
        nvml = self._loaded()
        bits = self._reading(nvml.nvmlDeviceGetCurrentClocksEventReasons, handle)
        if bits is None:
            bits = self._reading(nvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle)
        return None if bits is None else throttle_of(bits)

    def _processes(self, handle: Any) -> tuple[int, ...]:
        """Processes with a compute context; drivers before 510 know the second version of the call only."""
        nvml = self._loaded()
        listed = self._reading(nvml.nvmlDeviceGetComputeRunningProcesses_v3, handle)
        if listed is None:
            listed = self._reading(nvml.nvmlDeviceGetComputeRunningProcesses_v2, handle)
        return tuple(sorted({process.pid for process in listed or ()}))

    def _reading(self, call: Callable[..., T], *arguments: Any, is_vital: bool = False) -> T | None:
        """One reading, or None where the device does not give it.

        Args:
            call: a function of the bindings.
            arguments: its own.
            is_vital: an answer that tells nothing (some devices answer so where they have no power meter, say)
                counts as none.

        Raises:
            _DeviceLostError: the device gives no reading at all any more.
        """
        nvml = self._loaded()
        fatal = {nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED}
        if is_vital:
            fatal |= {nvml.NVML_ERROR_UNKNOWN, nvml.NVML_ERROR_TIMEOUT, nvml.NVML_ERROR_IRQ_ISSUE}
        try:
            return call(*arguments)
        except nvml.NVMLError as error:
            if error.value in fatal:
                raise _DeviceLostError(_words(error)) from error
            return None

    @staticmethod
    def _loaded() -> ModuleType:
        """The bindings, which `_connect` has imported."""
        return sys.modules["pynvml"]


def throttle_of(bits: int) -> Throttle:
    """The weightiest of NVML's reasons for clocks that are held down."""
    if bits & (_SOFTWARE_THERMAL | _HARDWARE_THERMAL):
        return Throttle.THERMAL
    if bits & _HARDWARE and not bits & _POWER_BRAKE:
        return Throttle.HARDWARE
    return Throttle.POWER if bits & (_SOFTWARE_POWER | _POWER_BRAKE) else Throttle.NONE


def _problem(index: int, error: Exception) -> str:
    return f"GPU {index} does not answer: {_words(error)}"


def _words(error: Exception) -> str:
    """What NVML says about an error: ``GPU is lost``."""
    return str(error).rstrip(".")
