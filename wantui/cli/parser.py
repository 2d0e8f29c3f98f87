"""The command line: which verbs there are, what they take, and how they end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import wantui
from wantui.access import explain
from wantui.cli import (
    check,
    demo,
    doctor,
    inspect,
    item_commands,
    jobs,
    model_verbs,
    preset_verbs,
    probe_verbs,
    queue_verbs,
    recorded,
    release_verbs,
    report,
    resuming,
    run_reports,
    runs,
    sample_verbs,
    service,
    watcher,
)
from wantui.cli.errors import BAD_USAGE, FAILED, INTERRUPTED, complain
from wantui.cli.numbers import index, positive, span
from wantui.cli.screen import open_screen
from wantui.errors import BadInputError, WantuiError
from wantui.memory_ways import MEMORY
from wantui.paths import find_workspace
from wantui.terminal.foreign_text import guard_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wantui.paths import Workspace

Verbs = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it

_JOB_OR_RUN = "7.high is a job of run 7; 7 is all of it"


def run(argv: Sequence[str]) -> int:
    """Do what the command line says and return the exit code."""
    guard_streams()
    options = build().parse_args(argv)
    try:
        return _act(options)
    except BadInputError as error:
        complain(str(error))
        return BAD_USAGE
    except WantuiError as error:
        complain(str(error))
        return FAILED
    except BrokenPipeError:  # whoever read the output has had enough of it
        sys.stderr.close()
        return FAILED
    except OSError as error:  # what nobody on the way has a better sentence for
        complain(explain(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _act(options: argparse.Namespace) -> int:
    if options.verb is None:
        return open_screen(options.workspace)
    if options.verb == "demo":  # the one verb with a workspace of its own
        return demo.demo(options)
    act: Callable[[Workspace, argparse.Namespace], int] = options.act
    return act(find_workspace(options.workspace), options)


def build() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="wantui",
        description="Train WAN2.2 LoRAs: dataset, captions, caches, both experts. Without a verb: the screen.",
        epilog="Exit codes: 0 done and well; 1 failed, or problems were found; 2 bad usage or configuration; "
        "3 released, and not uploaded; 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"wantui {wantui.__version__}")
    parser.add_argument("--workspace", metavar="DIR", help="folder with wantui.toml (default: looked for upwards)")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _add_demo(verbs)
    _add_runs(verbs)
    _add_jobs(verbs)
    _add_reports(verbs)
    _add_inspections(verbs)
    item_commands.add_verbs(verbs)
    model_verbs.add_verbs(verbs)
    preset_verbs.add_verbs(verbs)
    probe_verbs.add_verbs(verbs)
    release_verbs.add_verbs(verbs)
    sample_verbs.add_verbs(verbs)
    return parser


def _verb(verbs: Verbs[argparse.ArgumentParser], name: str, text: str, act: object) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    verb.set_defaults(act=act)
    verb.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return verb


def _add_json(verb: argparse._ActionsContainer) -> None:
    verb.add_argument("--json", action="store_true", help="one JSON document on stdout and nothing else")


def _add_demo(verbs: Verbs[argparse.ArgumentParser]) -> None:
    verb = _verb(verbs, "demo", "the whole job on built-in images, with a rehearsal trainer and no GPU", demo.demo)
    verb.add_argument("--headless", action="store_true", help="no screen (also without a terminal)")
    verb.add_argument("--dir", type=Path, metavar="DIR", help="where to work (default: a temporary folder)")
    verb.add_argument("--epochs", type=positive, metavar="N", help="epochs to train")


def _way(text: str) -> str:
    """How GPU memory is spent.

    Raises:
        ArgumentTypeError: it is none of the trainer's ways; a preset of a person's own is something else.
    """
    if text not in MEMORY:
        ways = ", ".join(MEMORY)
        raise argparse.ArgumentTypeError(f"{text!r} is none of {ways}; a preset of your own is given to --load")
    return text


def _add_runs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    train = _verb(verbs, "train", "caches what is stale, then trains the experts", runs.train)
    _add_dataset(train)
    train.add_argument("--suffix", metavar="S", help="WAN2.2-HighNoise_S and WAN2.2-LowNoise_S")
    train.add_argument("--author", metavar="A", help="goes into the LoRA files' metadata")
    train.add_argument("--experts", choices=("both", "high", "low"))
    train.add_argument("--epochs", type=positive, metavar="N")
    train.add_argument("--save-every", type=positive, metavar="N", help="epochs between two checkpoints")
    train.add_argument(
        "--memory", "--preset", dest="memory", type=_way, metavar="WAY",
        help=f"how GPU memory is spent: {', '.join(MEMORY)}; auto: by the GPU",
    )  # fmt: skip
    train.add_argument(
        "--gpu", type=index, action="append", metavar="N",
        help="train on this GPU alone, as `wantui gpus` numbers them; may be repeated (default: any that is free)",
    )  # fmt: skip
    _add_load(train)
    train.add_argument(
        "--replace", action="store_true", help="replace LoRA files of the same names (they are moved aside, not lost)"
    )
    train.add_argument(
        "--like",
        type=positive,
        metavar="RUN",
        help="settings of a run instead of wantui.toml's; options given here win",
    )
    train.add_argument(
        "--after", type=positive, action="append", default=[], metavar="RUN",
        help="start when that run has ended, well or not; may be repeated",
    )  # fmt: skip
    train.add_argument("--hold", action="store_true", help="queue it, and start it after `wantui queue release`")
    train.add_argument("--dry-run", action="store_true", help="print the plan and the command lines, start nothing")
    cache = _verb(verbs, "cache", "encodes what is stale or missing", runs.cache)
    _add_dataset(cache)
    cache.add_argument("--force", action="store_true", help="encode everything again")
    for verb in (train, cache):
        verb.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help="a flag of the trainer; may be repeated"
        )
        verb.add_argument("--wait", action="store_true", help="show progress until it has ended")
        _add_json(verb)
    looked = _verb(verbs, "check", "dataset, caches and plan; starts nothing", check.check)
    _add_dataset(looked)
    _add_load(looked)
    looked.add_argument("--quick", action="store_true", help="decode no image: no search for duplicates and damage")
    looked.add_argument("--all", action="store_true", help="every problem, also where there are many of one code")
    _add_json(looked)


def _add_load(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--load", metavar="NAME", help="settings of `wantui presets`; options given here win over them")


def _add_dataset(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--dataset", type=Path, metavar="T", help="the dataset.toml")
    verb.add_argument("--task", choices=("t2v", "i2v"))


def _add_jobs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    listed = _verb(verbs, "jobs", "the jobs of the latest runs", jobs.jobs)
    listed.add_argument("--all", action="store_true", help="of every run")
    _add_json(listed)
    logs = _verb(verbs, "logs", "the log of a job, or of all jobs of a run; progress bars folded", jobs.logs)
    logs.add_argument(
        "job", metavar="JOB|RUN", help="RUN.KIND, as in 7.high; a number: all jobs of that run, by time"
    )
    logs.add_argument("-f", "--follow", action="store_true", help="until the job or run has ended")
    logs.add_argument("--attempt", type=positive, metavar="N", help="of that attempt of a job alone")
    logs.add_argument("--raw", action="store_true", help="of a job, as the present attempt has written it")
    stop = _verb(verbs, "stop", "ends a job or run, or takes it out of the queue", resuming.stop)
    stop.add_argument("name", metavar="JOB|RUN", help=_JOB_OR_RUN)
    when = stop.add_mutually_exclusive_group()
    when.add_argument(
        "--after-epoch", action="store_true",
        help="when the next epoch is saved (the trainer cannot save in between)",
    )  # fmt: skip
    when.add_argument("--at-epoch", type=positive, metavar="N", help="when epoch N is saved")
    when.add_argument("--take-back", action="store_true", help="cancel a stop that waits")
    resume = _verb(verbs, "resume", "resumes from the newest complete state", resuming.resume)
    resume.add_argument("name", metavar="JOB|RUN", help=_JOB_OR_RUN)
    resume.add_argument("--epochs", type=positive, metavar="TOTAL", help="in all; a run that is done gets more")
    resume.add_argument("--save-every", type=positive, metavar="N", help="epochs between two checkpoints")
    resume.add_argument("--memory", type=_way, metavar="WAY", help="how GPU memory is spent, as with train")
    resume.add_argument(
        "--present-captions", action="store_true",
        help="train on the captions as they are now, not on those that the run began with",
    )  # fmt: skip
    resume.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a training flag; may be repeated",
    )
    resume.add_argument("--dry-run", action="store_true", help="say what would happen, start nothing")
    resume.add_argument("--wait", action="store_true", help="show progress until it has ended")
    _add_json(resume)
    retry = _verb(verbs, "retry", "starts a job or run over, with the same settings", resuming.retry)
    retry.add_argument("name", metavar="JOB|RUN", help=_JOB_OR_RUN)
    retry.add_argument(
        "--replace", action="store_true", help="replace the LoRA files that it has saved (they are moved aside)"
    )
    queue_verbs.add_verbs(verbs)
    wait = _verb(verbs, "wait", "waits until a run has ended", jobs.wait)
    wait.add_argument("run", type=positive, metavar="RUN")
    wait.add_argument("--timeout", type=float, metavar="S", help="seconds; exit code 1 when they are over")


def _add_reports(verbs: Verbs[argparse.ArgumentParser]) -> None:
    kept = _verb(
        verbs, "runs", "what a run was: settings, command lines, items; and how two differ", run_reports.runs
    )
    kept.add_argument(
        "action",
        choices=("list", "show", "diff"),
        help="every run; what one was; how two differ",
    )
    kept.add_argument("run", nargs="*", type=positive, metavar="RUN", help="its number: one for show, two for diff")
    _add_json(kept)
    compared = _verb(
        verbs, "compare", "how two runs differ: settings, items, captions, results, epoch by epoch", _compare
    )
    compared.add_argument("one", type=positive, metavar="RUN", help="the number of the one before")
    compared.add_argument("other", type=positive, metavar="RUN", help="the number of the one after")
    _add_json(compared)
    metrics = _verb(verbs, "metrics", "the training steps of a run: losses, learning rate", recorded.metrics)
    metrics.add_argument("run", type=positive, metavar="RUN")
    form = metrics.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="every step as comma-separated values")
    _add_json(form)
    report.add_options(_verb(verbs, "report", "what a run took, and what has come of it, as a page", report.report))
    happened = _verb(verbs, "events", "what has happened to jobs and machine", recorded.events)
    happened.add_argument("-f", "--follow", action="store_true", help="also what happens; with --json a line each")
    _add_json(happened)
    told = _verb(verbs, "notify", "sends to the addresses of [notify], as the recorder does", recorded.notify)
    told.add_argument("--test", action="store_true", required=True, help="send a test to each, and say which took it")
    _add_json(told)
    watch = _verb(verbs, "watch", "whether changed captions and media are encoded again by themselves", watcher.watch)
    watch.add_argument("action", choices=("status", "pause", "resume"))
    _add_json(watch)


def _add_inspections(verbs: Verbs[argparse.ArgumentParser]) -> None:
    _add_json(_verb(verbs, "status", "supervisor, GPUs and runs at a glance", inspect.status))
    gpus = _verb(verbs, "gpus", "the GPUs, and who has them", inspect.gpus)
    gpus.add_argument("--history", action="store_true", help="readings that were kept")
    gpus.add_argument(
        "--since", type=span, default=8 * 3600.0, metavar="SPAN", help="with --history: 30m, 8h (unless given), 2d"
    )
    _add_json(gpus)
    settings = _verb(verbs, "config", "the configuration in force, each value with where it is from", inspect.config)
    settings.add_argument(
        "--keys", action="store_true", help="the screen's commands and their keys, as [keys] takes them"
    )
    _add_json(settings)
    examined = _verb(verbs, "doctor", "what is missing for a night of training, and how to fix it", doctor.doctor)
    examined.add_argument(
        "--smoke", action="store_true", help="test run: the real trainer, tiny weights, a few steps of both experts"
    )
    examined.add_argument(
        "--ask-trainer", action="store_true", help="start [trainer] python to ask it, though nothing has run here yet"
    )
    _add_json(examined)
    set_up = _verb(verbs, "setup", "installs the trainer and its environment; what is there is used", _setup)
    set_up.add_argument(
        "--task", choices=("t2v", "i2v", "all"), help="whose weights are loaded (default: [run] task)"
    )
    set_up.add_argument("--yes", action="store_true", help="do it without asking")
    set_up.add_argument("--dry-run", action="store_true", help="print the steps and their commands, do nothing")
    set_up.add_argument("--no-disk-check", action="store_true", help="start although a disk is too small for it all")
    _add_json(set_up)
    service_verb = _verb(verbs, "supervisor", "the background process; trainers outlive it", service.supervisor)
    service_verb.add_argument("action", choices=("start", "stop", "status"))


def _compare(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.comparing import compare  # noqa: PLC0415  few calls need it

    return compare(workspace, options)


def _setup(workspace: Workspace, options: argparse.Namespace) -> int:
    from wantui.cli.setup import setup  # noqa: PLC0415  few calls need it

    return setup(workspace, options)
