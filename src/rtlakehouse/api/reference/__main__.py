"""Writes the pages that come from the code: `python -m rtlakehouse.api.reference OPENAPI REFERENCE METRICS`.

The description of the HTTP interface, its reference, and the metrics.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rtlakehouse.api.app import create_app
from rtlakehouse.api.reference import reference
from rtlakehouse.semantic.catalogue import load
from rtlakehouse.semantic.page import page
from rtlakehouse.settings import Settings


def main(openapi: str, markdown: str, metrics: str) -> None:
    document = create_app(Settings()).openapi()
    Path(openapi).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    Path(markdown).write_text(reference(document), encoding="utf-8")
    Path(metrics).write_text(page(load()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
