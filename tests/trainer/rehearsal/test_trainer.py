"""wantui's side of the rehearsal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import wantui
from tests.trainer.settings import gpu, run_settings
from wantui.trainer.catalogue import trainer
from wantui.trainer.model import Expert, RunSettings, Task
from wantui.trainer.musubi.output import MusubiOutput
from wantui.trainer.rehearsal import flags
from wantui.trainer.rehearsal.trainer import RehearsalTrainer

if TYPE_CHECKING:
    from tests.trainer.rehearsal.scene import Scene
    from wantui.trainer.model import TrainerCommand


def _settings(scene: Scene, **changes: object) -> RunSettings:
    return run_settings(
        trainer_kind="rehearsal",
        trainer_env={"WANTUI_REHEARSAL_STEP_S": "0"},
        dataset=scene.folder / "dataset.toml",
        output_directory=scene.output,
        epochs=2,
        save_every=1,
        **changes,
    )


def _run(command: TrainerCommand) -> MusubiOutput:
    ended = subprocess.run(
        command.argv,
        cwd=command.cwd,
        env={**os.environ, **command.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout.decode()
    reader = MusubiOutput("high")
    reader.feed(ended.stdout)
    return reader


def test_it_is_in_the_catalogue() -> None:
    assert isinstance(trainer("rehearsal"), RehearsalTrainer)


def test_its_commands_do_a_whole_run(scene: Scene) -> None:
    rehearsal, settings = trainer("rehearsal"), _settings(scene)

    _run(rehearsal.latents_command(settings, None, skip_existing=True))
    _run(rehearsal.text_command(settings, None, skip_existing=True))
    for expert in settings.experts:
        read = _run(rehearsal.training_command(settings, expert, gpu(24), 29500))
        assert read.progress.saved[-1] == scene.output / f"{settings.output_name(expert)}.safetensors"


def test_commands_need_no_installation(scene: Scene) -> None:
    command = trainer("rehearsal").latents_command(_settings(scene), None, skip_existing=False)

    assert command.argv[:4] == (sys.executable, "-P", "-m", "wantui.trainer.rehearsal.wan_cache_latents")
    assert command.cwd == scene.folder
    first = command.env["PYTHONPATH"].split(os.pathsep)[0]
    assert (Path(first) / "wantui" / "__init__.py").is_file()


def test_it_takes_every_flag_of_the_workflow(scene: Scene) -> None:
    settings = _settings(scene, task=Task.I2V, training={"xformers": True, "logging_dir": "logs"})

    command = trainer("rehearsal").training_command(settings, Expert.LOW, gpu(24), None)

    arguments = flags.parse_training(command.argv[4:])
    assert arguments.output_name == "WAN2.2-LowNoise_MyLoRA"
    assert (arguments.min_timestep, arguments.max_timestep, arguments.blocks_to_swap) == (0, 900, 10)
    assert arguments.optimizer_args == ["weight_decay=0.1"]


def test_it_needs_no_weights_but_a_folder_to_write_to(scene: Scene) -> None:
    assert trainer("rehearsal").problems(_settings(scene)) == []

    scene.output.write_text("a file in the way", encoding="utf-8")
    (problem,) = trainer("rehearsal").problems(_settings(scene))
    assert problem.path == scene.output
    assert trainer("rehearsal").problems(_settings(scene, experts=())) == []


def test_scripts_start_without_what_they_do_not_need() -> None:
    code = (
        "import sys; import wantui.trainer.rehearsal.wan_train_network; "
        "print([name for name in ('torch', 'av', 'textual', 'psutil') if name in sys.modules])"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"


def test_numpy_is_imported_in_the_scripts_processes_alone_and_works_on_one_thread_there() -> None:
    code = "import os, sys, {}; print('numpy' in sys.modules, os.environ.get('OPENBLAS_NUM_THREADS'))"
    for modules, expected in (
        ("wantui.trainer.rehearsal.trainer, wantui.trainer.catalogue, wantui.supervisor.process", "False None"),
        (_modules_of("cli"), "False None"),
        (_modules_of("ui"), "False None"),
        ("wantui.trainer.rehearsal.wan_train_network", "True 1"),
        ("wantui.trainer.rehearsal.wan_cache_latents", "True 1"),
    ):
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
        program = (sys.executable, "-c", code.format(modules))
        printed = subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout
        assert printed.strip() == expected, modules


def _modules_of(package: str) -> str:
    """Every module of a package of wantui, to be imported."""
    root = Path(wantui.__file__).parent
    return ", ".join(
        ".".join(path.relative_to(root.parent).with_suffix("").parts) for path in (root / package).rglob("*.py")
    )
