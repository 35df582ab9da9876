"""`rtl api` as a process: it serves, ends the live feeds when it is told to stop, and ends well."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.sockets import connected
from faults.conftest import programs, root
from faults.gateways import Gateway
from faults.programs import Programs

__all__ = ["programs", "root"]


@pytest.fixture
def gateway(programs: Programs, root: Path) -> Gateway:
    """A running `rtl api` on an empty lake."""
    return Gateway.start(programs, root)


def test_live_feeds_end_when_the_server_stops_and_it_ends_well(gateway: Gateway) -> None:
    with connected(gateway.address) as stream:
        assert stream.next().document["ledger"]["received"] == 0
        gateway.program.stop()
        # A connection that is cut raises here.
        assert [block for block in stream.rest() if block.get("event") == "kpis"] == []
    for trouble in ("Traceback", "Cancel", "without completing"):
        assert trouble not in gateway.program.said
