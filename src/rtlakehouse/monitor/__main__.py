"""The process of the page. What Streamlit prints for people is not passed on: `rtl` says the address."""

from __future__ import annotations

import os
import sys

from streamlit.web.cli import main

if __name__ == "__main__":
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    main(prog_name="rtl monitor")
