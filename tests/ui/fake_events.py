"""A night of events."""

from __future__ import annotations

from wantui.history.model import Event, EventSeverity

INFO, WARNING, ERROR = EventSeverity.INFO, EventSeverity.WARNING, EventSeverity.ERROR
MEMORY = "7.low has ended for lack of memory: killed by the kernel"


def a_night(now: float) -> list[Event]:
    """What has happened until now, the oldest first."""
    told: list[tuple[float, EventSeverity, str, str | None, str, dict[str, object]]] = [
        (7.0, INFO, "job-started", "7.high", "7.high has started on GPU 0", {"attempt": 1, "gpu": 0}),
        (7.0, INFO, "job-started", "7.low", "7.low has started on GPU 1", {"attempt": 1, "gpu": 1}),
        (5.0, INFO, "checkpoint-saved", "7.high", "7.high has saved epoch 20", {"epoch": 20}),
        (4.0, ERROR, "memory-kill", None, "the kernel has killed 1 process for lack of the machine's memory",
         {"kills": 1, "memory_used_mib": 97012}),
        (3.9, WARNING, "out-of-memory", "7.low", MEMORY, {"attempt": 1, "memory": "machine", "exit_code": -9}),
        (3.8, INFO, "job-started", "7.low", "7.low has started on GPU 1, attempt 2", {"attempt": 2, "gpu": 1}),
        (1.5, WARNING, "gpu-throttled", "7.low", "GPU 1 was slowed by heat for 3 of 5 minutes under 7.low",
         {"gpu": 1, "temperature_c": 84, "clock_mhz": 1410}),
        (0.4, ERROR, "disk", None, "/data/loras has 3 GiB free, and running experts still save 5 GiB",
         {"folder": "/data/loras", "free_mib": 3072, "to_write_mib": 5120}),
        (0.1, INFO, "checkpoint-saved", "7.high", "7.high has saved epoch 60", {"epoch": 60}),
    ]  # fmt: skip
    return [
        Event(now - 3600 * hours, severity, kind, job, message, evidence, None, number)
        for number, (hours, severity, kind, job, message, evidence) in enumerate(told, 1)
    ]
