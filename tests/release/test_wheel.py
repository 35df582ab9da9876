"""The package as users install it: in an empty environment, with the dashboard inside."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from faults.programs import ForkServer, Programs, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rtl(tmp_path: Path) -> Path:
    """The program of the wheel, in an environment that had nothing."""
    subprocess.run([sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "empty"], check=True)
    subprocess.run([tmp_path / "empty/bin/pip", "install", "--quiet", wheel], check=True)
    return tmp_path / "empty/bin/rtl"


@pytest.fixture
def programs(fork_server: ForkServer, tmp_path: Path) -> Iterator[Programs]:
    (folder := tmp_path / "elsewhere").mkdir()
    found = Programs(folder, fork_server)
    yield found
    found.end()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_wheel_in_an_empty_environment_serves_the_dashboard_and_says_what_is_left_out(
    rtl: Path, programs: Programs, tmp_path: Path
) -> None:
    up = programs.adopt([str(rtl), "up", "--port", "0", "--no-simulator"], tmp_path / "lake")
    until(lambda: not up.running or "Stop       Ctrl-C" in up.printed, "it prints no addresses", 300)
    (address,) = re.findall(r"Dashboard +(http://\S+)/", up.printed)
    page = httpx.get(address, timeout=60, trust_env=False).text
    scripts = re.findall(r'src="(/assets/[^"]+\.js)"', page)
    assert scripts
    for script in scripts:
        answer = httpx.get(f"{address}{script}", timeout=60, trust_env=False)
        assert "javascript" in answer.headers["content-type"]
    assert "rtlakehouse[monitor]" in up.printed
    up.stop()
