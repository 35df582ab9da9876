"""Alerts: rules about figures and about the lake itself, what they fire, and who is not to be told for a while."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Depends, Path, Query, Response

from rtlakehouse.api.access import Caller, CallerOf, requires
from rtlakehouse.api.alerts.schemas import (
    RULE,
    AlertList,
    AlertParameters,
    AlertView,
    RuleBody,
    RuleList,
    RuleView,
    SilenceBody,
)
from rtlakehouse.api.alerts.service import AlertDesk
from rtlakehouse.api.deps import PartsOf
from rtlakehouse.api.errors import documented
from rtlakehouse.api.once import OnceOf
from rtlakehouse.api.paging import before
from rtlakehouse.api.parameters import NoParameters, idempotency_key
from rtlakehouse.control import Role, Silence

__all__ = ["router"]

router = APIRouter(prefix="/alerts", tags=["alerts"])

log = structlog.get_logger(__name__)

_MOMENTARY = {"Cache-Control": "no-store"}
_KEY = idempotency_key(
    "few-orders",
    "A request with the key of an earlier one is answered with that one's rule, and makes none.",
)
_RULES = {
    "few orders": {"value": RULE},
    "no new events": {
        "value": {
            "name": "Five minutes without events",
            "condition": {"kind": "freshness", "table": "silver.events"},
            "threshold": 300,
            "for_s": 0,
        }
    },
    "unlike the days before": {
        "value": {"name": "Critical anomalies", "condition": {"kind": "anomaly", "severity": "critical"}, "threshold": 0}
    },
}
AdminOf = Annotated[Caller, requires(Role.ADMIN)]
AlertId = Annotated[int, Path(ge=1, lt=1 << 31, examples=[7])]
RuleId = Annotated[str, Path(max_length=64, examples=["5e1f0c9a77b2"])]
NoMore = Annotated[NoParameters, Query()]


def desk_of(parts: PartsOf, caller: CallerOf) -> AlertDesk:
    return AlertDesk(parts.settings, parts.store, parts.clock, caller.tenant_id, caller.who)


DeskOf = Annotated[AlertDesk, Depends(desk_of)]


@router.get("", responses=documented(400, 503, momentary=True), summary="Alerts, newest first")
def list_alerts(desk: DeskOf, response: Response, parameters: Annotated[AlertParameters, Query()]) -> AlertList:
    """Those that fire, and those that did. The page's `firing` counts all that fire now."""
    response.headers.update(_MOMENTARY)
    last = before(parameters.cursor)
    found = desk.newest(parameters.limit + 1, last, parameters.state, parameters.rule_id)
    shown = found[: parameters.limit]
    following = str(shown[-1].id) if len(found) > len(shown) else None
    return AlertList(data=shown, firing=desk.firing(), next_cursor=following)


@router.post("/{alert_id}/silence", responses=documented(400, 404, 503, momentary=True), summary="Tell nobody for a while")
def silence_alert(
    alert_id: AlertId,
    desk: DeskOf,
    caller: AdminOf,
    once: OnceOf,
    body: Annotated[
        SilenceBody, Body(openapi_examples={"until noon": {"value": {"until": "2026-11-24T12:00:00Z", "why": "Known."}}})
    ],
    _: NoMore,
) -> AlertView:
    """Until then nobody is told of this alert, nor of others of its rule; they are on the list all the same.

    Sending it again changes nothing; a time that is over ends the silence.
    """

    def silence() -> AlertView:
        found = desk.silence(alert_id, Silence(body.until, body.why, caller.key_id))
        log.info("a rule is silenced", rule=found.rule_id, until=str(body.until), why=body.why, by=caller.key_id)
        return found

    return once.answer(AlertView, body, silence)


@router.get("/rules", responses=documented(503, momentary=True), summary="Alert rules and how they stand")
def list_alert_rules(desk: DeskOf, response: Response, _: NoMore) -> RuleList:
    """Three are built in; the others were made by keys of your tenant. A rule that cannot be evaluated says why in `trouble`."""
    response.headers.update(_MOMENTARY)
    return RuleList(data=desk.rules())


@router.post("/rules", status_code=201, responses=documented(400, 404, 409, 503, momentary=True), summary="Make an alert rule")
def create_alert_rule(
    desk: DeskOf,
    caller: AdminOf,
    body: Annotated[RuleBody, Body(openapi_examples=_RULES)],
    _: NoMore,
    key: Annotated[str | None, _KEY] = None,
) -> RuleView:
    """It is evaluated from now on. Posting the same again is answered with the one that is there."""
    made = desk.create(body, key)
    log.info("an alert rule is made", rule=made.id, name=made.name, by=caller.key_id)
    return made


@router.put("/rules/{rule_id}", responses=documented(400, 404, 409, 503, momentary=True), summary="Change an alert rule")
def change_alert_rule(
    rule_id: RuleId,
    desk: DeskOf,
    caller: AdminOf,
    body: Annotated[RuleBody, Body(openapi_examples=_RULES)],
    _: NoMore,
) -> RuleView:
    """Everything but its id becomes what is sent. Where it measures or judges otherwise, waits begin again; an alert that fires
    goes on until the rule as it is now has not held for `for_s`. An address in `notify` as it is shown stays the one that it was.
    """
    changed = desk.change(rule_id, body)
    log.info("an alert rule is changed", rule=changed.id, name=changed.name, by=caller.key_id)
    return changed


@router.delete("/rules/{rule_id}", responses=documented(400, 404, 503, momentary=True), summary="Delete an alert rule")
def delete_alert_rule(rule_id: RuleId, desk: DeskOf, caller: AdminOf, _: NoMore) -> RuleView:
    """What it fired is resolved with the next evaluation, and stays on the list. Answers with the rule."""
    found = desk.delete(rule_id)
    log.info("an alert rule is deleted", rule=found.id, name=found.name, by=caller.key_id)
    return found
