"""Who is told of an alert: through apprise, by a real HTTP server, once for each change, again where it was not taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from api.conftest import NOW
from api.serving import Site, site_on
from api.test_alerts import LEDGER, MINUTE, delete_rule, evaluate, fired, made, make, rule, seen, silence
from api.test_every_read import is_problem
from rtlakehouse.alerts import Messenger, send
from rtlakehouse.control import AlertMessages, AlertState, Target

SECRET = "k33p-th1s-s3cret"


class Receiver:
    """A server that is told of alerts. status: what it answers; told: what it took."""

    def __init__(self) -> None:
        self.status = 200
        self.told: list[dict[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if receiver.status == 200:
                    receiver.told.append(body)
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self) -> str:
        return f"json://user:{SECRET}@127.0.0.1:{self._server.server_port}/{SECRET}?token={SECRET}"

    @property
    def ids(self) -> list[str]:
        return [body["message"].rpartition("message ")[2] for body in self.told]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lake without events; each test has a rule of its own."""
    with site_on(tmp_path_factory.mktemp("notifications") / "lake", NOW) as found:
        yield found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


def messenger(site: Site) -> Messenger:
    return Messenger(AlertMessages(site.parts.store, site.clock), send, site.clock)


def tell(site: Site) -> int:
    """Send all that is due; how many there were."""
    return sum(iter(messenger(site).send_next, False))


def always(site: Site, name: str, receiver: Receiver) -> str:
    """A rule that fires at once, and has fired."""
    found = made(site, name=name, condition=LEDGER, comparison="eq", threshold=0, notify=[receiver.address])
    evaluate(site)
    return found


def forget(site: Site, rule_id: str) -> None:
    """Delete a rule, and have that told."""
    assert delete_rule(site, rule_id, site.key()).status_code == 200
    evaluate(site)
    tell(site)


def messages(site: Site, rule_id: str) -> list[dict[str, Any]]:
    (alert,) = fired(site, rule_id)
    found: list[dict[str, Any]] = alert["messages"]
    return found


def test_each_change_is_told_once_and_no_secret_is_shown(quiet: Site, receiver: Receiver) -> None:
    told = always(quiet, "Told", receiver)
    evaluate(quiet, MINUTE)
    assert (tell(quiet), tell(quiet)) == (1, 0)
    delete_rule(quiet, told, quiet.key())
    evaluate(quiet)
    assert (tell(quiet), tell(quiet)) == (1, 0)
    assert [(body["title"], body["type"]) for body in receiver.told] == [
        ("Firing: Told", "failure"),
        ("Resolved: Told", "success"),
    ]
    assert "records unaccounted for equal to 0, since " in receiver.told[0]["message"]
    found = messages(quiet, told)
    assert [(each["change"], each["state"], each["attempts"]) for each in found] == [
        ("firing", "sent", 1),
        ("resolved", "sent", 1),
    ]
    assert [each["id"] for each in found] == receiver.ids
    assert {each["to"] for each in found} == {"json://127.0.0.1"}
    assert SECRET not in json.dumps([quiet.get("/alerts"), quiet.get("/alerts/rules")])


def test_what_is_not_taken_is_sent_again_later_each_time_and_in_order(quiet: Site, receiver: Receiver) -> None:
    receiver.status = 500
    told = always(quiet, "Refused", receiver)
    assert (tell(quiet), tell(quiet)) == (1, 0)
    delete_rule(quiet, told, quiet.key())
    evaluate(quiet)
    assert tell(quiet) == 0
    quiet.clock.advance(timedelta(seconds=5))
    assert tell(quiet) == 1
    quiet.clock.advance(timedelta(seconds=5))
    assert tell(quiet) == 0
    (firing, resolved) = messages(quiet, told)
    assert (firing["state"], firing["attempts"], resolved["attempts"]) == ("waiting", 2, 0)
    assert "json://127.0.0.1 did not take it: " in firing["error"]
    assert SECRET not in firing["error"]
    receiver.status = 200
    quiet.clock.advance(timedelta(seconds=5))
    assert tell(quiet) == 2
    assert receiver.ids == [firing["id"], resolved["id"]]
    assert [each["error"] for each in messages(quiet, told)] == [None, None]


def test_after_a_day_it_is_given_up(quiet: Site, receiver: Receiver) -> None:
    receiver.status = 500
    told = always(quiet, "Given up", receiver)
    quiet.clock.advance(timedelta(days=1))
    assert (tell(quiet), tell(quiet)) == (1, 0)
    assert [each["state"] for each in messages(quiet, told)] == ["given_up"]
    receiver.status = 200
    forget(quiet, told)


def test_one_that_was_sent_when_the_process_ended_is_sent_again_under_its_id(quiet: Site, receiver: Receiver) -> None:
    told = always(quiet, "Again", receiver)

    def send_and_end(target: Target, title: str, body: str, change: AlertState) -> None:
        send(target, title, body, change)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Messenger(AlertMessages(quiet.parts.store, quiet.clock), send_and_end, quiet.clock).send_next()
    assert tell(quiet) == 1
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    forget(quiet, told)


def test_a_silence_holds_messages_back_until_it_ends(quiet: Site, receiver: Receiver) -> None:
    told = always(quiet, "Held back", receiver)
    (alert,) = fired(quiet, told)
    hushed = {"until": (quiet.clock.now() + MINUTE).isoformat(), "why": "Known."}
    silence(quiet, alert["id"], hushed)
    assert tell(quiet) == 0
    quiet.clock.advance(MINUTE)
    assert tell(quiet) == 1
    forget(quiet, told)


def test_what_is_over_before_its_silence_is_never_told(quiet: Site, receiver: Receiver) -> None:
    none = {"kind": "metric", "metric": "events", "minutes": 2}
    told = made(quiet, name="No events", condition=none, comparison="lt", threshold=1, notify=[receiver.address])
    evaluate(quiet)
    (alert,) = fired(quiet, told)
    silence(quiet, alert["id"], {"until": (quiet.clock.now() + timedelta(hours=1)).isoformat(), "why": "Known."})
    quiet.post(seen(quiet))
    quiet.refine()
    evaluate(quiet, 1.5 * MINUTE)
    assert fired(quiet, told)[0]["state"] == "resolved"
    quiet.clock.advance(timedelta(hours=1))
    assert tell(quiet) == 0
    assert [(each["change"], each["state"]) for each in messages(quiet, told)] == [("firing", "silenced")]
    forget(quiet, told)


def test_rules_that_do_not_say_it_tell_whom_the_settings_name(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> None:
    path = tmp_path_factory.mktemp("named") / "lake"
    with site_on(path, NOW, alerts_notify=[receiver.address]) as site:
        named = made(site, name="Named", condition=LEDGER, comparison="eq", threshold=0)
        nobody = made(site, name="Nobody", condition=LEDGER, comparison="eq", threshold=0, notify=[])
        evaluate(site)
        assert tell(site) == 1
        assert [body["title"] for body in receiver.told] == ["Firing: Named"]
        assert (rule(site, named)["notify"], rule(site, nobody)["notify"]) == (None, [])


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"tgram://123456789:{SECRET}abcdefghi/12315544/", "tgram://…"),
        (f"ntfy://{SECRET}", "ntfy://…"),
        (f"mailto://me:{SECRET}@mail.example", "mailto://mail.example"),
        (f"bogus://{SECRET}/x", None),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_secret(quiet: Site, address: str, shown: str | None) -> None:
    body = {"name": "Shown", "condition": LEDGER, "threshold": 0, "notify": [address]}
    answer = make(quiet, body)
    assert SECRET not in answer.text
    if shown is None:
        assert "apprise" in is_problem(answer, 400)["detail"]
        return
    assert answer.json()["notify"] == [shown]
    forget(quiet, answer.json()["id"])
