"""Pane 3: the GPUs with who uses them, and the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive

from wantui.formatting import MEBIBYTE, file_size, gibibytes, rough_duration, short_gibibytes, transfer_rate
from wantui.terminal.foreign_text import clean
from wantui.ui.drawing.bars import bar, sparkline
from wantui.ui.drawing.drawn import DrawnBlock
from wantui.ui.drawing.glyphs import GLYPHS
from wantui.ui.drawing.styles import Part, cells, fit, right

if TYPE_CHECKING:
    from rich.style import Style
    from textual.geometry import Size

    from wantui.gpus.model import Gpu, GpuReading
    from wantui.jobs.model import Job
    from wantui.services.annotations import JobView
    from wantui.services.machine import MachineView
    from wantui.services.values import DiskReading, HostReading

VALUE = 8
"""Cells for the figure behind a bar."""
LABEL = 7
LEAST_NETWORK = 1_000_000
"""Bytes a second; less is no news."""
SOON_S = 2 * 3600
"""As the recorder warns, see `wantui.runs.record.happenings.DISK_HOURS`."""
FILLING_S = 3 * 86400
"""What is full in more time than that is not said."""
_SLOWED = {"THERMAL": "slowed by heat", "HARDWARE": "slowed"}
"""A device at its power limit is as it should be."""
HOT_C = 84
"""Degrees from which a temperature is a warning: consumer cards throttle at 83 to 90 (NVIDIA's data sheets)."""
NO_GPU = """\
No GPU here. To try things without one, write in wantui.toml:
[trainer] kind = "rehearsal"
[gpus] provider = "simulated"
"""
NAME_PREFIXES = ("NVIDIA GeForce ", "NVIDIA ", "GeForce ")


class GpuPane(DrawnBlock, can_focus=True):
    """One block a device."""

    machine: reactive[MachineView | None] = reactive(None, repaint=False)
    """The machine now; None before the first reading."""
    jobs: reactive[tuple[JobView, ...]] = reactive((), repaint=False)
    """Every job: those that run tell who uses which device."""

    def __init__(self) -> None:
        super().__init__(id="gpus", classes="pane")
        self._drawn_for: object = None
        self._height_wanted = 0

    def watch_machine(self) -> None:
        """Draw again where something has changed."""
        self._update()

    def watch_jobs(self) -> None:
        """Draw again where a device has changed hands."""
        self._update()

    def _owners(self) -> dict[int, Job]:
        active = [view.job for view in self.jobs if view.job.state.is_active]
        owners = {job.gpu: job for job in active if job.gpu is not None}
        elsewhere = {job.id: job for job in active if job.node is not None}
        for reading in () if self.machine is None else self.machine.gpus:
            if reading.job in elsewhere:
                owners[reading.gpu.index] = elsewhere[reading.job]
        return owners

    def _update(self) -> None:
        owners = self._owners()
        machine = self.machine
        if machine is not None:
            free = sum(reading.busy is None and reading.gpu.index not in owners for reading in machine.gpus)
            said = f"{len(machine.gpus) - free} busy {GLYPHS.dot} {free} free" if machine.gpus else ""
            self.border_subtitle = Content(said)
        drawn_for = (machine, {gpu: job.id for gpu, job in owners.items()})
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            height = self.get_content_height(self.size, self.size, self.size.width or 40)
            if height != self._height_wanted:
                self._height_wanted = height
                self.refresh(layout=True)
            self.changed()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  Textual's
        """What every device and the host would like to have."""
        machine = self.machine
        if machine is None:
            return 4
        if not machine.gpus:
            return len(self.block(width, 50))
        hosts = 0 if machine.host is None else len(self._host(machine.host, width))
        return sum(self._height(reading.gpu, machine) + 1 for reading in machine.gpus) + hosts

    def block(self, width: int, height: int) -> list[list[Part]]:
        """Every line."""
        machine, styles = self.machine, self.text_styles
        if machine is None:
            return [[], [("  reading the GPUs" + GLYPHS.ellipsis, styles.dim)]]
        lines: list[list[Part]] = []
        owners = self._owners()
        if not machine.gpus:
            from textwrap import wrap  # noqa: PLC0415  only where there is nothing else to show

            said = clean(machine.trouble) if machine.trouble else NO_GPU
            pieces = [piece for each in said.splitlines() for piece in wrap(each, max(10, width - 4))]
            lines += [[], *([("  " + piece, styles.dim)] for piece in pieces), []]
        host = [] if machine.host is None else self._host(machine.host, width)
        room = height - len(host)
        blocks = [self._block(reading, owners.get(reading.gpu.index), machine, width) for reading in machine.gpus]
        spaced = [[*block, []] for block in blocks]
        without_night = [block[:3] for block in blocks]
        for grade in (spaced, blocks, without_night):
            if sum(map(len, grade)) <= room:
                break
        else:
            grade = [[self._dense(reading, owners.get(reading.gpu.index), width)] for reading in machine.gpus]
        lines += [line for block in grade for line in block]
        return lines + host

    def _height(self, gpu: Gpu, machine: MachineView) -> int:
        return 1 + (gpu.utilization_pct is not None) + (gpu.memory_used_mib is not None) + (gpu.uuid in machine.night)

    def _ink(self, job: Job | None) -> Style:
        return self.text_styles.of_job(job.kind.value) if job else self.text_styles.dim

    def _holder(self, reading: GpuReading, job: Job | None) -> Part:
        """Who has it."""
        styles = self.text_styles
        if job is not None:
            return job.id, self._ink(job) + styles.strong
        if reading.gpu.problem is not None:
            return "away", styles.caution
        return ("free", styles.good) if reading.busy is None else ("in use", styles.caution)

    def _block(self, reading: GpuReading, job: Job | None, machine: MachineView, width: int) -> list[list[Part]]:
        """A line of what it is, and one each for use, memory and the last hours, as far as they are known."""
        styles, gpu, ink = self.text_styles, reading.gpu, self._ink(job)
        lines = [self._head(gpu, self._holder(reading, job), width)]
        length = width - LABEL - VALUE - 2
        if gpu.utilization_pct is not None:
            lines.append([(fit("   util", LABEL), styles.faint), (" ", styles.plain),
                          *bar(gpu.utilization_pct / 100, length, ink, styles.track),
                          (right(f"{gpu.utilization_pct} %", VALUE), styles.plain)])  # fmt: skip
        if gpu.memory_used_mib is not None:
            part = gpu.memory_used_mib / gpu.memory_total_mib if gpu.memory_total_mib else None
            lines.append([(fit("   vram", LABEL), styles.faint), (" ", styles.plain),
                          *bar(part, length, ink, styles.track),
                          (right(short_gibibytes(gpu.memory_used_mib), VALUE), styles.plain)])  # fmt: skip
        night = machine.night.get(gpu.uuid)
        if night:
            lines.append([(fit("   8 h", LABEL), styles.faint), (" ", styles.plain), (sparkline(night, length), ink)])
        return lines

    def _head(self, gpu: Gpu, holder: Part, width: int) -> list[Part]:
        """Number, name and holder, and between them as many readings as there is room for."""
        styles = self.text_styles
        head: list[Part] = [(f" {gpu.index}", styles.strong), (f" {short_name(gpu)}", styles.plain)]
        room = width - cells(head) - cells([holder]) - 1
        readings: list[Part] = []
        for reading in self._readings(gpu):
            more: list[Part] = [*readings, ("  " if readings else "", styles.plain), reading]
            if room - cells(more) < 3:  # noqa: PLR2004  a gap on either side of the readings
                break
            readings = more
        gap = max(1, room - cells(readings))
        before = min(3, gap - 1) if readings else 0
        return [*head, (" " * before, styles.plain), *readings, (" " * (gap - before), styles.plain), holder]

    def _readings(self, gpu: Gpu) -> list[Part]:
        """Temperature, what slows it down, power and clock: the weightiest first."""
        styles = self.text_styles
        parts: list[Part] = []
        slowed = _SLOWED.get(gpu.throttle.name) if gpu.throttle is not None else None
        if gpu.temperature_c is not None:
            is_hot = gpu.temperature_c >= HOT_C or slowed == _SLOWED["THERMAL"]
            parts.append((f"{gpu.temperature_c}{GLYPHS.celsius}", styles.caution if is_hot else styles.dim))
        if slowed is not None:
            parts.append((slowed, styles.caution))
        if gpu.power_w is not None:
            limit = "" if gpu.power_limit_w is None else f" / {gpu.power_limit_w:.0f}"
            parts.append((f"{gpu.power_w:.0f}{limit} W", styles.dim))
        if gpu.sm_clock_mhz is not None:
            parts.append((f"{gpu.sm_clock_mhz / 1000:.1f} GHz", styles.dim))
        return parts

    def _dense(self, reading: GpuReading, job: Job | None, width: int) -> list[Part]:
        """Everything that matters in one line, where there is no room for more."""
        styles, gpu, ink, holder = self.text_styles, reading.gpu, self._ink(job), self._holder(reading, job)
        name = fit(short_name(gpu), 10, GLYPHS.ellipsis)
        use = "" if gpu.utilization_pct is None else f"{gpu.utilization_pct} %"
        memory = right(short_gibibytes(gpu.memory_used_mib), VALUE)
        tail: list[Part] = [(right(use, 6), styles.plain), (memory, styles.plain),
                            ("  ", styles.plain), (fit(holder[0], 9), holder[1])]  # fmt: skip
        head: list[Part] = [
            (f" {gpu.index} ", styles.strong),
            (name, styles.plain),
            (" ", styles.plain),
        ]
        length = max(0, width - cells(head) - cells(tail))
        part = None if gpu.utilization_pct is None else gpu.utilization_pct / 100
        return [*head, *bar(part, length, ink, styles.track), *tail]

    def _host(self, host: HostReading, width: int) -> list[list[Part]]:
        """A line of the host, and one for each disk where there are several or one becomes full."""
        styles = self.text_styles
        said: list[str] = []
        if host.cpu_pct is not None:
            said.append(f"cpu {host.cpu_pct:.0f} %")
        if host.ram_used_mib is not None and host.ram_total_mib is not None:
            limit = " limit" if host.ram_is_limited else ""
            said.append(f"ram {host.ram_used_mib / 1024:.0f}/{gibibytes(round(host.ram_total_mib))}{limit}")
        each = len(host.disks) > 1 or any(_is_filling(disk) for disk in host.disks)
        if host.disks and not each:
            said.append(f"disk {_free(host.disks[0])}")
        if host.network_bytes_s is not None and host.network_bytes_s >= LEAST_NETWORK:
            said.append(f"net {transfer_rate(host.network_bytes_s)}")
        lines: list[list[Part]] = [[(" host", styles.strong), (fit("  " + "  ".join(said), width - 5), styles.dim)]]
        for disk in host.disks if each else ():
            parts: list[Part] = [("       ", styles.plain), (f"{_free(disk)} free for {disk.names}", styles.dim)]
            if disk.full_in_s is not None and _is_filling(disk):
                ink = styles.caution if disk.full_in_s < SOON_S else styles.dim
                full: Part = (f"full in {rough_duration(disk.full_in_s)}", ink)
                if cells([*parts, full]) + 2 > width:
                    lines.append(parts)
                    parts = []
                parts += [("  " if parts else "         ", styles.plain), full]
            lines.append(parts)
        return lines


def _free(disk: DiskReading) -> str:
    return "?" if disk.free_mib is None else file_size(round(disk.free_mib * MEBIBYTE))


def _is_filling(disk: DiskReading) -> bool:
    return disk.full_in_s is not None and disk.full_in_s < FILLING_S


def short_name(gpu: Gpu) -> str:
    """``RTX 5090``: the maker is known."""
    name = clean(gpu.name)
    for prefix in NAME_PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name
