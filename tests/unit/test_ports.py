"""Which port is taken when the wanted one is in use."""

from __future__ import annotations

import os
import socket

import pytest

from rtlakehouse.errors import UsageError
from rtlakehouse.stack.ports import free_port

HOST = "127.0.0.1"


def test_a_free_port_is_taken_as_wanted() -> None:
    port = free_port(HOST, 0)
    assert free_port(HOST, port) == port


def test_a_port_in_use_is_moved_up() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert port < free_port(HOST, port) < port + 50


def test_a_port_that_was_just_let_go_is_free() -> None:
    """A server that is started again gets its port, though the last one's connections linger."""
    with socket.create_server((HOST, 0)) as server, socket.create_connection(server.getsockname()) as client:
        port = server.getsockname()[1]
        accepted, _ = server.accept()
        accepted.close()
        client.recv(1)
    assert free_port(HOST, port) == port


def test_zero_is_any_port() -> None:
    assert free_port(HOST, 0) > 1023


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_an_address_of_ipv6_has_ports_too() -> None:
    assert free_port("::1", 0) > 1023


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use any port")
def test_a_port_of_the_system_says_which_to_use() -> None:
    with pytest.raises(UsageError, match=r"above 1023 with --port"):
        free_port(HOST, 80)


def test_ports_past_the_last_are_said_to_be_none() -> None:
    with socket.create_server((HOST, 65_535)), pytest.raises(UsageError, match=r"choose another with --port"):
        free_port(HOST, 65_535)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_this_machines_is_named_and_not_its_ports(host: str) -> None:
    with pytest.raises(UsageError, match=rf"{host}.*--host"):
        free_port(host, 8000)
