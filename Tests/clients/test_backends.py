"""Backends that fail: late connections, kept connections that close, broken replies, lists of several, and keys."""
import json
import random
import re
import select
import socket
import threading

import pytest
import requests
from conftest import raw, wait_until

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
        piece = connection.recv(65536)
        assert piece, (head, rest)
        rest += piece
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


# Replies that break


@pytest.mark.parametrize(
    "reply",
    [
        b"Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_reply_that_breaks_with_its_head_is_502_for_client_and_log(backend, start, tmp_path, reply, method):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n" + reply)
        return "close"

    scripted = backend(script)
    log = tmp_path / "log"
    with log.open("w") as output:
        gateway = start(
            "serve", "--port", "0", "--backend", scripted.url, "--access-log", "json", "--event-loops", "1", stdout=output
        )
    request = generate("x") if method == "POST" else b"GET /api/show HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as client:
        for _ in range(2):
            client.sendall(request)
            status, text = read_reply(client)
            assert status == 502 and json.loads(text)["error"].startswith("backend_error")
    lines = wait_until(lambda: (found := log.read_text().splitlines()) and len(found) == 2 and [json.loads(l) for l in found])
    assert all(line["status"] == 502 and line["outcome"] == "failed" and line["code"] == "backend_error" for line in lines)


ODD = b"3 \r\nabc\r\n\t4\t\r\ndefg\r\n1 ;x=y\r\nh\r\n0 \r\n\r\n"


@pytest.mark.parametrize("cut", range(0, len(ODD), 5))
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_blanks_around_chunk_sizes_are_read_and_not_passed_on(cut, version, odd_gateway):
    gateway, pieces = odd_gateway
    pieces[:] = [ODD[:cut], ODD[cut:]]
    data = body("x")
    request = b"POST /api/generate HTTP/%s\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    reply = raw(gateway.port, request % (version, len(data), data))
    head, rest = reply.split(b"\r\n\r\n", 1)
    if version == b"1.0":
        assert rest == b"abcdefgh"
    else:
        assert re.fullmatch(rb"(?:[0-9a-f]+\r\n[a-h]+\r\n)+0\r\n\r\n", rest), rest
        assert dechunked(rest) == b"abcdefgh"


def dechunked(text):
    data = b""
    while True:
        size, text = text.split(b"\r\n", 1)
        count = int(size, 16)
        data, text = data + text[:count], text[count + 2 :]
        if count == 0:
            return data


@pytest.fixture(scope="module")
def odd_gateway():
    """A gateway before a backend that sends the pieces in the list, one after the other."""
    from conftest import Process, ScriptedBackend

    pieces = []

    def script(connection, request):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            connection.sendall(piece)

    scripted = ScriptedBackend(script)
    gateway = Process("serve", "--port", "0", "--backend", scripted.url)
    yield gateway, pieces
    gateway.stop()
    scripted.stop()


# Kept connections


class ClosingBackend:
    """Closes kept connections at random moments, and notes each request and on which connection it came."""

    def __init__(self, seed, keep_alive=b""):
        self.random = random.Random(seed)
        self.seen = []
        self.lost = 0
        self.kept = 0
        self.lock = threading.Lock()
        self.keep_alive = keep_alive
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                for number in range(1000):
                    if number:
                        # How long it keeps the connection is its secret.
                        ready, _, _ = select.select([connection], [], [], self.random.uniform(0, 0.004))
                        if not ready:
                            connection.shutdown(socket.SHUT_WR)
                            if self._read(connection):
                                # It came between our end and the news of it: this one alone may be lost.
                                with self.lock:
                                    self.lost += 1
                            return
                    request = self._read(connection)
                    if not request:
                        return
                    if b"/api/version" in request[0]:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                        return
                    with self.lock:
                        self.seen.append(prompt_of(request))
                        self.kept += number > 0
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n%s\r\n{}" % self.keep_alive)
            except OSError:
                pass

    def _read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None
            data += piece
        head, rest = data.split(b"\r\n\r\n", 1)
        length = re.search(rb"content-length: *(\d+)", head, re.I)
        while length and len(rest) < int(length.group(1)):
            piece = connection.recv(65536)
            if not piece:
                return None
            rest += piece
        return head, rest


@pytest.mark.parametrize("seed", [1, 2])
def test_a_backend_that_closes_kept_connections_fails_no_request(start, seed):
    scripted = ClosingBackend(seed)
    gateway = start("serve", "--port", "0", "--backend", scripted.url, "--parallel", "4", "--event-loops", "1")
    failed = []
    names = [f"{client}-{number}" for client in range(4) for number in range(150)]

    def run(client):
        pause = random.Random(100 * seed + client)
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
            for number in range(150):
                # Until about when the backend may close.
                select.select([], [], [], pause.uniform(0, 0.004))
                connection.sendall(generate(f"{client}-{number}"))
                if read_reply(connection)[0] != 200:
                    failed.append(f"{client}-{number}")

    threads = [threading.Thread(target=run, args=(client,)) for client in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scripted.listener.close()
    assert len(failed) <= scripted.lost
    assert sorted(scripted.seen + failed) == sorted(names), "each request arrives once"
    assert scripted.kept > 20


@pytest.mark.parametrize("word, kept", [(b"timeout=5, max=100", True), (b"max=1", False), (b"timeout=1", False), (b"timeout=0", False)])
def test_a_backend_that_says_how_long_it_keeps_connections_is_believed(backend, start, word, kept):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: %s\r\n\r\n{}" % word)
        if not kept:
            # It does not close, so that only its word can be the reason.
            assert connection.recv(1) == b""
            closed.release()

    closed = threading.Semaphore(0)
    scripted = backend(script)
    gateway = start("serve", "--port", "0", "--backend", scripted.url, "--event-loops", "1")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as client:
        for _ in range(3):
            client.sendall(generate("x"))
            assert read_reply(client)[0] == 200
            assert kept or closed.acquire(timeout=2)
