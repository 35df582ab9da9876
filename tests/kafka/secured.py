"""A local Kafka that takes clients over TLS and by name and password only."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from faults.programs import until
from rtlakehouse.clock import SystemClock
from rtlakehouse.environment import user_cache
from rtlakehouse.kafka.local import Coordination
from rtlakehouse.stack.kafka import LocalKafka
from rtlakehouse.stack.ports import free_port

HOST = "127.0.0.1"
USER, PASSWORD = "lake", "right"
_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


@dataclass(frozen=True)
class SecuredBroker:
    """Where it listens, and the certificate of who vouches for it."""

    address: str
    authority: Path

    def options(self, **other: str) -> Mapping[str, str]:
        """The settings of a client that gets in; others by librdkafka's names, with underscores for the dots."""
        usual = {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": USER,
            "sasl.password": PASSWORD,
            "ssl.ca.location": str(self.authority),
        }
        options = usual | {name.replace("_", "."): value for name, value in other.items()}
        return {"kafka_options": json.dumps(options)}


@contextmanager
def secured(folder: Path) -> Iterator[SecuredBroker]:
    """Such a broker, while the block runs."""
    port = free_port(HOST, 0)
    kafka = LocalKafka(folder, user_cache(), SystemClock(), partitions=3)
    (part,) = kafka.parts(Coordination.KRAFT, port)
    properties = folder / Coordination.KRAFT.value / "server.properties"
    plain, secure = f"PLAINTEXT://{HOST}:{port}", f"SASL_SSL://{HOST}:{port}"
    properties.write_text(properties.read_text().replace(plain, secure) + _security(folder))
    with open(folder / "out", "wb") as out:
        process = subprocess.Popen(part.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        log = kafka.log_of(Coordination.KRAFT.value)
        until(lambda: log.exists() and "Kafka Server started" in log.read_text(), "it does not start")
        yield SecuredBroker(f"{HOST}:{port}", folder / "authority.pem")
    finally:
        process.terminate()
        process.wait()


def _security(folder: Path) -> str:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    store = folder / "keystore.pem"
    store.write_bytes(_keystore(authority.issue_cert(HOST)))
    login = f'{_LOGIN} username="{USER}" password="{PASSWORD}" user_{USER}="{PASSWORD}";'
    return f"""listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config={login}
ssl.keystore.type=PEM
ssl.keystore.location={store}
ssl.truststore.type=PEM
ssl.truststore.location={folder / "authority.pem"}
"""


def _keystore(certificate: trustme.LeafCert) -> bytes:
    """Key and certificates in one file. Kafka reads keys in PKCS#8 only."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return own + b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
