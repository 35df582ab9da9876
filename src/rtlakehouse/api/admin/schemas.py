"""What the admin resource takes and answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.api.parameters import MAX_LIMIT, NEXT_CURSOR, Instant
from rtlakehouse.control import MAX_NAME, Action, Role

__all__ = [
    "AuditEntryView",
    "AuditList",
    "AuditParameters",
    "Key",
    "KeyBody",
    "KeyList",
    "MadeKey",
    "NewKey",
    "TenantList",
    "Whoami",
]

_KEY: dict[str, Any] = {
    "id": "ab12cd34",
    "name": "the till",
    "tenant_id": "default",
    "role": "ingest",
    "created_at": "2026-11-24T10:30:00Z",
    "revoked_at": None,
}

_ENTRY: dict[str, Any] = {
    "id": 7,
    "at": "2026-11-24T10:30:00Z",
    "who": "ab12cd34",
    "key_name": "the office",
    "action": "key.create",
    "target": "5a4qucxe",
    "detail": {"role": "ingest", "name": "the till"},
    "versions": {},
}


class Whoami(BaseModel):
    """Who asks, and what may be done."""

    model_config = example(tenant_id="default", role="ingest", key_id="ab12cd34")

    tenant_id: str = Field(description="Whose data is answered.")
    role: Role
    key_id: str | None = Field(description="Null for who came without a key.")


class Key(BaseModel):
    """A key, without its secret."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_KEY]})

    id: str = Field(description="The part of the key that may be shown.")
    name: str
    tenant_id: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None = Field(None, description="Since when it is good for nothing.")


class NewKey(BaseModel):
    """A key that was made, and its text, which is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "rtl_ab12cd34_wohcn1w8k3ybbm2y2v6ydp1e7ozwtw1t5a0u9q3z", "key": _KEY}]}
    )

    text: str = Field(description="What to send as `Authorization: Bearer`. It is kept nowhere.")
    key: Key


class MadeKey(BaseModel):
    """What is kept of an answer with a new key: enough to make its text again for whoever asked, and for nobody else."""

    key: Key
    nonce: str


class KeyBody(BaseModel):
    """What a new key is to be. It is of the tenant whose key makes it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "ingest", "name": "the till"}]})

    role: Role = Field(Role.READER, description="What it allows; each role includes the one before it.")
    name: str = Field("", max_length=MAX_NAME, description="What it is for, to know it again by.")


class KeyList(BaseModel):
    """The keys of a tenant."""

    data: list[Key]


class Tenant(BaseModel):
    """A tenant, and how many good keys it has of each role."""

    model_config = example(tenant_id="default", keys={"reader": 1, "ingest": 2, "admin": 1})

    tenant_id: str
    keys: dict[Role, int]


class TenantList(BaseModel):
    """The tenants that the key may see: its own."""

    data: list[Tenant]


class AuditEntryView(BaseModel):
    """One thing that somebody did."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_ENTRY]})

    id: int
    at: datetime
    who: str = Field(
        description="The id of a key; `user:NAME` for who used `rtl` on the machine; `rtl` for what it did by itself."
    )
    key_name: str | None = Field(description="What the key is for; null where it was no key.")
    action: Action
    target: str = Field(description="What it was done to: a key, job, pin, query or repair by its id, a table by its name.")
    detail: dict[str, Any] = Field(description="What was asked for.")
    versions: dict[str, int] = Field(
        description="Of a repair, and of a job that has ended: the newest version of each table that it made, by their logs."
    )


class AuditList(BaseModel):
    """A page of the audit, the newest first."""

    data: list[AuditEntryView]
    next_cursor: str | None = NEXT_CURSOR


class AuditParameters(BaseModel):
    """A page of the audit: of one actor, one action, one time, or all."""

    model_config = ConfigDict(extra="forbid")

    who: str | None = Field(None, max_length=128, description="Only what this one did.", examples=["ab12cd34"])
    action: Action | None = Field(None, description="Only this.", examples=["key.create"])
    start: Instant | None = Field(None, alias="from", description="From then on.", examples=["2026-11-24T09:00:00Z"])
    end: Instant | None = Field(None, alias="to", description="Before then.", examples=["2026-11-25T00:00:00Z"])
    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="Entries of a page.")
    cursor: str | None = Field(None, description="`next_cursor` of the page before.", examples=["42"])
