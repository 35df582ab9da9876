"""What another version of the event contract would change in silver."""

from __future__ import annotations

from rtlakehouse.contract.contract import Contract, Field, check_additive
from rtlakehouse.errors import ContractError
from rtlakehouse.lineage.families import Family
from rtlakehouse.lineage.what_if import Change

__all__ = ["changes_of", "refusal"]

_FAMILIES: dict[str, Family] = {"decimal": "number", "integer": "number", "timestamp": "time"}


def refusal(old: Contract, new: Contract) -> str | None:
    """Why the new version would not be taken; None where it only adds optional fields."""
    try:
        check_additive(old, new)
    except ContractError as error:
        return str(error)
    return None


def changes_of(old: Contract, new: Contract) -> list[Change]:
    """The columns of silver.events that would go or get another type. What is added breaks nothing."""
    there = {field.name: field for field in new.fields}
    changes = []
    for field in old.fields:
        successor = there.get(field.name)
        if successor is None:
            changes.append(Change("silver.events", _column(field)))
        elif _family(successor) != _family(field):
            changes.append(Change("silver.events", _column(field), _family(successor)))
    return changes


def _column(field: Field) -> str:
    return "event_time" if field.kind == "timestamp" else field.name


def _family(field: Field) -> Family:
    return _FAMILIES.get(field.kind, "text")
