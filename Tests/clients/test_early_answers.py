"""Answers before a request has been read in full: one request in, one reply out, and no byte of a body is a request."""
import re
import signal
import socket
import threading

import pytest
from conftest import wait_until

# What a body that is taken for requests would ask.
INNER = (b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
         b"POST /admin/queue/update HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         b'Content-Length: 37\r\n\r\n{"model":"smuggled","queue_limit":17}')
MODEL = b'{"model":"llama2","prompt":"'
NEXT = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
FRAMINGS = ("counted", "chunked", "one chunk", "tiny chunks")
DELIVERIES = ("at once", "head first", "last byte late", "after the answer", "expect", "expect, at once")


class Held:
    """A gateway with one slot that is taken, and what its backend was asked."""

    def __init__(self, backend, start, tmp_path, text, *arguments):
        self.go = threading.Event()

        def script(connection, request):
            if b'"hold"' in request[1]:
                self.go.wait()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        self.backend = backend(script)
        config = tmp_path / "paddock.yaml"
        config.write_text(text)
        self.gateway = start("serve", "--port", "0", "--config", str(config), "--backend", self.backend.url, "--event-loops", "1",
                             "--parallel", "1", *arguments)
        self.port = self.gateway.port
        self.holder = None

    def hold(self, fields=b""):
        """Takes the only slot of `llama2`."""
        body = b'{"model":"llama2","prompt":"hold","hold":"hold"}'
        self.holder = socket.create_connection(("127.0.0.1", self.port))
        self.holder.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s" % (fields, len(body), body))
        wait_until(lambda: len(self.backend.requests) == 1)

    def end(self):
        self.go.set()
        if self.holder:
            self.holder.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Gateways that are made when first asked for; each kind once for all tests."""
    from conftest import Process, ScriptedBackend

    made, processes, backends = {}, [], []

    def start(*arguments, **options):
        processes.append(Process(*arguments, **options))
        return processes[-1]

    def backend(script):
        backends.append(ScriptedBackend(script))
        return backends[-1]

    def make(kind, text, holds=False, fields=b""):
        if kind not in made:
            made[kind] = Held(backend, start, tmp_path_factory.mktemp("early"), text)
            if holds:
                made[kind].hold(fields)
        return made[kind]

    yield make
    for held in made.values():
        held.end()
    for process in processes:
        process.stop()
    for scripted in backends:
        scripted.stop()


PLAIN = "max_body_bytes: 100KB\nrequest_timeout: 30\naccess_log: 'off'\n"
KEYS = PLAIN + "require_key: true\nclients: {alice: {key: a}}\n"
GATEWAYS = {
    "plain": (PLAIN, False, b""),
    "keys": (KEYS, False, b""),
    "full": (PLAIN + "ollama_max_queue: 0\n", True, b""),
    "memory": ("max_queued_bytes: 10KB\nrequest_timeout: 30\naccess_log: 'off'\n", False, b""),
    "impatient": ("request_timeout: 0.3\naccess_log: 'off'\n", False, b""),
}

# name: the gateway, the target, fields, what the body begins with, its size beyond, the statuses
ANSWERS = {
    "400 no model": ("plain", b"/api/chat", b"", b'{"prompt":"', 0, {400}),
    "400 no JSON": ("plain", b"/v1/chat/completions", b"", b"", 30_000, {400}),
    "400 target": ("plain", b"x:/api/chat", b"", MODEL, 0, {400}),
    "400 admin": ("plain", b"/admin/queue/update", b"Content-Type: application/json\r\n", b"", 0, {400}),
    "401": ("keys", b"/v1/messages", b"", MODEL, 500, {401}),
    "401 large": ("keys", b"/api/embed", b"", MODEL, 90_000, {401}),
    "403 host": ("plain", b"/api/chat", b"Host: evil.example\r\n", MODEL, 0, {403}),
    "403 origin": ("plain", b"/admin/queue/reset", b"Origin: http://evil.example\r\n", b"", 15_000, {403}),
    "404": ("plain", b"/admin/nothing", b"", b"", 0, {404}),
    "404 large": ("plain", b"/admin/nothing", b"", b"", 16_000, {404}),
    "405": ("plain", b"/queue/stats", b"", b"", 3_000, {404, 405}),
    "413 by length": ("plain", b"/api/chat", b"", MODEL, 110_000, {413}),
    "413 much": ("plain", b"/v1/responses", b"", MODEL, 900_000, {413}),
    "413 own": ("plain", b"/admin/queue/update", b"Content-Type: application/json\r\n", b"", 3_000_000, {413}),
    "415": ("plain", b"/v1/chat/completions", b"Content-Encoding: gzip\r\n", b"", 5_000, {415}),
    "415 api": ("plain", b"/api/chat", b"Content-Encoding: zstd\r\n", MODEL, 60_000, {415}),
    "431": ("plain", b"/api/chat", b"X: " + b"x" * 70_000 + b"\r\n", MODEL, 0, {431}),
    "431 fields": ("plain", b"/api/chat", b"X: x\r\n" * 1_100, MODEL, 0, {431}),
    "503 full": ("full", b"/api/chat", b"", MODEL, 100, {503}),
    "503 full, large": ("full", b"/v1/completions", b"", MODEL, 90_000, {503}),
    "503 memory": ("memory", b"/api/chat", b"", MODEL, 10_230, {503}),
    "503 memory, one read": ("memory", b"/api/generate", b"", MODEL, 60_000, {503}),
    "503 memory, large": ("memory", b"/v1/embeddings", b"", MODEL, 300_000, {503}),
    "503 memory, own": ("memory", b"/admin/queue/update", b"Content-Type: application/json\r\n", b"", 12_000, {503}),
}


def framed(body, framing):
    if framing == "counted":
        return b"Content-Length: %d\r\n" % len(body), body
    size = {"chunked": 10_000, "one chunk": len(body), "tiny chunks": max(1, len(body) // 500)}[framing]
    pieces = [body[index:index + size] for index in range(0, len(body), size)]
    return b"Transfer-Encoding: chunked\r\n", b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class Client:
    """A connection that sends from a thread of its own, as an answer may arrive in the middle of it."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.received = b""

    def send(self, data):
        try:
            self.connection.sendall(data)
        except OSError:
            pass

    def send_aside(self, data):
        thread = threading.Thread(target=self.send, args=(data,))
        thread.start()
        return thread

    def read_reply(self):
        """The status of one reply that is not interim, and whether the connection is kept; bytes after it are kept, too."""
        while True:
            while b"\r\n\r\n" not in self.received:
                self._more()
            head, self.received = self.received.split(b"\r\n\r\n", 1)
            status = int(head.split(b" ")[1])
            if status < 200:
                continue
            length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
            while len(self.received) < length:
                self._more()
            self.received = self.received[length:]
            return status, not re.search(rb"connection: close", head, re.I)

    def _more(self):
        piece = self.connection.recv(65_536)
        assert piece, f"the connection ends in the middle: {self.received[:300]!r}"
        self.received += piece

    def rest(self):
        """All that arrives until the connection ends."""
        try:
            while piece := self.connection.recv(65_536):
                self.received += piece
        except ConnectionResetError:
            pass
        return self.received


def check(held, status_wanted, head, body, delivery):
    """Sends a request that is refused, and another one after it."""
    asked = len(held.backend.requests)
    client = Client(held.port)
    expects = delivery.startswith("expect")
    head = head + (b"Expect: 100-continue\r\n" if expects else b"") + b"\r\n"
    sending = None
    if delivery in ("at once", "expect, at once"):
        sending = client.send_aside(head + body + NEXT)
    elif delivery == "head first":
        client.send(head)
        sending = client.send_aside(body + NEXT)
    elif delivery == "last byte late":
        client.send(head + body[:-1])
        sending = client.send_aside(body[-1:] + NEXT)
    elif delivery == "expect":
        client.send(head)
        start = client.connection.recv(12, socket.MSG_WAITALL)
        client.received = start
        if start.endswith(b" 100"):
            sending = client.send_aside(body + NEXT)
    else:
        # Gives the answer a chance to arrive before the body is sent; if it needs the body, it arrives later.
        client.send(head + body[:10])
        client.connection.settimeout(0.05)
        try:
            client.received = client.connection.recv(1)
        except TimeoutError:
            pass
        client.connection.settimeout(20)
        sending = client.send_aside(body[10:] + NEXT)
    status, goes_on = client.read_reply()
    assert status in status_wanted
    if sending is None:
        # Without having been asked for its body a client may send it or not (RFC 9110 §10.1.1); this one does not and continues.
        sending = client.send_aside(NEXT if goes_on else b"")
    if goes_on:
        assert client.read_reply() == (200, False)
    assert client.rest() == b""
    sending.join()
    client.connection.close()
    assert len(held.backend.requests) == asked


@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_one_request_gets_one_reply(world, answer, framing, delivery):
    kind, target, fields, start, size, statuses = ANSWERS[answer]
    held = world(kind, *GATEWAYS[kind])
    # Of what is refused for its place or its memory only good JSON comes so far; read as a request it would be answered 400.
    body = start + b"x" * size + (b'"}' if statuses == {503} and start == MODEL else INNER)
    framing_fields, data = framed(body, framing)
    host = b"" if b"Host:" in fields else b"Host: localhost\r\n"
    check(held, statuses, b"POST %s HTTP/1.1\r\n" % target + host + fields + framing_fields, data, delivery)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("target", [b"/queue/stats", b"/health", b"/metrics", b"/queue/requests/none", b"/dashboard"])
def test_own_routes_with_bodies(world, target, framing):
    held = world("plain", *GATEWAYS["plain"])
    for size in (0, 70_000):
        framing_fields, data = framed(b"x" * size + INNER, framing)
        check(held, {200, 400, 404, 413}, b"GET %s HTTP/1.1\r\nHost: localhost\r\n" % target + framing_fields, data, "at once")


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("target", [b"/api/chat", b"/admin/queue/update", b"/v1/messages"])
def test_a_body_that_is_late_gets_408_and_nothing_else(world, target, framing):
    held = world("impatient", *GATEWAYS["impatient"])
    framing_fields, data = framed(MODEL + b"x" * 1_000 + INNER, framing)
    client = Client(held.port)
    client.send(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" % target + framing_fields + b"\r\n" + data[:600])
    assert client.read_reply() == (408, False)
    client.send(data[600:] + NEXT)
    assert client.rest() == b""
    assert held.backend.requests == []


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("size", [0, 60_000])
def test_a_drain_refuses_bodies_whole(backend, start, tmp_path, framing, size):
    held = Held(backend, start, tmp_path, PLAIN)
    held.hold()
    # Connections that are there already, of which one is inside a body.
    framing_fields, data = framed(MODEL + b"x" * size + b'"}', framing)
    head = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\n" + framing_fields + b"\r\n"
    inside, behind = Client(held.port), Client(held.port)
    behind.send(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert behind.read_reply() == (200, True)
    inside.send(head + data[:20])
    wait_until(lambda: held.gateway.process.poll() is None)
    held.gateway.process.send_signal(signal.SIGTERM)
    wait_until(lambda: any("draining" in line for line in held.gateway.lines))
    sending = [inside.send_aside(data[20:] + NEXT), behind.send_aside(head + framed(MODEL + b"x" * size + INNER, framing)[1] + NEXT)]
    for client in (inside, behind):
        try:
            client.received += client.connection.recv(65_536)
        except ConnectionResetError:
            pass  # Nothing of the request had been read.
        if client.received:
            status, goes_on = client.read_reply()
            assert status in (503, 400) and not goes_on
        assert client.rest() == b""
    for thread in sending:
        thread.join()
    assert len(held.backend.requests) == 1
    held.end()
    assert held.gateway.process.wait(30) == 0
