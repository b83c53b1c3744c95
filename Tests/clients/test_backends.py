"""Backends that fail: late connections, kept connections that close, broken replies, lists of several, and keys."""
import json
import re
import socket
import threading

import pytest
import requests
from conftest import ScriptedBackend, wait_until

MODEL = "llama2"


def body(prompt):
    return json.dumps({"model": MODEL, "prompt": prompt, "stream": False}).encode()


def generate(prompt, fields=b""):
    data = body(prompt)
    return b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n%s" % (len(data), fields, data)


def prompt_of(request):
    return json.loads(request[1])["prompt"]


def host_of(request):
    return re.search(rb"\r\nHost: ([^\r]*)", request[0]).group(1).decode()


def read_reply(connection):
    """Reads one reply with a length."""
    reply = b""
    while b"\r\n\r\n" not in reply:
        piece = connection.recv(65536)
        assert piece, reply
        reply += piece
    head, rest = reply.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"content-length: *(\d+)", head, re.I).group(1))
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head[9:12]), rest


class GatedBackend:
    """A backend whose gate can be closed: connections to it then neither succeed nor fail."""

    def __init__(self):
        self.requests = []
        self.active = 0
        self.most = 0
        self.lock = threading.Lock()
        self.go = threading.Semaphore(0)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.isOpen = threading.Event()
        self.isOpen.set()
        self.idle = threading.Event()
        self.fillers = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        self.listener.settimeout(0.02)
        while True:
            if not self.isOpen.is_set():
                self.idle.set()
                self.isOpen.wait()
                self.idle.clear()
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(None)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                data = b""
                while b"\r\n\r\n" not in data:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    data += piece
                head, rest = data.split(b"\r\n\r\n", 1)
                if b"/api/version" in head:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                    return
                length = int(re.search(rb"content-length: *(\d+)", head, re.I).group(1))
                while len(rest) < length:
                    rest += connection.recv(65536)
                with self.lock:
                    self.requests.append((head, rest))
                    self.active += 1
                    self.most = max(self.most, self.active)
                self.go.acquire(timeout=30)
                with self.lock:
                    self.active -= 1
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            except OSError:
                pass

    def close_gate(self):
        self.isOpen.clear()
        assert self.idle.wait(10)
        self.listener.listen(0)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)

    def open_gate(self):
        self.listener.listen(64)
        self.isOpen.set()

    def stop(self):
        self.isOpen.set()
        self.listener.close()
        for filler in self.fillers:
            filler.close()


@pytest.fixture
def gated():
    made = []

    def make():
        made.append(GatedBackend())
        return made[-1]

    yield make
    for one in made:
        one.stop()


def health(gateway):
    return {one["url"]: one["healthy"] for one in requests.get(f"{gateway.url}/health").json()["backends"]}


@pytest.mark.parametrize("late", ["connects", "is refused"])
def test_a_connection_that_is_late_is_nobody_elses(gated, start, late):
    """The first request gives up while its connection is being made. The next one on the same client connection goes elsewhere."""
    first, second = gated(), gated()
    gateway = start("serve", "--port", "0", "--parallel", "1", "--backend", first.url, "--backend", second.url)
    first.close_gate()
    second.close_gate()
    client = socket.create_connection(("127.0.0.1", gateway.port), timeout=40)
    other = socket.create_connection(("127.0.0.1", gateway.port), timeout=40)
    client.sendall(generate("gives up", b"X-Request-Timeout: 1\r\n"))
    # What the kernel does with this connection from now on it has done with the gateway's before.
    stats = lambda: requests.get(f"{gateway.url}/queue/stats").json()["models"].get(MODEL, {})
    wait_until(lambda: stats().get("active_requests") == 1)
    witness = socket.socket()
    witness.setblocking(False)
    witness.connect_ex(("127.0.0.1", first.port))
    assert read_reply(client)[0] == 504
    other.sendall(generate("other"))
    wait_until(lambda: stats()["active_requests"] == 1)
    client.sendall(generate("next"))
    wait_until(lambda: stats()["active_requests"] == 2)

    if late == "connects":
        first.open_gate()
    else:
        first.listener.close()
    wait_until(lambda: witness.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or connected(witness))
    if late == "connects":
        wait_until(lambda: first.requests)
    assert health(gateway)[second.url]
    second.open_gate()
    wait_until(lambda: second.requests)
    assert prompt_of(second.requests[0]) == "next" and host_of(second.requests[0]) == f"127.0.0.1:{second.port}"
    first.go.release()
    second.go.release(2)
    assert read_reply(client)[0] == 200
    assert read_reply(other)[0] == 200
    expected = ["other"] if late == "connects" else []
    assert [prompt_of(request) for request in first.requests] == expected
    assert all(host_of(request) == f"127.0.0.1:{first.port}" for request in first.requests)
    assert first.most <= 1 and second.most <= 1
    assert health(gateway)[second.url]
    witness.close()


def connected(one):
    try:
        one.getpeername()
        return True
    except OSError:
        return False
