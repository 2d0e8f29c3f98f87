"""A hook under test: answers `go`, after an end with the exit code 0 or before a start, and can be told to misbehave.

Arguments: GROUND [PLANNED ...] -- and what the supervisor adds. GROUND/hook holds one of: hang, break, later.
"""

import json
import os
import sys
import time
from pathlib import Path

ground = sys.argv[1]
split = sys.argv.index("--")
planned, options = sys.argv[2:split], sys.argv[split + 1 :]


def told() -> str:
    try:
        return Path(f"{ground}/gate").read_text()
    except FileNotFoundError:
        return ""


while told() == "hang" and os.getppid() != 1:
    time.sleep(0.05)
if told() == "later":
    sys.exit(75)
if told() == "break":
    sys.exit("broken on purpose")
code = next((int(option.partition("=")[2]) for option in options if option.startswith("--exit-code=")), 0)
answer: dict[str, object] = {"decision": "go"}
if code != 0:
    answer = {"decision": "fail", "reason": f"it ended with {code}"}
for option in options:
    if option.startswith("--lost="):
        answer = {"decision": "fail", "reason": option.partition("=")[2]}
if "--gpu" in options:
    answer["argv"] = [*planned, json.loads(options[options.index("--gpu") + 1])["uuid"]]
print(json.dumps(answer))
