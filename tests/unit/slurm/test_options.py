"""What a job asks Slurm for."""

from __future__ import annotations

import pytest

from wantui.config.schema import SlurmConfig
from wantui.slurm.commands import environment, is_passing, told
from wantui.slurm.options import gpu_to_be_chosen, limit_s, options, size_mib, warned_s


def test_every_setting_becomes_an_option() -> None:
    asked = SlurmConfig("gpu", "lab", "8:00:00", "a100", "80G", "64G", ("n3", "n[7-9]"), ("--qos=high",))
    assert options(asked) == [
        "--nodes=1", "--ntasks=1", "--no-requeue", "--signal=B:USR1@120", "--gres=gpu:a100:1", "--partition=gpu",
        "--account=lab", "--time=8:00:00", "--mem=64G", "--exclude=n3,n[7-9]", "--qos=high",
    ]  # fmt: skip
    assert "--gres=gpu:1" in options(SlurmConfig())
    assert not any("gpu" in each for each in options(SlurmConfig(), wants_gpu=False))


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [("90", 5400), ("1:30", 90), ("8:00:00", 28800), ("2-12", 216000), ("1-00:30", 88200), ("1-01:00:01", 90001)],
)
def test_a_limit_in_each_form_that_slurm_takes(limit: str, seconds: int) -> None:
    assert limit_s(limit) == seconds


def test_a_short_limit_leaves_most_of_it_to_train_in() -> None:
    assert [warned_s(each) for each in (None, "8:00:00", "5", "1")] == [120, 120, 30, 10]


def test_the_memory_level_goes_by_the_gpu_that_is_named() -> None:
    gpu = gpu_to_be_chosen(SlurmConfig(gpu="a100", gpu_memory="80G"))
    assert (gpu.is_to_be_chosen, gpu.memory_total_mib) == (True, 81920)
    assert gpu_to_be_chosen(SlurmConfig()).memory_total_mib is None
    assert [size_mib(each) for each in ("24G", "512M", "1T")] == [24576, 512, 1048576]


def test_nothing_of_a_surrounding_slurm_job_changes_a_call() -> None:
    given = {
        "SLURM_CONF": "/etc/s",
        "SBATCH_PARTITION": "x",
        "SLURM_JOB_ID": "5",
        "PATH": "/bin",
        "SQUEUE_FORMAT": "%i",
    }
    assert environment(given) == {"SLURM_CONF": "/etc/s", "PATH": "/bin", "SLURM_TIME_FORMAT": "%s"}


def test_a_controller_that_is_away_is_no_refusal() -> None:
    away = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
    refused = "sbatch: error: invalid partition specified: nope\nsbatch: error: invalid partition specified: nope"
    assert is_passing(away)
    assert not is_passing(refused)
    assert told("sbatch", refused, 1) == "sbatch: invalid partition specified: nope"
    assert told("sbatch", "", 3) == "sbatch: exit code 3"
