"""Asking for erasures, and telling of them, without writing the user's id anywhere but in the lake's own note."""

from __future__ import annotations

import msgspec
import structlog

from rtlakehouse.api.access import Caller
from rtlakehouse.api.deps import Parts
from rtlakehouse.api.erasures.schemas import ErasureAnswer, ErasureBody, ErasureCertificate
from rtlakehouse.api.jobs.service import view_of, works, would
from rtlakehouse.clock import isoformat
from rtlakehouse.control import Action, Audit, Job, JobKind, Jobs
from rtlakehouse.storage.erasures import Certificate, Erasures, Wanted, asked_for

__all__ = ["asked", "told", "tried"]

log = structlog.get_logger(__name__)


def tried(parts: Parts, caller: Caller, body: ErasureBody) -> ErasureAnswer:
    """What an erasure would change."""
    steps = would(works(parts).erasure(_wanted(parts, caller, body)))
    return ErasureAnswer(dry_run=True, would=steps, erasure=None, job=None)


def asked(parts: Parts, caller: Caller, body: ErasureBody, key: str | None) -> ErasureAnswer:
    """The job of an erasure, or that of the request that came first with this key. Raises KeyReusedError."""
    wanted = _wanted(parts, caller, body)
    erasures = Erasures(parts.lake)
    is_new = erasures.open_of(wanted.tenant_id, wanted.user_id) is None
    erasure_id = erasures.ask(wanted)
    known = ""
    try:
        job = _job(parts, caller, wanted, erasure_id, erasures.keyed(body.model_dump_json().encode()), key)
        known = str(job.options["erasure"])
    finally:
        if is_new and known != erasure_id:
            erasures.settle(erasure_id)
    log.info("an erasure was asked for", job=job.id, erasure=known, by=caller.key_id)
    return ErasureAnswer(dry_run=False, would=[], erasure=known, job=view_of(job))


def _job(parts: Parts, caller: Caller, wanted: Wanted, erasure_id: str, digest: str, key: str | None) -> Job:
    """digest: of what is asked for, keyed: a plain one would tell the user's id to who can guess it."""
    subject = Erasures(parts.lake).subject(wanted.tenant_id, wanted.user_id)
    Audit(parts.store, parts.clock).record(
        wanted.tenant_id, wanted.asked_by, Action.USER_ERASE, subject, erasure=erasure_id, why=wanted.why
    )
    jobs = Jobs(parts.store, parts.clock, wanted.asked_by)
    return jobs.ask(wanted.tenant_id, JobKind.ERASE, {"erasure": erasure_id}, wanted.why, key=key, digest=digest)


def told(certificate: Certificate) -> ErasureCertificate:
    """Without what it has of other tenants: where the sources of the lake were."""
    return ErasureCertificate.model_validate(msgspec.to_builtins(certificate))


def _wanted(parts: Parts, caller: Caller, body: ErasureBody) -> Wanted:
    now = isoformat(parts.clock.now())
    return asked_for(Wanted(caller.tenant_id, body.user_id, now, caller.who, body.why, body.break_pins))
