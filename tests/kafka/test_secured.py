"""A broker behind TLS and a password: it is read with the right ones, and what is wrong is said with its fix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from faults.programs import Programs, until
from kafka.consuming import stored
from kafka.secured import SecuredBroker, secured
from rtlakehouse.storage.lake import Lake
from running import broken

WRONG = "not-the-password"


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    with secured(tmp_path_factory.mktemp("secured")) as broker:
        yield broker


def refused(programs: Programs, root: Path, broker: SecuredBroker, **options: str) -> str:
    """What a consumer says that is not let in."""
    consumer = programs.run("consume", "--kafka", broker.address, lake=root, settings=broker.options(**options))
    assert consumer.code == 1, consumer.said
    assert "Traceback" not in consumer.said
    return consumer.said.replace("\n", " ")


def test_it_is_produced_to_and_read_with_the_options_of_the_settings(
    behind_tls: SecuredBroker, programs: Programs, lake: Lake
) -> None:
    to = f"kafka://{behind_tls.address}/events"
    flags = ("--to", to, "--events", "100", "--unpaced", "--quiet")
    sending = programs.run("simulate", *flags, lake=lake.root, settings=behind_tls.options())
    assert sending.code == 0, sending.said
    consumer = programs.start("consume", "--kafka", behind_tls.address, lake=lake.root, settings=behind_tls.options())
    until(lambda: not consumer.running or stored(lake) == 100, f"it reads nothing\n{consumer.said}")
    consumer.stop()
    assert broken(lake) == []


def test_a_wrong_password_is_said_and_ends_it(behind_tls: SecuredBroker, programs: Programs, root: Path) -> None:
    said = refused(programs, root, behind_tls, sasl_password=WRONG)
    assert "Authentication failed" in said
    assert "sasl.username and sasl.password in kafka_options" in said
    assert WRONG not in said


def test_a_broker_that_an_unknown_authority_vouches_for_is_said_and_ends_it(
    behind_tls: SecuredBroker, programs: Programs, root: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    said = refused(programs, root, behind_tls, ssl_ca_location=str(other))
    assert "certificate verify failed" in said
    assert "ssl.ca.location in kafka_options" in said
