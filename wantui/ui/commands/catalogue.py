"""The commands, in the order in which help lists them. Textual is not imported: ``wantui config`` reads this too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Place(StrEnum):
    """Where a command can be given; the panes are numbered in this order."""

    DATASET = "dataset"
    PREVIEW = "preview"
    GPUS = "gpus"
    JOBS = "jobs"
    LOG = "log"
    EDITOR = "caption editor"
    CURVES = "curves"
    EVERYWHERE = "everywhere"


PANES = (Place.DATASET, Place.PREVIEW, Place.GPUS, Place.JOBS, Place.LOG)


@dataclass(frozen=True, slots=True)
class Flow:
    """A function that gets a `wantui.ui.context.WorkContext`; its module is imported when it is asked for."""

    call: str
    """``package.module:function`` below `wantui.ui`."""
    group: str
    """Flows of one group that open something end each other before they have."""
    opens: bool = True
    """Whether what is typed behind it is kept until something is open."""
    is_exclusive: bool = True
    """Whether it ends what is under way in its group."""

    def begin(self, *given: object) -> Coroutine[Any, Any, None]:
        """Call it with a context, and what else it takes."""
        module, _, name = self.call.partition(":")
        found: Coroutine[Any, Any, None] = getattr(import_module(f"wantui.ui.{module}"), name)(*given)
        return found


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a person can ask for."""

    id: str
    """Stable: a keymap names it."""
    keys: str
    """Comma separated, as Textual names them; the first one is shown. Empty: only in the palette."""
    says: str
    """What it does, as a verb phrase, for help and palette."""
    does: str | Flow
    """Method of the pane, or ``screen.`` / ``app.`` and the method there; or the flow that begins."""
    place: Place
    short: str = ""
    """A word or two for the footer; empty keeps it out of there."""
    shown: str = ""
    """How the key is written; as Textual names it unless given."""

    @property
    def action(self) -> str:
        """What Textual runs."""
        return f"screen.begin('{self.id}')" if isinstance(self.does, Flow) else self.does

    @property
    def key(self) -> str:
        """The key as a person reads it."""
        return self.shown or self.keys.partition(",")[0]


_D, _P, _J, _L, _E, _X = (Place.DATASET, Place.PREVIEW, Place.JOBS, Place.LOG, Place.EDITOR, Place.EVERYWHERE)
_C = Place.CURVES

EDIT = Flow("captions.caption_flow:begin", "open caption")
"""A question that comes before the editor must not be answered by a caption that is typed."""
_FULL = Flow("captions.full_preview:open_full", "preview")
_GRID = Flow("captions.item_grid:show", "preview")
_SIDES = Flow("captions.side_by_side:open_side_by_side", "preview")

COMMANDS: tuple[Command, ...] = (
    Command("dataset.down", "j,down", "Go to the next item", "cursor_down", _D, shown="j"),
    Command("dataset.up", "k,up", "Go to the previous item", "cursor_up", _D, shown="k"),
    Command("dataset.page_down", "pagedown,ctrl+f", "Go down a page", "page_down", _D, shown="pgdn"),
    Command("dataset.page_up", "pageup,ctrl+b", "Go up a page", "page_up", _D, shown="pgup"),
    Command("dataset.half_down", "ctrl+d", "Go down half a page", "half_page(1)", _D),
    Command("dataset.half_up", "ctrl+u", "Go up half a page", "half_page(-1)", _D),
    Command("dataset.first", "g,home", "Go to the first item", "first", _D, shown="g"),
    Command("dataset.last", "G,end", "Go to the last item", "last", _D, shown="G"),
    Command("dataset.edit", "enter", "Edit the caption", EDIT, _D),
    Command("dataset.next_problem", "n", "Go to the next problem", "next_problem", _D, "next problem"),
    Command("dataset.previous_problem", "N", "Go to the previous problem", "previous_problem", _D),
    Command("dataset.filter", "slash", "Filter by words, name:, tag:, status:, tokens:>75 and more", "filter", _D,
            "filter", "/"),
    Command("dataset.mark", "space", "Mark the item and go to the next one", "mark", _D, "mark"),
    Command("dataset.mark_range", "v", "Mark all from the one marked last to this one", "mark_range", _D),
    Command("dataset.mark_all", "A", "Mark all that are shown, or none", "mark_all", _D),
    Command("dataset.invert_marks", "asterisk", "Mark those that are not marked", "invert_marks", _D, shown="*"),
    Command("dataset.sort", "s", "Choose how the items are sorted; the same again reverses", "sort", _D, "sort"),
    Command("dataset.jump", "apostrophe", "Jump to an item by the start of its name", "jump", _D, shown="'"),
    Command("dataset.clear_filter", "escape", "Show every item again", "clear_filter", _D, shown="esc"),
    Command("preview.edit", "enter", "Edit the caption", EDIT, _P),
    Command("preview.next", "j,down", "Go to the next item", "screen.step_item(1)", _P, "next", "j"),
    Command("preview.previous", "k,up", "Go to the previous item", "screen.step_item(-1)", _P, "previous", "k"),
    Command("preview.next_problem", "n", "Go to the next problem", "screen.step_problem(1)", _P, "next problem"),
    Command("preview.previous_problem", "N", "Go to the previous problem", "screen.step_problem(-1)", _P),
    Command("dataset.propose", "a", "Propose captions with a program, or review proposals",
            Flow("captions.proposal_flow:begin", "bench"), _D, "propose"),
    Command("dataset.tags", "T", "Show all tags with their counts: filter, mark, rename, remove",
            Flow("tags.flow:show", "bench"), _D, "tags"),
    Command("dataset.full", "V", "Show the item on the whole screen", _FULL, _D),
    Command("dataset.grid", "O", "Show the items as a grid of pictures", _GRID, _D, "grid"),
    Command("dataset.hold_out", "h", "Hold out the marked items, or this one: never trained on; or release them",
            Flow("dataset.holding_out_flow:toggle", "bench"), _D, "hold out"),
    Command("dataset.sides", "S", "Show the marked items side by side", _SIDES, _D),
    Command("dataset.copy", "y", "Copy the caption to the terminal's clipboard", "screen.copy_item('caption')", _D),
    Command("dataset.copy_path", "Y", "Copy the path of the image or clip", "screen.copy_item('path')", _D),
    Command("preview.copy", "y", "Copy the caption to the terminal's clipboard", "screen.copy_item('caption')", _P),
    Command("preview.copy_path", "Y", "Copy the path of the image or clip", "screen.copy_item('path')", _P),
    Command("preview.full", "V", "Show the item on the whole screen", _FULL, _P, "whole screen"),
    Command("preview.grid", "O", "Show the items as a grid of pictures", _GRID, _P, "grid"),
    Command("preview.sides", "S", "Show the marked items side by side", _SIDES, _P),
    Command("dataset.next_frame", "full_stop", "Go to the next frame of the clip", "screen.step_frames(1)", _D,
            shown="."),
    Command("dataset.previous_frame", "comma", "Go a frame back; from the first one to the clip as a whole",
            "screen.step_frames(-1)", _D, shown=","),
    Command("dataset.frames_on", "greater_than_sign", "Go on ten frames", "screen.step_frames(10)", _D, shown=">"),
    Command("dataset.frames_back", "less_than_sign", "Go back ten frames", "screen.step_frames(-10)", _D, shown="<"),
    Command("preview.next_frame", "full_stop", "Go to the next frame of the clip", "screen.step_frames(1)", _P,
            "frame", "."),
    Command("preview.previous_frame", "comma", "Go a frame back; from the first one to the clip as a whole",
            "screen.step_frames(-1)", _P, shown=","),
    Command("preview.frames_on", "greater_than_sign", "Go on ten frames", "screen.step_frames(10)", _P, shown=">"),
    Command("preview.frames_back", "less_than_sign", "Go back ten frames", "screen.step_frames(-10)", _P, shown="<"),
    Command("preview.play", "space", "Play the clip, or pause; an image on the whole screen: go to the next item",
            "screen.play_clip", _P, "play"),
    Command("dataset.crop", "C", "Show what the trainer cuts off", "screen.toggle_crop", _D),
    Command("preview.crop", "C", "Show what the trainer cuts off", "screen.toggle_crop", _P, "crop"),
    Command("jobs.down", "j,down", "Go to the next job", "cursor_down", _J, shown="j"),
    Command("jobs.up", "k,up", "Go to the previous job", "cursor_up", _J, shown="k"),
    Command("jobs.page_down", "pagedown,ctrl+f", "Go down a page", "page_down", _J, shown="pgdn"),
    Command("jobs.page_up", "pageup,ctrl+b", "Go up a page", "page_up", _J, shown="pgup"),
    Command("jobs.half_down", "ctrl+d", "Go down half a page", "half_page(1)", _J),
    Command("jobs.half_up", "ctrl+u", "Go up half a page", "half_page(-1)", _J),
    Command("jobs.turn", "space", "Unfold the run to its jobs, or fold it", "turn", _J, "unfold"),
    Command("jobs.unfold", "right", "Show the jobs of the run", "turn('open')", _J),
    Command("jobs.fold", "left", "Show the run as one line", "turn('close')", _J),
    Command("jobs.first", "g,home", "Go to the newest job", "first", _J, shown="g"),
    Command("jobs.last", "G,end", "Go to the oldest job", "last", _J, shown="G"),
    Command("jobs.details", "enter", "Show what came of the job, its files and its command line",
            Flow("runs.job_flow:show_job", "jobs"), _J,
            "details"),
    Command("jobs.story", "i", "Show what came of the run: checkpoints, files, settings, items",
            Flow("run_view.flow:show", "jobs"), _J, "run details"),
    Command("jobs.compare", "d", "Compare the run with another one", Flow("run_view.flow:compare", "jobs"), _J,
            "compare"),
    Command("jobs.resume", "C", "Resume: go on from the last state, or train more epochs",
            Flow("runs.job_flow:resume", "jobs"), _J, "resume"),
    Command("jobs.copy", "n", "Fill the run form from this run, for another like it",
            Flow("runs.job_flow:copy", "jobs"), _J, "clone"),
    Command("jobs.copy_command", "y", "Copy the command line of the job to the terminal's clipboard",
            "copy_job('command')", _J),
    Command("jobs.copy_paths", "Y", "Copy the paths of what the job has saved", "copy_job('paths')", _J),
    Command("jobs.samples", "s", "Show the pictures that pairs of the run's checkpoints have made",
            Flow("samples.flow:show", "jobs"), _J, "pictures"),
    Command("jobs.release", "M", "Make a release of the run: both LoRA files, model card, hashes; prune checkpoints",
            Flow("releases.flow:show", "jobs"), _J, "release"),
    Command("jobs.checkpoints", "a", "Show the run's checkpoints: epochs, losses, sizes; the metadata of one file",
            Flow("checkpoints.flow:show", "jobs"), _J, "checkpoints"),
    Command("jobs.average", "A", "Average checkpoints of the run into one LoRA file (post-hoc EMA)",
            Flow("checkpoints.flow:average", "jobs"), _J),
    Command("jobs.report", "P", "Write the report of the run: a page with its curves, costs and events",
            Flow("runs.report_flow:write", "jobs", opens=False), _J),
    Command("log.down", "j,down", "Go down a line", "line_down", _L, shown="j"),
    Command("log.up", "k,up", "Go up a line", "line_up", _L, shown="k"),
    Command("log.page_down", "pagedown,ctrl+f,space", "Go down a page", "page(1)", _L, shown="pgdn"),
    Command("log.page_up", "pageup,ctrl+b", "Go up a page", "page(-1)", _L, shown="pgup"),
    Command("log.half_down", "ctrl+d", "Go down half a page", "page(0.5)", _L),
    Command("log.half_up", "ctrl+u", "Go up half a page", "page(-0.5)", _L),
    Command("log.first", "g,home", "Go to the first line", "first", _L, shown="g"),
    Command("log.last", "G,end,F", "Go to the last line and follow", "last", _L, shown="G"),
    Command("log.go_to", "colon", "Go to a line by its number, or as in 50%", "go_to", _L, shown=":"),
    Command("log.right", "right", "Show what is right of the edge", "across(1)", _L),
    Command("log.left", "left", "Go back to the left", "across(-1)", _L),
    Command("log.wrap", "W", "Wrap long lines, or cut them at the edge", "wrap", _L),
    Command("log.times", "T", "Show when lines were written, where the history knows", "times", _L, "times"),
    Command("log.whole_run", "a", "Show every job of the run as one log, or only this job", "whole_run", _L,
            "whole run"),
    Command("log.search", "slash", "Search by a regular expression; capitals count where one is typed", "search",
            _L, "search", "/"),
    Command("log.only", "ampersand", "Show only lines that have an expression, as loss & !nan; none: all of them",
            "only", _L, shown="&"),
    Command("log.next_match", "n", "Go to the next match", "next_match", _L, "next match"),
    Command("log.previous_match", "N", "Go to the previous match", "previous_match", _L),
    Command("log.next_problem", "right_square_bracket", "Go to the next error or warning", "next_problem(1)", _L,
            "next error", "]"),
    Command("log.previous_problem", "left_square_bracket", "Go to the previous error or warning",
            "next_problem(-1)", _L, shown="["),
    Command("log.next_milestone", "right_curly_bracket", "Go to the next epoch, checkpoint or attempt",
            "next_milestone(1)", _L, shown="}"),
    Command("log.previous_milestone", "left_curly_bracket", "Go to the previous epoch, checkpoint or attempt",
            "next_milestone(-1)", _L, shown="{"),
    Command("log.mark", "v", "Mark lines from here on, or none; the keys that move go to the other end", "mark", _L),
    Command("log.copy", "y", "Copy what is marked, or the line that was found, or the last one in sight",
            "copy_line", _L),
    Command("log.clear_search", "escape", "Leave the marks, the search, or the log of l", "clear_search", _L,
            shown="esc"),
    Command("editor.save", "ctrl+s", "Save the caption", "save", _E, "save"),
    Command("editor.next", "ctrl+n", "Save, and edit the next caption", "save_and_step(1)", _E, "save, next"),
    Command("editor.previous", "ctrl+p", "Save, and edit the previous caption", "save_and_step(-1)", _E,
            "save, previous"),
    Command("editor.complete", "tab", "Take the first proposal for what is being typed", "complete", _E),
    Command("editor.revert", "f2", "Discard the edit and reload the file", "revert", _E, "revert"),
    Command("editor.leave", "escape", "Leave without saving", "leave", _E, "leave", "esc"),
    Command("curves.shown", "tab,m", "Show loss, learning rate or gradient norm", "shown(1)", _C, "loss, rate, norm"),
    Command("curves.shown_before", "shift+tab,M", "The same the other way round", "shown(-1)", _C),
    Command("curves.axis", "x", "Go over steps, epochs or time", "axis", _C, "axis"),
    Command("curves.log", "y", "Draw on a logarithmic scale, or a plain one", "log_scale", _C, "log"),
    Command("curves.in", "plus,equals_sign,i", "Zoom in, around the cursor", "zoom_by(1)", _C, "in", "+"),
    Command("curves.out", "minus,underscore", "Zoom out", "zoom_by(-1)", _C, "out", "-"),
    Command("curves.all", "0", "Show everything, and follow what comes", "show_all", _C, "all"),
    Command("curves.pan_left", "h", "Move to the left, or to the right", "pan(-1)", _C, "pan", "h l"),
    Command("curves.pan_right", "l", "Move to the right", "pan(1)", _C),
    Command("curves.right", "right", "Move the cursor to the right", "cursor(1)", _C),
    Command("curves.left", "left", "Move the cursor, which tells what each curve is worth", "cursor(-1)", _C,
            "cursor", "arrows"),
    Command("curves.far_right", "shift+right,L", "Move the cursor far to the right", "cursor(10)", _C),
    Command("curves.far_left", "shift+left,H", "Move the cursor far to the left", "cursor(-10)", _C),
    Command("curves.first", "g,home", "Move the cursor to the first step", "cursor_to(-1)", _C),
    Command("curves.last", "G,end", "Move the cursor to the latest step", "cursor_to(1)", _C),
    Command("curves.next_mark", "n", "Move the cursor to the next checkpoint, attempt or missing number", "mark(1)",
            _C, "mark"),
    Command("curves.previous_mark", "N", "Move the cursor to the mark before", "mark(-1)", _C),
    Command("curves.no_cursor", "c", "Take the cursor away", "no_cursor", _C),
    Command("curves.dots", "d", "Draw single steps, or only curves", "dots", _C, "dots"),
    Command("curves.others", "o", "Overlay other runs", "others", _C, "other runs"),
    Command("curves.help", "question_mark,f1", "Show the keys of this place", "help", _C, "help", "?"),
    Command("curves.back", "escape,q,v", "Go back", "back", _C, "back", "esc"),
    Command("edit", "e", "Edit the caption of the item", EDIT, _X, "edit"),
    Command("edit_outside", "E", "Edit the caption in $EDITOR",
            Flow("captions.caption_flow:edit_outside", "open caption", opens=False), _X),
    Command("bulk", "b", "Change the captions of the marked items, or of all shown",
            Flow("captions.bulk_flow:begin", "bench"), _X, "bulk"),
    Command("problems", "p", "Show all problems, and fix them",
            Flow("dataset.problem_flow:show", "bench"), _X, "problems"),
    Command("undo", "u", "Undo the last change",
            Flow("changes.flow:undo", "undo", opens=False, is_exclusive=False), _X, "undo"),
    Command("redo", "ctrl+r", "Redo what was undone",
            Flow("changes.flow:redo", "redo", opens=False, is_exclusive=False), _X),
    Command("history", "H", "Show what has been changed", Flow("changes.flow:show_steps", "bench"), _X),
    Command("remove", "d", "Move the marked items, or this one, to the trash",
            Flow("dataset.trash_flow:remove", "bench"), _X),
    Command("restore", "D", "Bring items back from the trash", Flow("dataset.trash_flow:restore", "bench"), _X),
    Command("cache", "c", "Encode what is stale or missing in the caches",
            Flow("runs.job_flow:cache", "jobs", opens=False), _X, "cache"),
    Command("train", "t", "Train: open the run form", Flow("runs.job_flow:train", "jobs"), _X, "train"),
    Command("stop", "x", "Stop the job", Flow("runs.job_flow:stop", "jobs"), _X, "stop"),
    Command("retry", "r", "Retry the job from the beginning",
            Flow("runs.job_flow:retry", "jobs", opens=False), _X, "retry"),
    Command("queue", "Q", "Show the queue: what waits, in which order, and until when",
            Flow("queue.flow:show", "jobs"), _X, "queue"),
    Command("events", "exclamation_mark", "Show what has happened, and what can be done about it",
            Flow("events.flow:show", "jobs"), _X, "events", "!"),
    Command("log", "l", "Show the log of the job on the whole screen", "screen.show_log", _X, "log"),
    Command("curves", "L,v", "Show the curves of the run: loss, learning rate, gradient norm",
            Flow("curves.flow:show", "jobs"), _X, "curves"),
    Command("follow", "f", "Follow the log, or stop following it", "screen.follow_log", _X, "follow"),
    Command("import", "I", "Import images, clips and captions from elsewhere",
            Flow("dataset.import_flow:begin", "bench"), _X),
    Command("settings", "o", "Change the dataset's settings, or create them",
            Flow("dataset.dataset_flow:begin", "bench"), _X, "settings"),
    Command("first_steps", "0", "Show the first steps: set up, dataset, train; and the demo",
            Flow("start.flow:show", "start"), _X),
    Command("setup", "U", "Set up this machine: trainer, environment, weights",
            Flow("machine.setup_flow:set_up", "jobs"), _X),
    Command("doctor", "K", "Check this machine for problems (doctor)",
            Flow("machine.setup_flow:ask_doctor", "jobs"), _X),
    Command("watch", "w", "Pause or resume encoding edits by themselves",
            Flow("runs.job_flow:toggle_watching", "watching", opens=False), _X, "watch"),
    Command("read_again", "R,f5", "Read dataset and caches again", "screen.read_again", _X, shown="R"),
    Command("draw_again", "ctrl+l", "Draw the screen again, where another program has written over it",
            "app.draw_again", _X),
    Command("pane.dataset", "1", "Go to the dataset", "screen.go('dataset')", _X),
    Command("pane.preview", "2", "Go to the preview", "screen.go('preview')", _X),
    Command("pane.gpus", "3", "Go to GPUs and loss", "screen.go('gpus')", _X),
    Command("pane.jobs", "4", "Go to the jobs", "screen.go('jobs')", _X),
    Command("pane.log", "5", "Go to the log", "screen.go('log')", _X),
    Command("pane.next", "tab", "Go to the next pane", "screen.next_pane(1)", _X, "pane"),
    Command("pane.previous", "shift+tab", "Go to the previous pane", "screen.next_pane(-1)", _X),
    Command("suspend", "ctrl+z", "Suspend: back to the shell, where fg comes back here", "app.suspend_process", _X),
    Command("zoom", "z", "Give the pane the whole screen, or take it back", "screen.zoom", _X, "zoom"),
    Command("raise", "Z", "Raise jobs, log and curves over the dataset for the night, or lower them",
            "screen.raise", _X, "raise"),
    Command("theme", "ctrl+t", "Choose the theme: dark, light and others", "app.change_theme", _X),
    Command("theme.other", "", "Change between dark and light", "app.other_theme", _X),
    Command("palette", "ctrl+p", "Find any command by its name", "app.command_palette", _X, "commands"),
    Command("help", "question_mark,f1", "Show the keys of this place", "screen.help", _X, "help", "?"),
    Command("leave", "q,ctrl+q,ctrl+c", "Leave; jobs go on", Flow("work.leave_flow:leave", "leave"), _X, "leave"),
)  # fmt: skip

BY_ID = {command.id: command for command in COMMANDS}


FOOTER: dict[Place, tuple[str, ...]] = {
    Place.DATASET: (
        "edit",
        "train",
        "cache",
        "dataset.filter",
        "dataset.mark",
        "bulk",
        "problems",
        "dataset.next_problem",
        "stop",
        "follow",
    ),
    Place.PREVIEW: (
        "edit",
        "train",
        "cache",
        "preview.next",
        "preview.next_problem",
        "preview.crop",
        "preview.full",
        "preview.play",
        "stop",
        "follow",
    ),
    Place.GPUS: ("train", "stop", "curves", "cache", "follow", "raise"),
    Place.JOBS: (
        "train",
        "stop",
        "jobs.resume",
        "retry",
        "log",
        "curves",
        "queue",
        "jobs.story",
        "jobs.copy",
        "jobs.compare",
        "jobs.details",
        "jobs.turn",
        "raise",
        "cache",
        "follow",
    ),
    Place.LOG: (
        "follow",
        "log.search",
        "train",
        "log.next_match",
        "log",
        "log.whole_run",
        "log.times",
        "curves",
        "stop",
        "raise",
    ),
    Place.CURVES: (
        "curves.shown",
        "curves.axis",
        "curves.in",
        "curves.out",
        "curves.all",
        "curves.pan_left",
        "curves.left",
        "curves.others",
        "curves.log",
        "curves.next_mark",
        "curves.dots",
    ),
    Place.EDITOR: ("editor.save", "editor.next", "editor.previous", "editor.leave", "editor.revert"),
}
"""What the bottom line shows, the most wanted first; what there is no room for falls off the end."""
FOOTER_MORE = ("events", "watch", "zoom", "pane.next", "palette")
FOOTER_LAST = ("help", "leave")
"""These stay when there is little room."""
FOOTER_OWN_LAST: dict[Place, tuple[str, ...]] = {Place.EDITOR: (), Place.CURVES: ("curves.help", "curves.back")}
"""The same where the keys of the panes are not given."""


def commands_at(place: Place) -> tuple[Command, ...]:
    """The commands of one place alone."""
    return tuple(command for command in COMMANDS if command.place is place)


FOOTER_KEPT: dict[Place, str] = {Place.JOBS: "log"}
"""The last command of a place for which the names of the other panes make room; where nothing is said, ``train``."""
