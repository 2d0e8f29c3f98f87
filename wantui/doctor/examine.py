"""Every check, the slow ones side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from wantui.doctor import devices, environment, host, terminal
from wantui.doctor.weights import weights

if TYPE_CHECKING:
    from wantui.config import Config
    from wantui.doctor.environment import TrainerFacts
    from wantui.doctor.model import Finding
    from wantui.paths import Workspace


def examine(workspace: Workspace, config: Config) -> tuple[Finding, ...]:
    """Look at everything, within five seconds: the trainer's interpreter is asked while the rest is looked at."""
    is_rehearsal = config.trainer.kind == "rehearsal"
    with ThreadPoolExecutor(max_workers=3) as pool:
        asked = pool.submit(_ask, config)
        read_driver = pool.submit(devices.read_machine_driver)
        read_gpus = pool.submit(devices.read_gpus, workspace, config)
        of_host = (
            host.memory(), host.shared_memory(), host.disk(workspace), host.open_files(), host.clock(workspace),
            host.watching(workspace), host.container(), terminal.terminal(), terminal.multiplexer(),
        )  # fmt: skip
        of_weights = tuple(weights(config))
        driver, (readings, why_none), facts = read_driver.result(), read_gpus.result(), asked.result()
    cuda = devices.cuda(driver, readings, facts)
    return (
        host.python(),
        devices.driver(driver, is_rehearsal=is_rehearsal),
        *devices.gpus(readings, why_none, is_rehearsal=is_rehearsal),
        *([cuda] if cuda else []),
        environment.checkout(config),
        *environment.interpreter(config, facts),
        *([] if is_rehearsal else [environment.tokenizer(config)]),
        *of_weights,
        *of_host,
    )


def _ask(config: Config) -> TrainerFacts | None:
    if config.trainer.kind == "rehearsal":
        return None
    return environment.ask(config.trainer.python, config.trainer.env)
