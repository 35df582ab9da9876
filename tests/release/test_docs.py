"""The documentation as a site: a release stands beside those before it, and a reader chooses among them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rtlakehouse.environment import child_environment

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, within: Path) -> str:
    who = {f"GIT_{role}_{what}": "docs@shop.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(command, cwd=within, env=child_environment() | who, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.timeout(600)
def test_releases_are_kept_beside_each_other_and_the_newest_is_what_is_found_first(tmp_path: Path) -> None:
    run("git", "clone", "--quiet", ROOT, tmp_path / "sources", within=tmp_path)
    sources = tmp_path / "sources"
    release = sources / "pyproject.toml"
    for version in ("1.4.0", "1.5.0", "1.5.1"):
        text = release.read_text("utf-8")
        release.write_text(re.sub(r'^version = ".*"', f'version = "{version}"', text, count=1, flags=re.MULTILINE), "utf-8")
        run("make", "docs-release", f"BIN={Path(sys.executable).parent}", "RUNTIME=", within=sources)
    said = json.loads(run("git", "show", "gh-pages:versions.json", within=sources))
    assert [(found["version"], found["aliases"]) for found in said] == [("1.5", ["latest"]), ("1.4", [])]
    for page in ("1.4/semantics/index.html", "1.5/semantics/index.html"):
        assert "<h1" in run("git", "show", f"gh-pages:{page}", within=sources)
    assert "latest/" in run("git", "show", "gh-pages:index.html", within=sources)
