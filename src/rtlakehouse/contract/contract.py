"""The event contract as data: one YAML file a version, beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import yaml

from rtlakehouse.errors import ContractError

__all__ = [
    "ERASED",
    "EXPIRED",
    "MAX_BYTES",
    "MAX_DEPTH",
    "WHOLE",
    "Contract",
    "Field",
    "Kind",
    "check_additive",
    "load",
    "reasons",
    "versions",
]

Kind = Literal["string", "enum", "code", "decimal", "integer", "timestamp"]

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32

# What a kind's rule is made of.
_NEEDED: dict[Kind, tuple[str, ...]] = {
    "string": ("max_length",),
    "enum": ("values",),
    "code": ("pattern",),
    "decimal": ("precision", "scale", "minimum"),
    "integer": ("minimum", "maximum"),
    "timestamp": (),
}
# Kinds of which the row rules know one field: the unit price and the time of the event.
_SINGLE: tuple[Kind, ...] = ("decimal", "timestamp")
# The reasons that are about a record as a whole.
WHOLE = ("oversized", "invalid_utf8", "too_deep", "malformed_json", "not_an_object")
# The whole of a record that stands where one was erased, and the reason that it gets.
ERASED = "erased"
# The reason of an event that happened when its tenant's are not kept any more.
EXPIRED = "expired"


@dataclass(frozen=True)
class Field:
    """One named member of an event and its rule; bounds that a kind does not use are None."""

    name: str
    kind: Kind
    doc: str
    required: bool = False
    min_length: int = 0
    max_length: int | None = None
    values: tuple[str, ...] = ()
    pattern: str = ""
    minimum: int | None = None
    maximum: int | None = None
    precision: int | None = None
    scale: int | None = None

    def reasons(self) -> tuple[str, ...]:
        """The quarantine reasons this field can give, in the order they are reported."""
        own = {
            "string": (f"type:{self.name}", f"length:{self.name}"),
            "enum": (f"type:{self.name}", "unknown_event_type"),
            "code": (f"type:{self.name}", "bad_currency"),
            "decimal": (f"type:{self.name}", f"range:{self.name}"),
            "integer": (f"type:{self.name}", f"range:{self.name}"),
            "timestamp": (f"type:{self.name}", "bad_timestamp", "future_timestamp", "too_late"),
        }[self.kind]
        return ((f"missing:{self.name}",) if self.required else ()) + own

    @property
    def rule(self) -> str:
        """What a value must be, for people, and what it means."""
        bounds = [
            f"{self.kind}({self.precision},{self.scale})" if self.kind == "decimal" else self.kind,
            "required" if self.required else "optional",
            *([f"one of {', '.join(self.values)}"] if self.values else []),
            *([f"as {self.pattern}"] if self.pattern else []),
            *([f"at least {self.minimum}"] if self.minimum is not None else []),
            *([f"at most {self.maximum:,}"] if self.maximum is not None else []),
            *([f"at most {self.max_length:,} characters"] if self.max_length is not None else []),
        ]
        return f"{', '.join(bounds)}. {self.doc}"


@dataclass(frozen=True)
class Contract:
    """What an event must look like: version and fields, in the order in which reasons are reported."""

    version: int
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


def versions() -> tuple[int, ...]:
    """The contract versions of this package, oldest first."""
    names = (entry.name for entry in resources.files(__package__).iterdir())
    return tuple(sorted(int(name[1:-5]) for name in names if name.startswith("v") and name.endswith(".yaml")))


@cache
def load(version: int | None = None) -> Contract:
    """The contract of that version, the newest by default.

    Raises ContractError where there is none, or where it is no additive change of the one before it.
    """
    known = versions()
    wanted = known[-1] if version is None else version
    if wanted not in known:
        raise ContractError(f"There is no contract version {wanted}; there are {', '.join(map(str, known))}.")
    contract = parse(yaml.safe_load(resources.files(__package__).joinpath(f"v{wanted}.yaml").read_text("utf-8")))
    if wanted != known[0]:
        check_additive(load(known[known.index(wanted) - 1]), contract)
    return contract


def parse(document: dict[str, Any]) -> Contract:
    """A contract from its YAML document. Raises ContractError naming the entry that is wrong."""
    try:
        fields = tuple(_field(entry) for entry in document["fields"])
        contract = Contract(int(document["version"]), fields)
    except (KeyError, TypeError) as error:
        raise ContractError(f"Not a contract: {error}. Compare it with contract/v1.yaml.") from error
    for kind in _SINGLE:
        if len(found := [field.name for field in fields if field.kind == kind]) > 1:
            raise ContractError(f"{' and '.join(found)} are both of kind {kind}; there can be one. Make the others strings.")
    return contract


def _field(entry: dict[str, Any]) -> Field:
    field = Field(**{**entry, "values": tuple(entry.get("values", ()))})
    if field.kind not in get_args(Kind):
        raise ContractError(f"{field.name} is of kind {field.kind!r}; there are {', '.join(get_args(Kind))}.")
    if lacking := [name for name in _NEEDED[field.kind] if getattr(field, name) in (None, (), "")]:
        raise ContractError(f"{field.name} is of kind {field.kind} and lacks {', '.join(lacking)}.")
    return field


def check_additive(old: Contract, new: Contract) -> None:
    """Accept a new version that only adds optional fields; raise ContractError saying what else it does."""
    faults = []
    for field in old.fields:
        successor = next((f for f in new.fields if f.name == field.name), None)
        if successor is None:
            faults.append(f"{field.name} is gone")
        elif _rule(successor) != _rule(field):
            faults.append(f"{field.name} has another rule")
    before = {field.name for field in old.fields}
    faults += [f"{f.name} is new and required" for f in new.fields if f.required and f.name not in before]
    if new.version <= old.version:
        faults.append(f"its version {new.version} is not above {old.version}")
    if faults:
        raise ContractError(
            f"Version {new.version} is not an additive change of version {old.version}: {'; '.join(faults)}. "
            "Add optional fields only, so that events of older versions stay valid."
        )


def _rule(field: Field) -> tuple[object, ...]:
    return tuple(value for name, value in vars(field).items() if name != "doc")


def reasons(contract: Contract) -> tuple[str, ...]:
    """The closed list: every quarantine reason there is, in the order in which an event's reasons are listed."""
    return (*WHOLE, ERASED, EXPIRED, *(reason for field in contract.fields for reason in field.reasons()))
