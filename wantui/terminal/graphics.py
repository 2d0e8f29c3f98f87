"""How pictures are shown on this terminal: the protocol, chosen from what is known rather than hoped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wantui.terminal.block_characters import QUADRANT_ROWS, SEXTANT_ROWS, rows_drawn_by_all
from wantui.terminal.characters import encoding_of

if TYPE_CHECKING:
    from wantui.terminal.capability_query import Answers
    from wantui.terminal.tmux import TmuxClient

HALF_CELL = (1, 2)
"""Two pixels above each other."""
USUAL_CELL = (10, 20)
"""Pixels of a cell where the terminal does not tell: only the shape counts."""


class Protocol(StrEnum):
    """How pixels reach the terminal."""

    HALFCELL = "halfcell"
    """As characters; every terminal can."""
    QUADRANT = "quadrant"
    """As characters that split a cell into 2x2 pixels of two colours."""
    SEXTANT = "sextant"
    """The same with 2x3 pixels: characters that few fonts have, and some terminals draw themselves."""
    SIXEL = "sixel"
    KITTY = "kitty"
    """kitty's protocol with placeholder characters, which move and are covered as text is."""
    OFF = "off"


TEXT_CELLS = {
    Protocol.HALFCELL: HALF_CELL,
    Protocol.QUADRANT: (2, QUADRANT_ROWS),
    Protocol.SEXTANT: (2, SEXTANT_ROWS),
    Protocol.OFF: HALF_CELL,
}
"""Pixels across and down in a cell where no pixel is sent as one."""


@dataclass(frozen=True, slots=True)
class TerminalGraphics:
    """How pictures are shown."""

    protocol: Protocol
    cell: tuple[int, int] = HALF_CELL
    """Width and height of a cell in the pixels that are sent."""
    is_in_tmux: bool = False
    """Whether what is meant for the terminal has to be passed through tmux."""
    why: str = ""
    """What decided it."""
    cure: str | None = None
    """What would make more of this terminal, as an imperative sentence; None where nothing is known to."""

    @property
    def split(self) -> tuple[int, int] | None:
        """Pixels across and down in a cell that only two colours share; None where each has a colour of its own."""
        return self.cell if self.protocol in (Protocol.QUADRANT, Protocol.SEXTANT) else None


def has_true_colour(environment: dict[str, str]) -> bool:
    """Whether the terminal says that it shows all colours."""
    return environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")


def choose(
    setting: str, answers: Answers, tmux: TmuxClient | None, *, has_true_colour: bool, encoding: str | None = None
) -> TerminalGraphics:
    """The protocol to use.

    Args:
        setting: ``auto``, or a protocol that a person insists on.
        answers: what the terminal has answered.
        tmux: what shows the pane; None outside of tmux.
        has_true_colour: whether all colours are sent; kitty's placeholders tell the picture by their colour.
        encoding: of characters, by Python's name for it; this process's unless given.
    """
    encoding = encoding_of() if encoding is None else encoding
    cell = (tmux.cell if tmux is not None else None) or answers.cell
    if setting in tuple(Protocol):
        protocol, why = Protocol(setting), "set"
    else:
        protocol, why = _best(answers, tmux, has_true_colour=has_true_colour, is_cell_known=cell is not None)
    if protocol in (Protocol.QUADRANT, Protocol.SEXTANT) and encoding != "utf-8":
        protocol, why = Protocol.HALFCELL, f"{why}, but {protocol}s need UTF-8"
    if protocol in TEXT_CELLS:
        cure = tmux.cure if tmux is not None and setting == "auto" else None
        return TerminalGraphics(protocol, TEXT_CELLS[protocol], tmux is not None, why, cure)
    return TerminalGraphics(protocol, cell or USUAL_CELL, tmux is not None, why)


def _best(
    answers: Answers, tmux: TmuxClient | None, *, has_true_colour: bool, is_cell_known: bool
) -> tuple[Protocol, str]:
    """The best protocol that is sure to work, and why."""
    who, told = ("the terminal", answers) if tmux is None else ("tmux's client", tmux)
    if told.has_kitty and has_true_colour:
        return Protocol.KITTY, f"{who} can"
    if told.has_sixel and is_cell_known:
        return Protocol.SIXEL, f"{who} can"
    rows = rows_drawn_by_all(told.names)
    drawn = f"{' and '.join(dict.fromkeys(told.names))} draws them"
    if rows == SEXTANT_ROWS and (tmux is None or tmux.has_sextants):
        return Protocol.SEXTANT, drawn
    if rows >= QUADRANT_ROWS:
        return Protocol.QUADRANT, drawn
    return Protocol.HALFCELL, f"{who} tells of nothing more"
