"""docs/walk.md is walked: its commands run as they stand there, and answer what it says they answer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from e2e.stack import Stack
from faults.programs import Programs
from integration.installed import RTL
from markdown import blocks, pages

PAGE = pages()[Path("docs/walk.md")]
SETUP, *STEPS = blocks(PAGE, "bash")
ANSWERS = blocks(PAGE, "")
STEP = "-- step --"
# What is another one in each run: times, the number of a repair, and of a key.
OF_THE_RUN = re.compile(r"2026-11-26T[0-9:.]+Z|c4577798ed4d|5a4qucxe")


def pieces_of(answer: str) -> list[re.Pattern[str]]:
    """What stands between the marks where the page leaves something out."""
    whole = "".join(line.strip() for line in answer.splitlines())
    pieces = (piece.strip() for piece in whole.split("…"))
    return [re.compile(r"[\w:.-]+".join(map(re.escape, OF_THE_RUN.split(piece)))) for piece in pieces if piece]


def test_a_page_without_its_answers_would_be_noticed() -> None:
    assert len(STEPS) == len(ANSWERS) == 10
    (found,) = pieces_of('{"window":"2026-11-26T15:57:00Z"}')
    assert found.search('{"window":"2027-01-01T00:00:00Z"}')
    assert not found.search('{"other":"2027-01-01T00:00:00Z"}')


def test_each_step_answers_what_the_page_says(programs: Programs, root: Path, tmp_path: Path) -> None:
    stack = Stack.start(programs, root)
    script = f"\necho '{STEP}'\n".join(["set -euo pipefail", SETUP, *STEPS])
    script = script.replace("http://127.0.0.1:8000", stack.address).replace(".venv/bin/rtl", str(RTL))
    script = script.replace("--lake walk", f"--lake {root}")
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _, _, *said = done.stdout.split(f"{STEP}\n")
    for step, (answer, found) in enumerate(zip(ANSWERS, said, strict=True), 1):
        at = 0
        for piece in pieces_of(answer):
            match = piece.search(found.replace("\n", ""), at)
            assert match, f"step {step} does not say {piece.pattern}, but\n{found}"
            at = match.end()
