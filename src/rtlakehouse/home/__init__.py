"""A lake whose home is an object store: a directory is its working copy, filled at start and uploaded as it changes."""

from rtlakehouse.home.examining import examine
from rtlakehouse.home.fencing import fence
from rtlakehouse.home.filling import Filling
from rtlakehouse.home.keeper import Home, opened_home, require_filled
from rtlakehouse.home.lease import HomeLease
from rtlakehouse.home.status import HomeStatus, await_home, behind_s, read_status
from rtlakehouse.home.upload import Upload

__all__ = [
    "Filling",
    "Home",
    "HomeLease",
    "HomeStatus",
    "Upload",
    "await_home",
    "behind_s",
    "examine",
    "fence",
    "opened_home",
    "read_status",
    "require_filled",
]
