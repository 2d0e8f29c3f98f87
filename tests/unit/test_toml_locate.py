"""The locator of keys, against documents written with their lines known."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wantui.toml_positions import KeyPath, locate


def lines_of(text: str) -> dict[KeyPath, int]:
    text = dedent(text)
    tomllib.loads(text)
    return locate(text)


def test_an_empty_document_has_no_lines() -> None:
    assert locate("") == {}
    assert locate("\n# [run]\n\n") == {}


def test_keys_of_sections() -> None:
    assert lines_of("""\
        first = 1

        [run]  # [gpus]
        epochs = 3
        [training.high]
        network_dim=32""") == {
        ("first",): 1,
        ("run",): 3,
        ("run", "epochs"): 4,
        ("training",): 5,
        ("training", "high"): 5,
        ("training", "high", "network_dim"): 6,
    }


def test_arrays_of_tables_count_from_zero() -> None:
    lines = lines_of("""\
        [[datasets]]
        batch_size = 1
        [datasets.extra]
        deep = 1
        [[datasets]]
        batch_size = 2
        [[datasets.parts]]
        a = 1
        [[datasets.parts]]
        a = 2
        """)
    assert lines["datasets", 0, "batch_size"] == 2
    assert lines["datasets", 0, "extra", "deep"] == 4
    assert lines["datasets", 1] == 5
    assert lines["datasets", 1, "batch_size"] == 6
    assert lines["datasets", 1, "parts", 0, "a"] == 8
    assert lines["datasets", 1, "parts", 1, "a"] == 10


def test_dotted_and_quoted_keys() -> None:
    lines = lines_of(r"""
        a . "b.c" . 'd e' = 1
        "\u00e9" = 2
        ["x = [y]"."#"]
        "" = 3
        """)
    assert lines["a", "b.c", "d e"] == 2
    assert lines["é",] == 3
    assert lines["x = [y]", "#", ""] == 5


def test_inline_tables_and_arrays() -> None:
    lines = lines_of("""\
        env = { HF_HOME = "/data/hf", "A.B" = "}", c.d = [1, 2] }
        use = [
            # ] not the end
            0,  # ]
            { x = 1 },
            [ "]",
              '''
        ]''', 7 ],
        ]
        next = 1
        """)
    assert lines["env", "A.B"] == 1
    assert lines["env", "c", "d", 1] == 1
    assert lines["use", 0] == 4
    assert lines["use", 1, "x"] == 5
    assert lines["use", 2, 1] == 7
    assert lines["use", 2, 2] == 8
    assert lines["next",] == 10


@pytest.mark.parametrize(
    "decoy",
    [
        '"""\n[fake]\nkey = 1\n"""',
        '"""\\\\"""',
        '"""a\\"""b"""',
        '"""two at the end"""""',
        '""""one at the start"""',
        "'''\n[fake]\n\\'''",
        "'''it''s'''''",
        "'\\'",
        '"\\""',
        '"# no comment"',
        '""',
        "''",
        '""""""',
        "1979-05-27 07:32:00",
        "+inf  # [x]",
        "[ [], [ {} ] ]",
    ],
)
def test_values_that_fool_patterns(decoy: str) -> None:
    text = f"before = 1\ndecoy = {decoy}\nafter = 2\n"
    lines = {place: line for place, line in lines_of(text).items() if len(place) == 1}
    assert lines == {("before",): 1, ("decoy",): 2, ("after",): 3 + decoy.count("\n")}


@dataclass
class Writer:
    """Writes a document and keeps the line of whatever it names."""

    text: str = ""
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def write(self, text: str) -> None:
        self.text += text

    def note(self, place: KeyPath) -> None:
        self.lines.setdefault(place, self.text.count("\n") + 1)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", min_codepoint=32), max_size=6)
STRINGS = st.text(st.sampled_from("ab \"'#[]{}=,\n\\."), max_size=12)


def quoted(text: str) -> str:
    """As a basic string on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@st.composite
def written_key(draw: st.DrawFn, name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    forms = [quoted(name)] + [name] * plain + [f"'{name}'"] * ("'" not in name)
    return draw(st.sampled_from(forms))


@st.composite
def written_string(draw: st.DrawFn) -> str:
    text = draw(STRINGS)
    forms = [quoted(text), '"""' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""']
    if "'" not in text:
        forms.append(f"'''{text}'''")
    return draw(st.sampled_from(forms))


def write_value(draw: st.DrawFn, writer: Writer, place: KeyPath, depth: int) -> None:
    kinds = ["string", "number"] + ["array", "table"] * (depth < 3)
    match draw(st.sampled_from(kinds)):
        case "string":
            writer.write(draw(written_string()))
        case "number":
            writer.write(draw(st.sampled_from(["1", "-2.5e3", "true", "0xff", "1979-05-27T07:32:00Z", "nan"])))
        case "array":
            write_array(draw, writer, place, depth)
        case _:
            writer.write("{ ")
            for position, name in enumerate(draw(st.lists(NAMES, max_size=3, unique=True))):
                writer.write(", " * (position > 0))
                write_pair(draw, writer, place, name, depth + 1)
            writer.write(" }")


def write_array(draw: st.DrawFn, writer: Writer, place: KeyPath, depth: int) -> None:
    writer.write("[")
    for position in range(draw(st.integers(0, 3))):
        writer.write(draw(st.sampled_from(["", " ", "\n", "\n# ], \" '''\n\t"])))
        writer.note((*place, position))
        write_value(draw, writer, (*place, position), depth + 1)
        writer.write(draw(st.sampled_from([",", " ,", "\n,", " # }\n,"])))
    writer.write(draw(st.sampled_from(["]", " ]", "\n]"])))


def write_pair(draw: st.DrawFn, writer: Writer, table: KeyPath, name: str, depth: int) -> None:
    writer.note((*table, name))
    writer.write(draw(written_key(name)))
    place: KeyPath = (*table, name)
    if draw(st.booleans()):
        rest = draw(NAMES)
        writer.note((*place, rest))
        writer.write(draw(st.sampled_from([".", " . "])) + draw(written_key(rest)))
        place = (*place, rest)
    writer.write(draw(st.sampled_from([" = ", "=", "\t=  "])))
    write_value(draw, writer, place, depth)


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    """A document of keys, sections and arrays of tables, with blank lines and comments between."""
    writer = Writer()
    between = st.sampled_from(["", "\n", "# [x]\n", "# a = 'b\n\n", '  # """\n'])
    names = draw(st.lists(NAMES, max_size=8, unique=True))
    top = draw(st.integers(0, len(names)))
    for name in names[:top]:
        writer.write(draw(between))
        write_pair(draw, writer, (), name, 0)
        writer.write(draw(st.sampled_from(["\n", "  # = \n"])))
    for name in names[top:]:
        sections = draw(st.integers(0, 3))
        for place, header in (
            [((name,), "[{}]")] if sections == 0 else [((name, n), "[[{}]]") for n in range(sections)]
        ):
            writer.write(draw(between))
            writer.note((name,))
            writer.note(place)
            writer.write(header.format(draw(st.sampled_from(["", " "])) + draw(written_key(name))) + "\n")
            for key in draw(st.lists(NAMES, max_size=3, unique=True)):
                writer.write(draw(between))
                write_pair(draw, writer, place, key, 0)
                writer.write("\n")
    return writer


@given(documents())
def test_every_line_is_found(document: Writer) -> None:
    assert places(tomllib.loads(document.text)) == set(document.lines), "the writer must know what it wrote"
    assert locate(document.text) == document.lines


def places(value: Any, place: KeyPath = ()) -> set[KeyPath]:
    """Every place in what `tomllib` read."""
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = dict(enumerate(value)).items()
    else:
        return set()
    return {(*place, key) for key, _ in inside} | {
        deeper for key, content in inside for deeper in places(content, (*place, key))
    }
