"""What the alerts resource takes and answers with. Values and thresholds are numbers here: they are compared, not accounted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from rtlakehouse.api.alerts.conditions import Condition
from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import MAX_LIMIT, NEXT_CURSOR, Instant
from rtlakehouse.control import AlertState
from rtlakehouse.control.alerts import MAX_WHY

__all__ = [
    "RULE",
    "AlertList",
    "AlertParameters",
    "AlertView",
    "MessageView",
    "RuleBody",
    "RuleList",
    "RuleView",
    "SilenceBody",
    "SilenceView",
]

Compared = Literal["gt", "ge", "lt", "le", "eq", "ne"]
_MOST = 1e15
_WEEK_S = 7 * 86_400
_CONDITION: JsonDict = {
    "kind": "metric",
    "metric": "orders",
    "filters": [{"dimension": "currency", "operator": "eq", "values": ["EUR"]}],
    "minutes": 5,
}
RULE: JsonDict = {"name": "Few orders in euros", "condition": _CONDITION, "comparison": "lt", "threshold": 10, "for_s": 120}
_SILENCE: dict[str, Any] = {"until": "2026-11-24T12:00:00Z", "why": "The campaign ended.", "by": "k7f2m1qa"}
_MESSAGE: dict[str, Any] = {
    "id": "7-firing-0",
    "change": "firing",
    "to": "jsons://hooks.example",
    "state": "sent",
    "attempts": 1,
    "sent_at": "2026-11-24T10:31:01Z",
    "error": None,
}
_ALERT: dict[str, Any] = {
    "id": 7,
    "rule_id": "5e1f0c9a77b2",
    "rule": "Few orders in euros",
    "told": "orders of currency EUR in 5 minutes below 10 for 120 s",
    "state": "firing",
    "since": "2026-11-24T10:29:00Z",
    "fired_at": "2026-11-24T10:31:00Z",
    "resolved_at": None,
    "value": 4.0,
    "current": 6.0,
    "why": "orders was 4 from 10:24 to 10:29 UTC.",
    "end_why": None,
    "silence": _SILENCE,
    "messages": [_MESSAGE],
}


def _one_line(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be one line that can be printed, without spaces around it")
    return text


Line = Annotated[str, AfterValidator(_one_line)]


class RuleBody(BaseModel):
    """A rule: what is measured, when that is bad, and for how long."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RULE]})

    name: Line = Field(min_length=1, max_length=128, description="What it is found by; no two have one name.")
    condition: Condition = Field(description="What is measured.")
    comparison: Compared = Field("gt", description="How the value stands to the threshold when the rule holds.")
    threshold: float = Field(strict=True, ge=-_MOST, le=_MOST, allow_inf_nan=False, description="What it is compared with.")
    for_s: float = Field(
        60,
        strict=True,
        ge=0,
        le=_WEEK_S,
        allow_inf_nan=False,
        description="How long it must hold before it fires, and must not hold before it is resolved.",
    )
    notify: list[SecretStr] | None = Field(
        None,
        max_length=10,
        description="Who is told: addresses as apprise takes them, shown again without secrets. Null: those of the setting"
        " `alerts_notify`; none: nobody.",
        examples=[["jsons://hooks.example/alerts"]],
    )


class SilenceView(BaseModel):
    """Nobody is told of a rule for a while."""

    model_config = example(**_SILENCE)

    until: str
    why: str
    by: str | None = Field(None, description="The id of the key that asked for it; null: a command on the machine.")


class RuleView(BaseModel):
    """A rule, and how it stood when it was last evaluated."""

    model_config = example(
        id="5e1f0c9a77b2",
        **RULE,
        told=_ALERT["told"],
        notify=["jsons://hooks.example"],
        built_in=False,
        created_at="2026-11-24T09:00:00Z",
        state="firing",
        since="2026-11-24T10:29:00Z",
        value=6.0,
        note="orders was 6 from 10:30 to 10:35 UTC.",
        trouble=None,
        evaluated_at="2026-11-24T10:35:20Z",
        alert_id=7,
        silence=_SILENCE,
    )

    id: str
    name: str
    condition: Condition
    comparison: Compared
    threshold: float
    for_s: float
    told: str = Field(description="The rule in words.")
    notify: list[str] | None = Field(None, description="Who is told, without secrets; null: whom the settings name.")
    built_in: bool = Field(description="Part of the program: every tenant has it, and it cannot be deleted.")
    created_at: str | None = Field(None, description="Null for a rule that is built in.")
    state: Literal["inactive", "pending", "firing"] = Field(description="`pending`: it holds, but not for `for_s` yet.")
    since: str | None = Field(None, description="Since when it holds.")
    value: float | None = Field(None, description="As measured last; null where there is nothing to judge by, which never holds.")
    note: str = Field(description="The same in words.")
    trouble: str | None = Field(None, description="Why it could not be evaluated; then it neither fires nor is resolved.")
    evaluated_at: str | None = Field(None, description="When it was evaluated last; null: not yet.")
    alert_id: int | None = Field(None, description="The alert that fires.")
    silence: SilenceView | None = None


class RuleList(BaseModel):
    """The rules of the caller's tenant: those that are built in, then its own, the oldest first."""

    data: list[RuleView]


class MessageView(BaseModel):
    """A message to one target about what an alert became."""

    model_config = example(**_MESSAGE)

    id: str = Field(description="In the message, too: the same however often it is sent.")
    change: Literal["firing", "resolved"]
    to: str = Field(description="The target without its secrets.")
    state: Literal["waiting", "sent", "given_up", "silenced"] = Field(
        description="`waiting`: for the target, or for a silence to end. `silenced`: the alert was over before its silence was."
    )
    attempts: int
    sent_at: str | None = None
    error: str | None = Field(None, description="Why it was not taken the last time.")


class AlertView(BaseModel):
    """What a rule fired, and how it ended."""

    model_config = example(**_ALERT)

    id: int
    rule_id: str
    rule: str = Field(description="The name of the rule.")
    told: str = Field(description="The rule in words, as it was then.")
    state: Literal["firing", "resolved"]
    since: str = Field(description="Since when the rule held.")
    fired_at: str
    resolved_at: str | None = None
    value: float | None = Field(None, description="As measured when it fired.")
    current: float | None = Field(None, description="As measured last; null once it is resolved.")
    why: str = Field(description="What was measured when it fired.")
    end_why: str | None = Field(None, description="What was measured when it was resolved.")
    silence: SilenceView | None = Field(None, description="Of its rule, where there is one now.")
    messages: list[MessageView] = Field(description="What was told of it, or is to be.")


class AlertList(BaseModel):
    """A page of alerts, the newest first."""

    data: list[AlertView]
    firing: int = Field(description="How many fire now.", examples=[1])
    next_cursor: str | None = NEXT_CURSOR


class AlertParameters(BaseModel):
    """A page of alerts."""

    model_config = ConfigDict(extra="forbid")

    state: AlertState | None = Field(None, description="Only those that are so.", examples=["firing"])
    rule_id: str | None = Field(None, max_length=64, description="Only of this rule.", examples=["freshness"])
    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="Alerts of a page.")
    cursor: str | None = Field(None, description="`next_cursor` of the page before.", examples=["42"])


class SilenceBody(BaseModel):
    """Until when nobody is to be told, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"until": "2026-11-24T12:00:00Z", "why": "The campaign ended."}]}
    )

    until: Instant = Field(description="A time that is over ends a silence.")
    why: Line = Field(min_length=1, max_length=MAX_WHY, description="For whoever finds it silent.")
