"""What every verb pays for: the parser, and the modules that its table of verbs imports."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "wantui.demo.pictures", "wantui.doctor.examine", "wantui.journal.journal", "wantui.runs.run_report",
    "wantui.runs.plan", "wantui.setup.plan", "tomlkit", "psutil", "PIL", "textual",
)  # fmt: skip
"""What few verbs need; each imports it when it is given."""


def test_the_parser_imports_nothing_that_few_verbs_need() -> None:
    code = f"import sys; from wantui.cli import parser; parser.build(); print({{*{HEAVY!r}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
