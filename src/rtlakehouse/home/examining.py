"""What `rtl doctor` looks at in a lake's home: whether it answers, keeps its promise, whose it is, and how far it is behind."""

from __future__ import annotations

from collections.abc import Iterator

from rtlakehouse.errors import MirrorError, UsageError
from rtlakehouse.home.lease import said_of_lease
from rtlakehouse.home.status import behind_s, read_status
from rtlakehouse.mirror import Objects, require_extra
from rtlakehouse.settings import Settings
from rtlakehouse.storage.doctor import Diagnosis
from rtlakehouse.storage.lake import Lake

__all__ = ["examine"]

# Is made once and stays, as all of a home does: what is there already must not be made again.
_PROBE = "_rtl/probe"
# As the alert RtlHomeBehind has it.
_BEHIND_S = 60.0


def examine(settings: Settings) -> Iterator[Diagnosis]:
    """Look at the home of the settings' lake; nothing where it has none."""
    if not settings.home:
        return
    try:
        require_extra()
        objects = Objects(settings.home)
        lease = said_of_lease(objects)
        yield Diagnosis(True, f"home {objects.address}: {lease}")
        yield _conditional(objects)
    except (MirrorError, UsageError) as error:
        yield Diagnosis(
            False, f"home: {error}", "see to the address, the network, the store and its keys; what is not there waits"
        )
    yield _behind(Lake(settings.lake))


def _conditional(objects: Objects) -> Diagnosis:
    """Whether an object is made only where there is none, which keeps a second machine from the lake."""
    objects.create(_PROBE, b"")
    fix = "use a store that has conditional puts (`If-None-Match: *`): without them two machines may write one lake"
    is_kept = not objects.create(_PROBE, b"")
    return Diagnosis(is_kept, f"home {objects.address}: conditional puts are {'kept' if is_kept else 'not kept'}", fix)


def _behind(lake: Lake) -> Diagnosis:
    status = read_status(lake.control)
    if status is None:
        return Diagnosis(True, "home: nothing was uploaded from this working copy yet")
    seconds = behind_s(status)
    if not seconds:
        return Diagnosis(True, "home: has all that is committed here")
    why = status.trouble or "the upload has not come to it"
    fix = "leave `rtl run` or `rtl up` running until the store has all; what is not there goes with this machine's disk"
    return Diagnosis(seconds < _BEHIND_S, f"home: is {seconds:,.0f} s behind: {why}", fix)
