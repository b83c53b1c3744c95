"""Thousands of connections that wait at once: each of them gets its one answer, whatever ends their waiting."""
import json
import re
import resource
import signal
import socket
import struct
import threading

import pytest
import requests
from conftest import wait_until

COUNT = 3_000


@pytest.fixture(autouse=True)
def descriptors():
    """A connection costs this process and the gateway a descriptor each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = COUNT + 2_000
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"only {hard} open files are allowed")
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Crowd:
    """A gateway whose one slot is taken, and many connections that wait for it."""

    def __init__(self, backend, start, tmp_path, text=""):
        self.go = threading.Event()
        self.count = 0

        def script(connection, request):
            if b'"hold"' in request[1]:
                self.go.wait()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        self.backend = backend(script)
        self.config = tmp_path / "paddock.yaml"
        self.text = "request_timeout: 200\naccess_log: 'off'\nfairness: on\ntrusted_proxies: ['127.0.0.1']\n" + text
        self.config.write_text(self.text + "ollama_max_queue: 10000\n")
        self.gateway = start("serve", "--port", "0", "--config", str(self.config), "--backend", self.backend.url, "--event-loops", "2",
                             "--parallel", "1")
        self.connections = []
        self.holder = self.ask(1, prompt="hold")[0]
        wait_until(lambda: len(self.backend.requests) == 1)

    def request(self, client=1, prompt="wait", fields=""):
        self.count += 1
        body = json.dumps({"model": "llama2", "prompt": prompt, **({"hold": "hold"} if prompt == "hold" else {})}).encode()
        head = f"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 10.0.0.{client}\r\nX-Request-Id: id-{self.count}\r\n{fields}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def ask(self, count, client=1, each=1, prompt="wait", fields=""):
        """This many connections with `each` requests sent at once on every one."""
        made = []
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", self.gateway.port), timeout=60)
            connection.sendall(b"".join(self.request(client, prompt, fields) for _ in range(each)))
            made.append(connection)
        self.connections += made
        return made

    def stats(self):
        return requests.get(f"{self.gateway.url}/queue/stats", params={"model": "llama2"}).json()

    def wait_queued(self, count):
        wait_until(lambda: self.stats()["queued_requests"] == count, 60)

    def check_law(self):
        model = self.stats()
        ends = sum(model[f"total_{end}"] for end in ("processed", "rejected", "failed", "timed_out", "cancelled", "would_time_out"))
        assert model["total_requests"] == ends + model["active_requests"] + model["queued_requests"]
        return model

    def end(self):
        self.go.set()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def crowd(backend, start, tmp_path):
    made = []

    def make(text=""):
        made.append(Crowd(backend, start, tmp_path, text))
        return made[-1]

    yield make
    for each in made:
        each.end()


def answers(connection, count):
    """The statuses and codes of `count` replies, and what follows them."""
    data, found = b"", []
    while len(found) < count:
        head, separator, rest = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1)) if separator else 0
        if separator and len(rest) >= length:
            code = re.search(rb'"code":"(\w+)"', rest[:length])
            found.append((int(head.split(b" ")[1]), code.group(1).decode() if code else ""))
            data = rest[length:]
            continue
        piece = connection.recv(65_536)
        assert piece, f"{len(found)} of {count} answers"
        data += piece
    assert data == b""
    return found


def test_evictions_of_connections_that_have_more_to_ask(crowd):
    """Each newcomer of another client evicts a waiter, whose connection at once asks again and evicts or is rejected."""
    world = crowd()
    world.config.write_text(world.text + f"ollama_max_queue: {COUNT}\n")
    world.gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: requests.get(f"{world.gateway.url}/queue/stats").json()["default_queue_limit"] == COUNT)
    first = world.ask(COUNT, client=1, each=4)
    world.wait_queued(COUNT)
    second = world.ask(500, client=2)
    wait_until(lambda: world.stats()["total_rejected"] >= 500, 60)
    world.wait_queued(COUNT)
    assert requests.get(f"{world.gateway.url}/health/live").status_code == 200
    assert world.check_law()["total_processed"] == 0
    # The second client's places are its own: none of them was given up.
    requests.post(f"{world.gateway.url}/admin/queue/update", json={"model": "llama2", "parallel_limit": 64})
    for connection in second:
        assert answers(connection, 1) == [(200, "")]
    for connection in first:
        assert {status for status, _ in answers(connection, 4)} <= {200, 503}
    world.go.set()
    assert answers(world.holder, 1) == [(200, "")]
    model = world.check_law()
    assert (model["active_requests"], model["queued_requests"]) == (0, 0)


def test_evictions_that_evict_the_next(crowd):
    """Each batch waiter that gives way asks something interactive at once, for which the next batch waiter gives way."""
    world = crowd()
    world.config.write_text(world.text + f"ollama_max_queue: {COUNT}\n")
    world.gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: requests.get(f"{world.gateway.url}/queue/stats").json()["default_queue_limit"] == COUNT)
    batch = world.ask(COUNT, fields="Priority: u=6\r\n")
    world.wait_queued(COUNT)
    for connection in batch:
        connection.sendall(world.request(fields="Priority: u=1\r\n"))
    trigger = world.ask(1)[0]
    wait_until(lambda: world.stats()["total_rejected"] >= COUNT + 1, 60)
    model = world.check_law()
    assert (model["queued_requests"], model["queued_batch"], model["total_rejected"]) == (COUNT, 0, COUNT + 1)
    requests.post(f"{world.gateway.url}/admin/queue/update", json={"model": "llama2", "parallel_limit": 64})
    codes = [answers(connection, 2) for connection in batch]
    assert sum(found[1] == (200, "") for found in codes) + (answers(trigger, 1) == [(200, "")]) == COUNT
    assert all(found[0] == (503, "queue_full") for found in codes)


def test_a_drain_answers_everybody(crowd):
    world = crowd()
    waiting = world.ask(COUNT, each=2)
    world.wait_queued(COUNT)
    world.gateway.process.send_signal(signal.SIGTERM)
    for connection in waiting:
        assert answers(connection, 1) == [(503, "shutting_down")]
        # The reply announced the close; what was sent after it is not answered.
        assert connection.recv(1) == b""
        connection.close()
    world.go.set()
    assert answers(world.holder, 1) == [(200, "")]
    assert world.gateway.process.wait(30) == 0
    assert len(world.backend.requests) == 1


def test_each_is_cancelled_by_its_id(crowd):
    world = crowd()
    waiting = world.ask(COUNT)
    world.wait_queued(COUNT)
    session = requests.Session()
    for number in range(2, COUNT + 2):
        reply = session.delete(f"{world.gateway.url}/admin/queue/requests/id-{number}")
        assert reply.status_code == 200
    for connection in waiting:
        assert answers(connection, 1) == [(503, "cancelled_by_admin")]
    model = world.check_law()
    assert (model["total_cancelled"], model["queued_requests"], model["active_requests"]) == (COUNT, 0, 1)


def test_all_leave_at_once(crowd):
    world = crowd()
    waiting = world.ask(COUNT, each=2)
    world.wait_queued(COUNT)
    for number, connection in enumerate(waiting):
        if number % 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    wait_until(lambda: world.stats()["queued_requests"] == 0, 60)
    model = world.check_law()
    # The second request of a connection is never served: its client has disconnected.
    assert (model["total_cancelled"], model["active_requests"]) == (COUNT, 1)
    world.go.set()
    assert answers(world.holder, 1) == [(200, "")]
    assert len(world.backend.requests) == 1


def test_reloads_of_limits_drop_nobody_and_start_everybody(crowd):
    world = crowd()
    waiting = world.ask(COUNT)
    world.wait_queued(COUNT)
    for limits in ("ollama_max_queue: 1\n", "ollama_max_queue: 1\nmodels: {llama2: {parallel_limit: 200, queue_limit: 0}}\n"):
        world.config.write_text(world.text + limits)
        world.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: requests.get(f"{world.gateway.url}/queue/stats").json()["default_queue_limit"] == 1)
        if "models" not in limits:
            assert world.stats()["queued_requests"] == COUNT
    for connection in waiting:
        assert answers(connection, 1) == [(200, "")]
    model = world.check_law()
    assert (model["total_processed"], model["total_rejected"]) == (COUNT, 0)


def test_deadlines_of_all_at_once(crowd):
    world = crowd()
    world.config.write_text(world.text.replace("request_timeout: 200", "request_timeout: 3") + "ollama_max_queue: 10000\n")
    world.gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: any("reloaded" in line for line in world.gateway.lines))
    waiting = world.ask(COUNT)
    codes = {answer for connection in waiting for answer in answers(connection, 1)}
    assert codes == {(504, "timeout")}
    model = world.check_law()
    assert (model["total_timed_out"], model["queued_requests"]) == (COUNT, 0)
