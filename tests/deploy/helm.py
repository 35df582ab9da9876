"""What helm makes of the chart."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from markdown import ROOT
from needing import missing

CHART = ROOT / "deploy/helm/rt-lakehouse"
# Oldest that the chart says it takes, and the newest that there are schemas of.
KUBERNETES = ("1.29", "1.37")
RELEASE, NAMESPACE = "demo", "shop"


def rendered(values: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The documents, of the newest Kubernetes. folder: for the file of values."""
    (folder / "values.yaml").write_text(yaml.safe_dump(values), "utf-8")
    flags = ("--namespace", NAMESPACE, "--kube-version", f"{KUBERNETES[-1]}.0", "--values", folder / "values.yaml")
    return [found for found in yaml.safe_load_all(helm("template", RELEASE, CHART, *flags)) if found]


def helm(*arguments: str | Path) -> str:
    """What it says; an AssertionError where it fails."""
    built = ROOT / "build/bin/helm"
    program = built if built.exists() else shutil.which("helm") or missing("needs helm: make chart")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
