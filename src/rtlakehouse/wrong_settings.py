"""What is said of settings that are wrong: which, why, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from rtlakehouse.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["explanation", "refuse_unknown", "suggestion"]


def explanation(error: ValidationError, names: Collection[str]) -> str:
    """Each fault on a line of its own. names: of the settings there are."""
    return "\n".join(_explain(str(e["loc"][0]) if e["loc"] else "", dict(e), names) for e in error.errors())


def suggestion(name: str, names: Collection[str], prefix: str = "") -> str:
    """The setting that was probably meant, as an environment variable where there is a prefix; else where they are listed."""
    close = difflib.get_close_matches(name, names, n=1)
    if not close:
        return " `rtl settings` lists them."
    meant = f"{prefix}{close[0].upper()}" if prefix else close[0]
    return f" Did you mean {meant}?"


def refuse_unknown(environment: Collection[str], names: Collection[str], prefix: str) -> None:
    """Raise SettingsError for a variable of the prefix that is no setting."""
    for variable in environment:
        name = variable.removeprefix(prefix).lower()
        if variable.startswith(prefix) and name not in names:
            raise SettingsError(f"{variable} is not a setting.{suggestion(name, names, prefix)}")


def _explain(name: str, detail: dict[str, Any], names: Collection[str]) -> str:
    if detail["type"] == "extra_forbidden":
        return f"{name!r} is not a setting.{suggestion(name, names)}"
    said = detail["msg"].removeprefix("Value error, ")
    return f"Setting {name} = {detail['input']!r}: {said}{'' if said.endswith('?') else '.'}"
