"""What every Kafka client is configured with, and what its errors come to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from rtlakehouse.clock import Clock
from rtlakehouse.errors import SettingsError, SourceError
from rtlakehouse.kafka.local import running_in
from rtlakehouse.settings import Settings

__all__ = [
    "PASSING",
    "REQUEST_S",
    "Admin",
    "address_of",
    "admin_for",
    "answers",
    "asked",
    "awaited",
    "client_options",
    "made",
    "may_settle",
    "reached",
    "said",
]

Client = TypeVar("Client")
Answer = TypeVar("Answer")

# A broker that does not answer in this time is away; whoever asked asks again, and can be stopped in between.
REQUEST_S = 3.0
_BUSY_S = 60.0
_AGAIN_S = 0.5
# A client waits this long for a broker that hangs before it ends; librdkafka's minute is longer than a supervisor waits.
_SOCKET_MS = 6_000
# librdkafka's own lines go to standard error in a form of their own; what they say also comes as an error, which is logged.
_SILENT = 0

# What librdkafka gets over by itself, however long it takes.
PASSING = {
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.NETWORK_EXCEPTION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.BROKER_NOT_AVAILABLE,
    # A broker that was frozen for longer than its session, or got no processor for so long, leads nothing for a moment once it is
    # back, or leads anew. The first of these is what librdkafka says where nobody leads.
    KafkaError._NOENT,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.OFFSET_NOT_AVAILABLE,
}
# A partition is not known to every broker at once.
_SETTLING = PASSING | {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC}

# Refusals that no waiting gets over, and what to do about each.
_FIXES = {
    KafkaError._AUTHENTICATION: "Correct sasl.username and sasl.password in kafka_options",
    KafkaError._SSL: "Name the certificate of the authority that vouches for the brokers as ssl.ca.location in kafka_options",
}


class Admin(AdminClient):
    """A client for what is asked of brokers. refusal: why one did not let it in, and the fix; empty where none has refused."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.refusal = ""
        told: dict[str, Any] = {**options, "error_cb": self._heard}
        super().__init__(told)

    def _heard(self, error: KafkaError) -> None:
        if fix := _FIXES.get(error.code()):
            self.refusal = f"{error.str()}. {fix}."

    def forget(self) -> None:
        """Let what was heard by now count no more."""
        self.poll(0)
        self.refusal = ""


def address_of(settings: Settings) -> str:
    """The brokers that the settings name. Raises SourceError where these are the local one, which was not started."""
    return running_in(settings.kafka_folder).address if settings.kafka == "local" else settings.kafka


def client_options(settings: Settings, notice: Callable[[str], None] | None = None, **own: Any) -> dict[str, Any]:
    """librdkafka's options: the user's, and `own`, which are not the user's to change. Raises SettingsError where they clash.

    own: with underscores for the dots. notice: told of trouble with the brokers, which the client goes on trying to get over.
    """
    fixed = {"bootstrap.servers": address_of(settings)} | {name.replace("_", "."): value for name, value in own.items()}
    if clash := sorted(fixed.keys() & settings.kafka_options.keys()):
        raise SettingsError(f"kafka_options may not set {', '.join(clash)}: that is fixed, or has a setting of its own.")
    given = {name: secret.get_secret_value() for name, secret in settings.kafka_options.items()}
    usual = {"log_level": _SILENT, "error_cb": partial(_heard, notice), "socket.timeout.ms": _SOCKET_MS}
    return {**usual, **given, **fixed}


def _heard(notice: Callable[[str], None] | None, error: KafkaError) -> None:
    # That one connection is lost is no trouble yet: where it was the last one, another error says so.
    if notice is not None and error.code() not in (KafkaError._TRANSPORT, KafkaError._RESOLVE):
        notice(error.str())


def admin_for(settings: Settings) -> Admin:
    """A client for what is asked of brokers. Raises SettingsError for options that are none of librdkafka's."""
    return made(Admin, client_options(settings))


def reached(settings: Settings, admin: Admin, do: Callable[[], Any]) -> Any:
    """What `do` returns, which asks `admin`.

    Raises SourceError that names the brokers: caused by the KafkaException where they do not answer, which may pass; without a
    cause where they did not let it in.
    """
    admin.forget()
    try:
        return do()
    except KafkaException as error:
        admin.poll(0)
        if admin.refusal:
            raise SourceError(f"Kafka at {address_of(settings)} refuses: {admin.refusal}") from None
        raise SourceError(f"Kafka at {address_of(settings)}: {said(error)}. Is it up, and are kafka_options right?") from error


def awaited(settings: Settings, admin: Admin, do: Callable[[], Any], clock: Clock) -> Any:
    """As `reached`, but brokers that do not answer are asked again for a minute: those that are busy answer late."""
    deadline = clock.monotonic() + _BUSY_S
    while True:
        try:
            return reached(settings, admin, do)
        except SourceError as error:
            if not may_settle(error.__cause__) or clock.monotonic() > deadline:
                raise
        clock.sleep(_AGAIN_S)


def asked(what: str, do: Callable[[], Answer]) -> tuple[Answer | None, str]:
    """What `do` returns, or why the brokers do not answer, which may pass. Raises SourceError, `what`, for anything else."""
    try:
        return do(), ""
    except KafkaException as error:
        if error.args[0].code() not in PASSING:
            raise SourceError(f"{what}: {said(error)}.") from error
        return None, said(error)


def may_settle(error: BaseException | None) -> bool:
    """Whether this is a Kafka error that may pass, or be over once a new partition is known everywhere."""
    return isinstance(error, KafkaException) and error.args[0].code() in _SETTLING


def said(error: KafkaException) -> str:
    cause = error.args[0]
    return cause.str() if isinstance(cause, KafkaError) else str(cause)


def made(kind: Callable[[dict[str, Any]], Client], options: dict[str, Any]) -> Client:
    """A client of this kind. Raises SettingsError for options that are none of librdkafka's."""
    try:
        return kind(options)
    except KafkaException as error:
        raise SettingsError(f"kafka_options: {said(error)}.") from error


def answers(address: str) -> bool:
    """Whether a broker at this address answers within a second."""
    options: dict[str, Any] = {"bootstrap.servers": address, "log_level": _SILENT, "error_cb": lambda error: None}
    admin = AdminClient(options)
    try:
        admin.list_topics(timeout=1)
    except KafkaException:
        return False
    return True
