"""Addresses of ``[notify]``: which can be used, and that nothing secret of them is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wantui.config import ConfigError, effective
from wantui.config.addresses import addresses, masked, without_secrets
from wantui.config.load import parse
from wantui.config.schema import NOTIFY_ON

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # noqa: S105  made up


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ntfys://ntfy.sh/my-secret-topic", "ntfys://ntfy.sh/..."),
        ("ntfy://my-secret-topic", "ntfy://..."),
        ("mailto://me:password@gmail.com", "mailto://gmail.com/..."),
        ("json://127.0.0.1:8080/hook?key=x", "json://127.0.0.1/..."),
        ("jsons://localhost/hook", "jsons://localhost/..."),
        ("https://discord.com/api/webhooks/12/abc", "https://discord.com/..."),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord://..."),
        (f"tgram://{TOKEN}/123", "tgram://..."),
        ("sendgrid://SG.abc.def:me@example.org", "sendgrid://..."),
        ("json://[broken", "json://..."),
    ],
)
def test_what_is_shown_of_an_address(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_what_is_said_about_an_address_has_no_piece_of_it() -> None:
    said = f"POST https://api.telegram.org/bot{TOKEN} failed for chat 98765; 110201543 is not known"
    assert without_secrets(said, f"tgram://{TOKEN}/98765") == (
        "POST https://api.telegram.org/bot... failed for chat ...; ... is not known"
    )
    assert without_secrets("cannot reach ntfy.sh (topic a b)", "ntfys://ntfy.sh/a%20b") == (
        "cannot reach ntfy.sh (topic a b)"  # three characters are no secret
    )
    assert "pass word" not in without_secrets("bad pass word", "mailto://me:pass%20word@gmail.com")


def test_they_are_read_and_never_shown(tmp_path: Path) -> None:
    text = f'[notify]\nurls = ["tgram://{TOKEN}/1"]\nurls_file = "more.txt"\non = ["failed", "gpu"]\n'
    config = parse(tmp_path / "wantui.toml", text)
    assert config.notify.urls == (f"tgram://{TOKEN}/1",)
    assert config.notify.urls_file == tmp_path / "more.txt"
    assert config.notify.on == ("failed", "gpu")
    values = {each.key: each.value for each in effective(config)}
    assert values["notify.urls"] == ("tgram://...",)
    assert "AAHdq" not in f"{config!r} {values!r}"
    assert parse(tmp_path / "wantui.toml", "").notify.on == NOTIFY_ON


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f'urls = ["{TOKEN}"]', "notify.urls = (not shown) is not allowed; allowed: a list of addresses"),
        (f'urls = "tgram://{TOKEN}"', "notify.urls = (not shown) is not allowed"),
        ('on = ["failed", "never"]', 'allowed: a list of "failed" or "finished"'),
        ('on = ["failed", "failed"]', "each once"),
        ("on = true", "notify.on = true is not allowed"),
        ('url = "x"', "did you mean notify.urls?"),
    ],
)
def test_what_is_refused(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(tmp_path / "wantui.toml", f"[notify]\n{line}\n")
    assert f"{tmp_path / 'wantui.toml'}:2: " in str(raised.value)
    assert said in str(raised.value)
    assert "AAHdq" not in str(raised.value)


def test_a_file_of_addresses(tmp_path: Path) -> None:
    file = tmp_path / "more.txt"
    with pytest.raises(ConfigError, match=r"more\.txt: cannot be read"):
        addresses((), file)
    file.write_text("# mine\n\njson://a.example/1\n  ntfy://topic  \njson://a.example/1\n")
    assert addresses(("ntfy://topic",), file) == ("ntfy://topic", "json://a.example/1")
    file.write_text(f"json://a.example/1\n{TOKEN}\n")
    with pytest.raises(ConfigError, match=r"more\.txt:2: is no address") as raised:
        addresses((), file)
    assert "AAHdq" not in str(raised.value)
