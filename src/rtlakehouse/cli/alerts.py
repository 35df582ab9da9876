"""`rtl alerts`: what fires, the rules, silences, and whether a notification arrives."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ValidationError
from rich.table import Column, Table

from rtlakehouse.alerts import send, target_of
from rtlakehouse.api.alerts.schemas import AlertView, RuleBody, RuleView
from rtlakehouse.api.alerts.service import AlertDesk
from rtlakehouse.cli.options import JsonFlag, LakeOption, console, say_json
from rtlakehouse.clock import SystemClock
from rtlakehouse.control import AlertState, Silence, Store, local_user
from rtlakehouse.errors import UsageError
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import Settings, load_settings
from rtlakehouse.storage.lake import Lake

__all__ = ["alerts"]

_SHOWN = 50


class Action(Enum):
    """What can be done with alerts."""

    LIST = "list"
    RULES = "rules"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    SILENCE = "silence"
    TEST = "test"


def alerts(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    which: Annotated[
        str | None,
        typer.Argument(
            help="Of add: a file with the rule as JSON, - for standard input. Of change, remove: the rule. Of silence: the alert."
            " Of test: an address (default: those of the setting alerts_notify).",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Argument(help="Of change: a file with the rule as JSON, - for standard input.", show_default=False),
    ] = None,
    minutes: Annotated[float, typer.Option(help="Of silence: for how long; 0 ends it.", min=0)] = 60,
    why: Annotated[str, typer.Option(help="Of silence: shown with the alert.", show_default=False)] = "",
    tenant: Annotated[str, typer.Option(help="Whose rules and alerts.")] = DEFAULT_TENANT,
    lake: LakeOption = None,
    json: JsonFlag = False,
) -> None:
    """List alerts or their rules, make, change or remove a rule, silence an alert, or test a notification.

    Rules are evaluated by the API that runs, not by this command. A rule as JSON is what POST /api/v1/alerts/rules takes.
    """
    settings = load_settings(lake=lake)
    if action is Action.TEST:
        _test(settings, which)
        return
    if (which is None) != (action in (Action.LIST, Action.RULES)) or (file is None) == (action is Action.CHANGE):
        raise UsageError(
            "`rtl alerts` add, remove and silence take one thing, change a rule and a file, list and rules none; see"
            " `rtl alerts --help`."
        )
    Lake.open(settings.lake)
    with closing(Store.open(settings)) as store:
        desk = AlertDesk(settings, store, SystemClock(), tenant, local_user())
        if action is Action.CHANGE:
            _say([desk.change(which or "", _rule_in(file or ""))], json=json)
        else:
            _say(_done(desk, action, which or "", minutes, why), json=json)


def _done(desk: AlertDesk, action: Action, which: str, minutes: float, why: str) -> list[AlertView] | list[RuleView]:
    if action is Action.RULES:
        return desk.rules()
    if action is Action.ADD:
        return [desk.create(_rule_in(which), None)]
    if action is Action.REMOVE:
        return [desk.delete(which)]
    if action is Action.SILENCE:
        until = SystemClock().now() + timedelta(minutes=minutes)
        return [desk.silence(_number(which), Silence(until, why, None))]
    return desk.newest(_SHOWN, None, None, None)


def _rule_in(name: str) -> RuleBody:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
        return RuleBody.model_validate_json(text)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error}.") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise UsageError(f"{name} is no rule: {faults}. docs/alerts.md shows one.") from error


def _number(text: str) -> int:
    if not text.isdecimal():
        raise UsageError("Name one alert by its number, as `rtl alerts list` does.")
    return int(text)


def _test(settings: Settings, address: str | None) -> None:
    addresses = [address] if address else [each.get_secret_value() for each in settings.alerts_notify]
    if not addresses:
        raise UsageError("Nobody is told: give an address, or set `alerts_notify`.")
    for target in map(target_of, addresses):
        send(target, "Test", "Alerts of RT-Lakehouse arrive here.", AlertState.FIRING)
        console.print(f"{target.shown} took it.", highlight=False)


def _say(found: list[AlertView] | list[RuleView], *, json: bool) -> None:
    if json:
        say_json([_document(each) for each in found])
        return
    shown: Table | None = None
    for each in found:
        if isinstance(each, RuleView):
            shown = shown or Table(
                Column("rule", no_wrap=True), "name", "fires when", "state", "as measured last", "silent until"
            )
            state = f"{each.state}: {each.trouble}" if each.trouble else each.state
            shown.add_row(each.id, each.name, each.told, state, each.note, each.silence.until if each.silence else "")
        else:
            shown = shown or Table(Column("alert", no_wrap=True), "rule", "state", "fired", "resolved", "why", "silent until")
            silent = each.silence.until if each.silence else ""
            shown.add_row(str(each.id), each.rule, each.state, each.fired_at, each.resolved_at or "", each.why, silent)
    console.print(shown or "No alert was ever fired.")


def _document(view: BaseModel) -> dict[str, Any]:
    return view.model_dump(mode="json")
