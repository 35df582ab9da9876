"""What the admin resource takes and answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rtlakehouse.api.examples import example
from rtlakehouse.control import MAX_NAME, Role

__all__ = ["Key", "KeyBody", "KeyList", "NewKey", "TenantList", "Whoami"]

_KEY: dict[str, Any] = {
    "id": "ab12cd34",
    "name": "the till",
    "tenant_id": "default",
    "role": "ingest",
    "created_at": "2026-11-24T10:30:00Z",
    "revoked_at": None,
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
