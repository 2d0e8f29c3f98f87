"""What ``squeue`` and ``sacct`` print, as Slurm 22.05 has printed it."""

from __future__ import annotations

import pytest

from wantui.jobs.model import InterruptedBy
from wantui.slurm.jobs import SlurmJob, find, listing_command, read_accounts, read_listing

LISTING = """\
4|PENDING|BeginTime||1795886832|(null)
3|PENDING|Resources||1795883292|wantui 0 7.low 1 aa11
1|RUNNING|None|n1|1795883232|wantui 0 7.high 1 bb22
2|TIMEOUT|TimeLimit|n2|1795883232|a | b
7|PENDING|None||N/A|(null)
48|PENDING|ReqNodeNotAvail, UnavailableNodes:n[1-2]||N/A|(null)
slurm_load_jobs error: Unable to contact slurm controller (connect failure)
"""


def test_a_listing_is_taken_apart() -> None:
    jobs = read_listing(LISTING)
    assert [each.id for each in jobs] == ["4", "3", "1", "2", "7", "48"]
    assert jobs[2] == SlurmJob("1", "RUNNING", "None", "n1", 1795883232.0, "wantui 0 7.high 1 bb22")
    assert (jobs[3].comment, jobs[4].starts, jobs[0].comment) == ("a | b", None, "")
    assert [each.waits for each in jobs] == [True, True, False, False, True, True]
    assert [each.has_ended for each in jobs] == [False, False, False, True, False, False]


def test_only_the_jobs_of_one_user_are_asked_for() -> None:
    assert "--user=1000" in listing_command(1000)


@pytest.mark.parametrize(
    ("state", "by"),
    [
        ("CANCELLED", InterruptedBy.CANCELLED),
        ("TIMEOUT", InterruptedBy.TIME_LIMIT),
        ("DEADLINE", InterruptedBy.TIME_LIMIT),
        ("PREEMPTED", InterruptedBy.PREEMPTED),
        ("NODE_FAIL", InterruptedBy.NODE),
        ("BOOT_FAIL", InterruptedBy.NODE),
        ("OUT_OF_MEMORY", InterruptedBy.MEMORY),
        ("FAILED", None),
        ("COMPLETED", None),
        ("RUNNING", None),
    ],
)
def test_each_state_says_what_ended_the_job(state: str, by: InterruptedBy | None) -> None:
    interruption = SlurmJob("17", state).interruption
    assert (interruption and interruption.by) == by
    assert interruption is None or interruption.says.endswith("(Slurm 17)")


def test_a_job_is_found_by_its_token_for_numbers_are_given_again() -> None:
    jobs = read_listing(LISTING)
    assert find(jobs, None, "aa11") == jobs[1]
    assert find(jobs, "1", "cc33") is None
    assert find(jobs, "9", "bb22") == jobs[2]
    assert find(jobs, "7", "cc33") == jobs[4]  # a cluster that keeps no comments


def test_what_it_waits_for_is_told_in_words() -> None:
    now = 1795883000.0
    assert SlurmJob("3", "PENDING", "Resources").why_waiting(now) == "Slurm 3: Resources, no node is free"
    assert "`scontrol release 3`" in SlurmJob("3", "PENDING", "JobHeldUser").why_waiting(now)
    away = SlurmJob("48", "PENDING", "ReqNodeNotAvail, UnavailableNodes:n[1-2]")
    assert away.why_waiting(now).endswith("UnavailableNodes:n[1-2], a node that it needs is not available")
    assert SlurmJob("3", "PENDING", "QOSMaxJobsPerUserLimit").why_waiting(now) == "Slurm 3: QOSMaxJobsPerUserLimit"
    assert "; expected to start at " in SlurmJob("3", "PENDING", "Priority", starts=now + 600).why_waiting(now)
    assert SlurmJob("3", "SUSPENDED").why_waiting(now) == "Slurm 3: suspended"


def test_accounts_may_say_who_cancelled_a_job() -> None:
    text = "16|TIMEOUT|n1|wantui-7.low\n17|CANCELLED by 1000|n2|wantui-7.high\n"
    found = read_accounts(text, "17", "wantui-7.high")
    assert found is not None
    assert (found.state, found.nodes) == ("CANCELLED", "n2")
    assert read_accounts(text, "17", "wantui-8.high") is None
    assert read_accounts("Slurm accounting storage is disabled\n", "17", "wantui-7.high") is None


def test_accounts_tell_each_end_as_slurmdbd_of_22_05_has_kept_it() -> None:
    kept = """\
1|OUT_OF_MEMORY|n1|wantui-1.oom
2|CANCELLED by 0|n2|wantui-1.can
3|PREEMPTED|n1|wantui-1.pre
5|NODE_FAIL|n2|wantui-1.nf
7|TIMEOUT|n1|wantui-1.t
8|COMPLETED|n1|wantui-1.ok
9|FAILED|n2|wantui-1.f
"""
    names = {"1": "oom", "2": "can", "3": "pre", "5": "nf", "7": "t", "8": "ok", "9": "f"}
    found = [read_accounts(kept, number, f"wantui-1.{name}") for number, name in names.items()]
    ends = [each.interruption.by if each is not None and each.interruption else None for each in found]
    assert all(each is not None and each.has_ended for each in found)
    assert ends == [
        InterruptedBy.MEMORY, InterruptedBy.CANCELLED, InterruptedBy.PREEMPTED, InterruptedBy.NODE,
        InterruptedBy.TIME_LIMIT, None, None,
    ]  # fmt: skip
