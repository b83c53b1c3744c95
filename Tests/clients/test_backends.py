"""Backends that fail: late connections, kept connections that close, broken replies, lists of several, and keys."""
import json
import random
import re
import select
import signal
import socket
import subprocess
import threading

import pytest
import requests
from conftest import PADDOCK, answer_probe, listen, raw, stop_listening, wait_until

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
                if answer_probe(connection, head):
                    return
                length = int(re.search(rb"content-length: *(\d+)", head, re.I).group(1))
                while len(rest) < length:
                    rest += connection.recv(65536)
                with self.lock:
                    self.requests.append((head, rest))
                    self.active += 1
                    self.most = max(self.most, self.active)
                self.go.acquire()
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
        stop_listening(self.listener)
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
    client.sendall(generate("gives up", b"X-Request-Timeout: 2\r\n"))
    # What the kernel does with this connection from now on it has done with the gateway's before.
    stats = lambda: requests.get(f"{gateway.url}/queue/stats").json()["models"].get(MODEL, {})
    wait_until(lambda: stats().get("active_requests") == 1)
    witness = socket.socket()
    witness.setblocking(False)
    witness.connect_ex(("127.0.0.1", first.port))
    assert read_reply(client)[0] == 504
    # Of equals the backend is next on which a request started longest ago.
    client.sendall(generate("next"))
    wait_until(lambda: stats()["active_requests"] == 1)
    other.sendall(generate("other"))
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
    """A gateway in front of a backend that sends the pieces in the list, one after the other."""
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
    """Closes kept connections at random moments, and records each request and its connection."""

    def __init__(self, seed, keep_alive=b""):
        self.random = random.Random(seed)
        self.seen = []
        self.lost = 0
        self.kept = 0
        self.lock = threading.Lock()
        self.keep_alive = keep_alive
        self.listener, self.url = listen(self._serve)

    def _serve(self, connection):
        with connection:
            try:
                for number in range(1000):
                    if number:
                        # How long it keeps the connection is its secret; of five it keeps one for as long as it takes.
                        patience = None if self.random.random() < 0.2 else self.random.uniform(0, 0.004)
                        ready, _, _ = select.select([connection], [], [], patience)
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
                    if answer_probe(connection, request[0]):
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
    stop_listening(scripted.listener)
    assert len(failed) <= scripted.lost
    assert sorted(scripted.seen + failed) == sorted(names), "each request arrives once"
    assert scripted.kept > 20


WHOLE, CHUNKED = (b"Content-Length: 2", b"{}"), (b"Transfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n")


@pytest.mark.parametrize("framed, word, kept", [
    (WHOLE, b"timeout=5, max=100", True), (WHOLE, b"max=1", False), (WHOLE, b"timeout=1", False), (WHOLE, b"timeout=0", False),
    (CHUNKED, b"timeout=5", True), (CHUNKED, b"timeout=5, max=100", False)])
def test_a_backend_that_says_how_long_it_keeps_connections_is_believed(backend, start, framed, word, kept):
    """Except one that states a `max` with chunks: servers on cpp-httplib do, and close a moment after the last chunk all the same."""

    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\n%s\r\nKeep-Alive: %s\r\n\r\n%s" % (framed[0], word, framed[1]))
        if not kept:
            # It does not close, so that only its word can be the reason.
            after.append(connection.recv(1))
            return "close"

    after = []
    scripted = backend(script)
    gateway = start("serve", "--port", "0", "--backend", scripted.url, "--event-loops", "1")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as client:
        for _ in range(3):
            client.sendall(generate("x"))
            reply = b""
            while not reply.endswith(b"\r\n\r\n" + framed[1]):
                piece = client.recv(65536)
                assert piece, reply
                reply += piece
            assert reply.startswith(b"HTTP/1.1 200 ")
    # The next request did not come on the same connection.
    wait_until(lambda: kept or after == [b""] * 3)


# Lists of several backends


def replying(text, fields=b"", status=b"200 OK", kind=b"application/json"):
    def script(connection, request):
        connection.sendall(
            b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, kind, len(text), fields, text)
        )

    return script


def models(*names):
    return json.dumps({"models": [{"name": name} for name in names]}).encode()


def names(reply):
    return [model["name"] for model in reply.json()["models"]]


@pytest.fixture
def listing(start, backend):
    """A gateway in front of several scripted backends."""

    def make(*scripts):
        scripted = [backend(script) for script in scripts]
        urls = [text for one in scripted for text in ("--backend", one.url)]
        return start("serve", "--port", "0", "--event-loops", "1", *urls), scripted

    return make


def silent(connection, request):
    assert connection.recv(1) == b""


def test_a_list_waits_for_no_backend_that_hangs_and_names_it(listing):
    gateway, (one, two, three) = listing(replying(models("a")), silent, replying(models("b")))
    # Shorter than what the one that hangs was waited for once.
    reply = requests.get(f"{gateway.url}/api/tags", timeout=8)
    assert reply.status_code == 200 and names(reply) == ["a", "b"]
    assert reply.headers["X-Backends-Missing"] == two.url
    assert reply.headers["Content-Type"] == "application/json"


def test_a_backend_that_is_known_to_be_down_is_not_asked(listing):
    gateway, (one, two) = listing(replying(models("a")), replying(models("b")))
    assert "X-Backends-Missing" not in requests.get(f"{gateway.url}/api/tags").headers
    two.stop()
    wait_until(lambda: not health(gateway)[two.url])
    reply = requests.get(f"{gateway.url}/api/tags")
    assert names(reply) == ["a"] and reply.headers["X-Backends-Missing"] == two.url


@pytest.mark.parametrize(
    "script",
    [
        replying(b"<html>hello</html>", kind=b"text/html"),
        replying(b"[]"),
        replying(b'{"status":"ok"}'),
        replying(b'{"models":[{"name":"x"}'),
        replying(b"404 page not found", status=b"404 Not Found", kind=b"text/plain"),
        lambda connection, request: "close",
        lambda connection, request: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_no_list_takes_nothing_from_the_others(listing, script, first):
    scripts = [script, replying(models("a"))]
    gateway, scripted = listing(*(scripts if first else reversed(scripts)))
    reply = requests.get(f"{gateway.url}/api/tags")
    assert reply.status_code == 200 and names(reply) == ["a"]
    assert reply.headers["X-Backends-Missing"] == scripted[0 if first else 1].url


def test_backends_get_the_clients_fields_and_the_client_what_they_agree_on(listing):
    same = b"Access-Control-Allow-Origin: https://page.example\r\nAccess-Control-Allow-Credentials: true\r\n"
    gateway, scripted = listing(
        replying(models("a"), same + b"Vary: Origin\r\nServer: one\r\nETag: x\r\n"),
        replying(models("b"), same + b"Vary: Origin\r\nServer: two\r\nETag: x\r\n"),
    )
    fields = {
        "Authorization": "Bearer secret",
        "Origin": "https://page.example",
        "X-Thing": "1",
        "User-Agent": "me/1",
        "X-Request-Id": "list-1",
        "If-None-Match": "x",
        "Range": "bytes=0-1",
        "Accept-Encoding": "gzip",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
    }
    reply = requests.get(f"{gateway.url}/api/tags?x=%201", headers=fields)
    assert names(reply) == ["a", "b"]
    assert reply.headers["Access-Control-Allow-Origin"] == "https://page.example"
    assert reply.headers["Access-Control-Allow-Credentials"] == "true" and reply.headers["Vary"] == "Origin"
    assert "Server" not in reply.headers and "ETag" not in reply.headers and reply.headers["X-Request-Id"] == "list-1"
    for one in scripted:
        head = one.requests[0][0].decode()
        assert head.startswith("GET /api/tags?x=%201 HTTP/1.1\r\n") and host_of(one.requests[0]) == f"127.0.0.1:{one.port}"
        for line in ("Authorization: Bearer secret", "Origin: https://page.example", "X-Thing: 1", "User-Agent: me/1"):
            assert line in head.split("\r\n")
        for name in ("If-None-Match", "Range", "Accept-Encoding", "X-Hop", "keep-alive"):
            assert name not in head
        assert head.count("X-Request-Id") == 1 and head.lower().count("\r\nhost:") == 1


def test_a_page_may_read_a_list_only_where_each_backend_lets_it(listing):
    gateway, _ = listing(replying(models("a"), b"Access-Control-Allow-Origin: *\r\n"), replying(models("b")))
    assert "Access-Control-Allow-Origin" not in requests.get(f"{gateway.url}/api/tags").headers


def test_where_all_refuse_the_client_learns_why(listing):
    refusal = replying(b'{"error":"no key"}', b"WWW-Authenticate: Bearer\r\n", b"401 Unauthorized")
    gateway, scripted = listing(refusal, refusal)
    reply = requests.get(f"{gateway.url}/api/tags")
    assert reply.status_code == 401 and reply.json() == {"error": "no key"} and reply.headers["WWW-Authenticate"] == "Bearer"
    assert reply.headers["X-Backends-Missing"] == ", ".join(one.url for one in scripted)


def test_where_nobody_has_a_list_the_reasons_are_told(listing):
    gateway, (one, two) = listing(replying(b"<html>"), lambda connection, request: "close")
    reply = requests.get(f"{gateway.url}/v1/models")
    assert reply.status_code == 502 and reply.json()["error"]["code"] == "backend_error"
    message = reply.json()["error"]["message"]
    assert f"{one.url}: its answer is not a list of models" in message and f"{two.url}: it broke off" in message


def test_head_of_a_list_is_its_head(listing):
    gateway, _ = listing(replying(models("a")), replying(models("b")))
    got, head = requests.get(f"{gateway.url}/api/tags"), requests.head(f"{gateway.url}/api/tags")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.content))


def test_a_client_that_leaves_ends_the_questions(listing):
    left = threading.Semaphore(0)

    def script(connection, request):
        assert connection.recv(1) == b""
        left.release()

    gateway, scripted = listing(script, script)
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(b"GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: all(one.requests for one in scripted))
    assert left.acquire(timeout=1.5) and left.acquire(timeout=1.5)
    assert requests.get(f"{gateway.url}/health").status_code == 200


def test_lists_together_are_bounded_and_one_too_long_takes_nothing_from_the_others(listing):
    gateway, (one, two) = listing(replying(b'{"models":[' + b" " * (17 << 20) + b"]}"), replying(models("a")))
    reply = requests.get(f"{gateway.url}/api/tags", timeout=30)
    assert names(reply) == ["a"] and reply.headers["X-Backends-Missing"] == one.url


# Keys of backends


def test_each_backend_gets_its_own_key_or_the_clients_credentials(backend, start, tmp_path):
    heads = []

    def script(connection, request):
        text = models("a") if request[0].startswith(b"GET") else b"{}"
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))

    keyed, filed, plain = backend(script), backend(script), backend(script)
    (tmp_path / "key").write_text("from-file\n")
    config = f"backends:\n  - url: {keyed.url}\n    api_key: top-secret\n  - url: {filed.url}\n"
    config += f"    api_key_file: key\n  - {plain.url}\nollama_num_parallel: 1\n"
    (tmp_path / "paddock.yaml").write_text(config)
    log = tmp_path / "log"
    with log.open("w") as output:
        gateway = start("serve", "--port", "0", "--event-loops", "1", folder=tmp_path, stdout=output)
    credentials = {"Authorization": "Bearer mine", "x-api-key": "mine-too"}
    assert requests.get(f"{gateway.url}/api/tags", headers=credentials).status_code == 200
    assert requests.get(f"{gateway.url}/api/version2", headers=credentials).status_code == 200
    # Of equals the first is taken, so three at once are one for each.
    threads = [
        threading.Thread(target=requests.post, args=(f"{gateway.url}/api/generate", body(str(number))), kwargs={"headers": credentials})
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {keyed: b"Bearer top-secret", filed: b"Bearer from-file"}
    for one, key in expected.items():
        assert one.requests
        for head, _ in one.requests:
            assert re.findall(rb"(?i)\r\nauthorization: ([^\r]*)", head) == [key] and b"mine" not in head
    for head, _ in plain.requests:
        assert b"Authorization: Bearer mine" in head and b"x-api-key: mine-too" in head and b"secret" not in head
    assert any(head.startswith(b"GET /api/tags") for head, _ in plain.requests)
    everything = "\n".join(gateway.lines) + log.read_text() + requests.get(f"{gateway.url}/health").text
    assert "top-secret" not in everything and "from-file" not in everything


def test_probes_carry_the_key(start, tmp_path):
    seen = []

    def serve(connection):
        with connection:
            seen.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    listener, url = listen(serve)
    (tmp_path / "paddock.yaml").write_text(f"backends:\n  - url: {url}\n    api_key: top-secret\n")
    start("serve", "--port", "0", folder=tmp_path)
    wait_until(lambda: seen)
    assert any(b"GET /api/version " in head for head in seen)
    assert all(b"\r\nAuthorization: Bearer top-secret\r\n" in head for head in seen)
    stop_listening(listener)


def test_a_key_file_that_is_not_there_is_a_bad_value(start, tmp_path):
    (tmp_path / "paddock.yaml").write_text("backends:\n  - url: http://127.0.0.1:1\n    api_key_file: nothing\n")
    process = start("serve", "--port", "0", folder=tmp_path)
    assert process.process.wait(30) == 78
    assert 'backends.api_key_file: "nothing" cannot be read (No such file or directory)' in process.lines[-1]


# --- Backends that come and go


def test_backends_come_and_go_at_run_time(start, tmp_path):
    first, second = GatedBackend(), GatedBackend()
    gateway = start("serve", "--port", "0", "--backend", first.url, "--parallel", "1")

    def change(action, url):
        return requests.post(f"{gateway.url}/admin/backends/{action}", json={"url": url})

    def states():
        return {b["url"]: b["state"] for b in requests.get(f"{gateway.url}/admin/backends").json()["backends"]}

    clients = []

    def ask(prompt):
        connection = socket.create_connection(("127.0.0.1", gateway.port))
        connection.sendall(generate(prompt))
        clients.append(connection)

    ask("one")
    wait_until(lambda: first.active == 1)
    ask("two")
    wait_until(lambda: requests.get(f"{gateway.url}/queue/stats").json()["models"][MODEL]["queued_requests"] == 1)
    assert change("drain", first.url).json()["code"] == "last_backend"
    added = change("add", second.url)
    assert added.json() == {"url": second.url, "state": "open", "answers": True}
    # What waited goes there at once.
    wait_until(lambda: second.active == 1)
    assert [prompt_of(r) for r in second.requests] == ["two"]
    assert change("remove", first.url).json() == {"url": first.url, "state": "removed"}
    assert states() == {first.url: "removed", second.url: "open"}
    first.go.release()
    second.go.release()
    assert [read_reply(c) for c in clients] == [(200, b"{}"), (200, b"{}")]
    wait_until(lambda: states() == {second.url: "open"})
    ask("three")
    wait_until(lambda: second.active == 1)
    second.go.release()
    assert read_reply(clients[-1]) == (200, b"{}")
    assert change("drain", "http://127.0.0.1:9").status_code == 404
    assert "an http:// address" in change("add", "ftp://a").json()["message"]
    assert change("add", first.url).json()["state"] == "open"
    assert change("drain", second.url).json() == {"url": second.url, "state": "draining"}
    ask("four")
    wait_until(lambda: first.active == 1)
    first.go.release()
    assert read_reply(clients[-1]) == (200, b"{}")
    for server in (first, second):
        server.stop()


def test_a_reload_changes_the_backends(start, tmp_path):
    first, second = GatedBackend(), GatedBackend()
    config = tmp_path / "paddock.yaml"
    config.write_text(f"backends: [{first.url}]\n")
    gateway = start("serve", "--port", "0", folder=tmp_path)

    def urls():
        return [b["url"] for b in requests.get(f"{gateway.url}/health").json()["backends"]]

    assert urls() == [first.url]
    # The key of the second one is for it alone, though it was not there when the request came.
    config.write_text(f"backends: [{{url: {second.url}, api_key: sesame}}]\nmodels: {{{MODEL}: {{backends: [{second.url}]}}}}\n")
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: urls() == [second.url])
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(generate("one", b"Authorization: Bearer mine\r\n"))
        second.go.release()
        assert read_reply(client) == (200, b"{}")
    head = second.requests[0][0]
    assert b"Bearer sesame" in head and b"mine" not in head
    assert first.requests == []
    for server in (first, second):
        server.stop()


def test_the_command_lists_and_changes_backends(start):
    one, two = start("sim", "--port", "0", "--fast"), start("sim", "--port", "0", "--fast")
    gateway = start("serve", "--port", "0", "--backend", one.url, "--parallel", "2")

    def backend(*arguments):
        command = [PADDOCK, "backend", *arguments]
        return subprocess.run(command, env={"PADDOCK_URL": gateway.url}, capture_output=True, text=True, timeout=30)

    assert backend("add", two.url).stdout == f"{two.url} is open, and answers\n"
    assert backend("drain", one.url).stdout == f"{one.url} is draining\n"
    listed = json.loads(backend("list", "--json").stdout)["backends"]
    assert [(b["url"], b["state"]) for b in listed] == [(one.url, "draining"), (two.url, "open")]
    lines = [line.split() for line in backend("list").stdout.splitlines()]
    assert lines[1:] == [[one.url, "draining", "answers", "0", "-"], [two.url, "open", "answers", "0", "-"]]
    status = subprocess.run([PADDOCK, "status"], env={"PADDOCK_URL": gateway.url}, capture_output=True, text=True).stdout
    assert re.search(re.escape(one.url) + r" +answers, draining  +nothing  ", status), status
    refused = backend("remove", two.url)
    assert refused.returncode == 65 and "is the only backend that gets requests" in refused.stderr
    assert backend("remove", one.url).stdout == f"{one.url} is removed\n"
    assert backend("drain").returncode == 64 and backend("list", one.url).returncode == 64
