"""A namespace of Kubernetes on this machine, as far as Spark asks for it: its API, and pods whose containers are processes."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

HOST = "127.0.0.1"
Thing = dict[str, Any]
_PATH = re.compile(r"/apis?/(?:[\w.]+/)?v1/namespaces/[\w-]+/(?P<resource>\w+)(?:/(?P<name>[\w.-]+))?(?:/\w+)?$")
_VERBS = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}
_CREATED = "2026-11-24T10:00:00Z"
_ENDS_WITHIN_S = 30.0


@dataclass
class Namespace:
    """folder: what pods mount, and what they say. image: the environment that an image has.

    swapped: what is another on this machine than in a container. claims: of each claim the folder. asked: (verb, resource).
    """

    folder: Path
    image: Mapping[str, str]
    swapped: dict[str, str]
    claims: Mapping[str, Path]
    asked: set[tuple[str, str]] = field(default_factory=set)
    things: dict[tuple[str, str], Thing] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    watches: list[queue.Queue[Thing]] = field(default_factory=list)
    opened: ExitStack = field(default_factory=ExitStack)
    lock: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    @contextmanager
    def served(self) -> Iterator[Namespace]:
        """With its API at `address`."""
        server = ThreadingHTTPServer((HOST, 0), type("Handler", (_Handler,), {"namespace": self}))
        server.daemon_threads = True
        self.address = f"http://{HOST}:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            for name in list(self.running):
                self.end(name, signal.SIGKILL)
            server.shutdown()
            server.server_close()
            self.opened.close()

    def create(self, resource: str, thing: Thing) -> Thing:
        """Keep it. An executor runs as soon as there is all that it mounts, a driver with `run`."""
        thing["metadata"].update(
            uid=str(uuid4()), namespace="shop", resourceVersion="1", creationTimestamp="2026-01-01T00:00:00Z"
        )
        if resource == "pods":
            thing["status"] = {"phase": "Pending"}
        with self.lock:
            self.things[resource, thing["metadata"]["name"]] = thing
            for pod in self.found("pods", {"spark-role": "executor"}):
                if pod["status"]["phase"] == "Pending" and self._has_maps(pod):
                    self.run(pod)
        return thing

    def run(self, pod: Thing) -> None:
        name = pod["metadata"]["name"]
        container = pod["spec"]["containers"][0]
        mounted = self._mounted(pod)
        log = self.opened.enter_context(self.log(name).open("wb"))
        words = [self._here(word, mounted) for word in [*container["command"], *container["args"]]]
        environment = {key: self._here(value, mounted) for key, value in self._environment(pod).items()}
        self.running[name] = subprocess.Popen(
            words, env=environment, cwd=mounted["/tmp"], stdout=log, stderr=log, start_new_session=True
        )
        pod["status"] = {"phase": "Running", "podIP": HOST, "conditions": [{"type": "Ready", "status": "True"}]}
        self._tell("MODIFIED", pod)

    def probe(self, pod: Thing) -> bool:
        """Whether its probe of liveness succeeds."""
        mounted = self._mounted(pod)
        command = pod["spec"]["containers"][0]["livenessProbe"]["exec"]["command"]
        return not subprocess.run([self._here(word, mounted) for word in command], check=False).returncode

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Stop what a pod runs: its first process is told, and with it all others end. None where it runs nothing."""
        process = self.running.pop(name, None)
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(how)
        code = process.wait(_ENDS_WITHIN_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return code

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def found(self, resource: str, labels: Mapping[str, str]) -> list[Thing]:
        """Those with these labels; of pods whose process has ended that is told."""
        chosen = [thing for (kind, _), thing in self.things.items() if kind == resource]
        chosen = [thing for thing in chosen if labels.items() <= thing["metadata"].get("labels", {}).items()]
        for thing in chosen:
            process = self.running.get(thing["metadata"]["name"])
            if resource == "pods" and process and process.poll() is not None:
                thing["status"] = {**thing["status"], "phase": "Failed" if process.returncode else "Succeeded"}
        return chosen

    def delete(self, resource: str, name: str) -> None:
        thing = self.things.pop((resource, name), None)
        if thing is not None and resource == "pods":
            self.end(name)
            self._tell("DELETED", thing)

    def _tell(self, what: str, pod: Thing) -> None:
        for watch in self.watches:
            watch.put({"type": what, "object": pod})

    def _has_maps(self, pod: Thing) -> bool:
        named = [volume["configMap"]["name"] for volume in pod["spec"]["volumes"] if "configMap" in volume]
        return all(("configmaps", name) in self.things for name in named)

    def _mounted(self, pod: Thing) -> dict[str, str]:
        """Of each path in the container the folder here."""
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        return {
            mount["mountPath"]: str(self._volume(pod["metadata"]["name"], volumes[mount["name"]]))
            for mount in pod["spec"]["containers"][0]["volumeMounts"]
        }

    def _volume(self, pod: str, volume: Thing) -> Path:
        if "persistentVolumeClaim" in volume:
            return self.claims[volume["persistentVolumeClaim"]["claimName"]]
        folder: Path = self.folder / pod / volume["name"]
        folder.mkdir(parents=True, exist_ok=True)
        if "configMap" in volume:
            data = self.things["configmaps", volume["configMap"]["name"]]["data"]
            for item in volume["configMap"].get("items") or [{"key": key, "path": key} for key in data]:
                path = folder / item["path"]
                path.write_text(self._properties(pod, data[item["key"]]) if path.suffix == ".properties" else data[item["key"]])
        return folder

    def _properties(self, pod: str, text: str) -> str:
        """Spark's own file names what is mounted, and hosts."""
        mounted = {"/opt/spark/pod-template": str(self.folder / pod / "pod-template-volume")}
        return re.sub(r"[\w.-]+\.svc\b", HOST, self._here(text.replace("\\:", ":"), mounted))

    def _environment(self, pod: Thing) -> dict[str, str]:
        container = pod["spec"]["containers"][0]
        maps = [self.things["configmaps", source["configMapRef"]["name"]]["data"] for source in container["envFrom"]]
        fields = {"status.podIP": HOST, "metadata.name": pod["metadata"]["name"]}
        own = {
            variable["name"]: fields[variable["valueFrom"]["fieldRef"]["fieldPath"]]
            if "valueFrom" in variable
            else variable["value"]
            for variable in container["env"]
            if "value" in variable or "valueFrom" in variable
        }
        return {**self.image, **{key: value for data in maps for key, value in data.items()}, **own}

    def _here(self, text: str, mounted: Mapping[str, str]) -> str:
        known = {**mounted, **self.swapped}
        longest_first = sorted(known, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest_first)), lambda found: known[found[0]], text)


class _Handler(BaseHTTPRequestHandler):
    """Kubernetes' API of a namespace, as far as Spark's client speaks it."""

    namespace: Namespace
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        resource, name, query = self._asked()
        watching = query.get("watch") == ["true"]
        self.namespace.asked.add(("watch" if watching else "get" if name else "list", resource))
        if watching:
            self._watch()
        elif name:
            thing = self.namespace.things.get((resource, name))
            self._answer(thing or _status(HTTPStatus.NOT_FOUND), HTTPStatus.OK if thing else HTTPStatus.NOT_FOUND)
        else:
            kind = {"pods": "PodList", "configmaps": "ConfigMapList", "services": "ServiceList"}[resource]
            items = self._chosen(resource, query)
            self._answer({"apiVersion": "v1", "kind": kind, "metadata": {"resourceVersion": "1"}, "items": items})

    def do_POST(self) -> None:
        self._write(lambda resource, _, body: self.namespace.create(resource, body), HTTPStatus.CREATED)

    def do_PATCH(self) -> None:
        self._write(self._patched)

    def do_PUT(self) -> None:
        self._write(self._patched)

    def do_DELETE(self) -> None:
        resource, name, query = self._asked()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.namespace.asked.add(("delete" if name else "deletecollection", resource))
        for gone in [name] if name else [thing["metadata"]["name"] for thing in self._chosen(resource, query)]:
            self.namespace.delete(resource, gone)
        self._answer(_status(HTTPStatus.OK))

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

    def _asked(self) -> tuple[str, str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        found = _PATH.match(parts.path)
        assert found, self.path
        return found["resource"], found["name"] or "", parse_qs(parts.query)

    def _chosen(self, resource: str, query: dict[str, list[str]]) -> list[Thing]:
        """Of the selectors those that Spark uses: `label=value`, `label!=value`, and the name as a field."""
        terms = [term for text in query.get("labelSelector", []) for term in text.split(",")]
        wanted = dict(term.split("=", 1) for term in terms if "!=" not in term)
        unwanted = [dict([term.split("!=", 1)]) for term in terms if "!=" in term]
        names = [text.removeprefix("metadata.name=") for text in query.get("fieldSelector", [])]
        return [
            thing
            for thing in self.namespace.found(resource, wanted)
            if not any(pair.items() <= thing["metadata"].get("labels", {}).items() for pair in unwanted)
            and (not names or thing["metadata"]["name"] in names)
        ]

    def _write(self, how: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        resource, name, _ = self._asked()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.namespace.asked.add((_VERBS[self.command], resource))
        self._answer(how(resource, name, body), status)

    def _patched(self, resource: str, name: str, body: Any) -> Thing:
        """Server-side apply and the merge of metadata are what comes."""
        if (resource, name) not in self.namespace.things:
            return self.namespace.create(resource, body)
        thing = self.namespace.things[resource, name]
        if isinstance(body, dict):
            thing["metadata"].update(body.get("metadata", {}))
        return thing

    def _watch(self) -> None:
        if self.headers.get("Upgrade"):  # its client then takes lines of JSON in place of a web socket
            self._answer(_status(HTTPStatus.SERVICE_UNAVAILABLE), HTTPStatus.SERVICE_UNAVAILABLE)
            return
        events: queue.Queue[Thing] = queue.Queue()
        self.namespace.watches.append(events)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        while True:
            try:
                self.wfile.write(json.dumps(events.get()).encode() + b"\n")
            except OSError:
                return

    def _answer(self, thing: Thing, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = json.dumps(thing).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _status(code: HTTPStatus) -> Thing:
    return {"apiVersion": "v1", "kind": "Status", "code": code.value, "status": "Success" if code == HTTPStatus.OK else "Failure"}
