"""`rtl keys`: who may read, post and administer over HTTP."""

from __future__ import annotations

from contextlib import closing
from enum import Enum
from typing import Annotated, Any

import typer
from rich.table import Table

from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.clock import SystemClock, isoformat
from rtlakehouse.control import ApiKey, Keys, Role, Store, local_user
from rtlakehouse.errors import UsageError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["keys"]


class Action(Enum):
    """What can be done with keys."""

    CREATE = "create"
    LIST = "list"
    REVOKE = "revoke"


def keys(
    action: Annotated[Action, typer.Argument(help="What to do.", show_default=False)],
    key_id: Annotated[str | None, typer.Argument(help="The key to revoke, as `list` names it.", show_default=False)] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Whose key (create: default); only that tenant's (list, revoke).", show_default=False)
    ] = None,
    role: Annotated[Role, typer.Option(help="What a new key allows; each role includes the one before it.")] = Role.READER,
    name: Annotated[str, typer.Option(help="What a new key is for, to know it again by.", show_default=False)] = "",
    lake: LakeOption = None,
    json: JsonFlag = False,
) -> None:
    """Create, list or revoke API keys. A key belongs to one tenant, and its secret is printed once, when it is made.

    A reader asks questions, `ingest` also posts events, `admin` also changes the lake, the pipeline and keys.

    `create` prints the key alone on standard output, so that `KEY=$(rtl keys create --role ingest)` has it.
    """
    if (key_id is not None) != (action is Action.REVOKE):
        raise UsageError("`rtl keys revoke` takes the id of one key, and the other actions none: see `rtl keys list`.")
    settings = load_settings(lake=lake)
    Lake.open(settings.lake)
    with closing(Store.open(settings)) as store:
        known = Keys(store, SystemClock(), local_user())
        if action is Action.CREATE:
            made, text = known.create(tenant or DEFAULT_TENANT, role, name)
            say_json(_entry(made) | {"key": text}) if json else typer.echo(text)
        elif key_id is not None:
            _say([known.revoke(key_id, tenant)], json=json)
        else:
            _say(known.list(tenant), json=json)


def _say(found: list[ApiKey], *, json: bool) -> None:
    if json:
        say_json([_entry(key) for key in found])
        return
    shown = Table("id", "name", "tenant", "role", "created", "revoked")
    for key in found:
        shown.add_row(*("" if value is None else str(value) for value in _entry(key).values()))
    console.print(shown)


def _entry(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "tenant_id": key.tenant_id,
        "role": key.role.value,
        "created_at": isoformat(key.created_at),
        "revoked_at": isoformat(key.revoked_at) if key.revoked_at else None,
    }
