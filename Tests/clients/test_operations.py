"""Logs, reloads, readiness and the end of the process, as an operator meets them."""
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests
from conftest import PADDOCK, free_port, raw, wait_until

FIELDS = [
    "time", "status", "outcome", "method", "path", "model", "wait_ms", "first_byte_ms", "load_ms", "total_ms",
    "bytes_in", "bytes_out", "chunks", "tokens_in", "tokens_out", "client", "class", "chosen_by", "backend", "id", "code", "cause", "deadline_ms",
]


def model(url, name="llama2"):
    """The statistics of a model; nothing before its first request."""
    return requests.get(f"{url}/queue/stats").json()["models"].get(name, {})


class Logged:
    """A gateway whose standard output is kept, with the entries of its access log."""

    def __init__(self, start, sim, tmp_path, *arguments, format="json", **options):
        self.out = tmp_path / "out"
        with open(self.out, "wb") as out:
            self.gateway = start(
                "serve", "--port", "0", "--backend", sim.url, "--access-log", format, *arguments, stdout=out, **options
            )
        self.url = self.gateway.url

    def lines(self):
        """The lines that are whole."""
        return self.out.read_text().rpartition("\n")[0].splitlines()

    def entry(self, **wanted):
        """The one entry that has these values, once it is there."""
        def look():
            entries = [json.loads(line) for line in self.lines()]
            return [entry for entry in entries if all(entry[key] == value for key, value in wanted.items())]

        return wait_until(look)[0]

    def message(self, text):
        """The message on standard error that has this text, once it is there."""
        return wait_until(lambda: [line for line in self.gateway.lines if text in line])[0]


@pytest.fixture
def logged(start, sim, tmp_path):
    def make(*arguments, **options):
        return Logged(start, sim, tmp_path, *arguments, **options)

    return make


def test_every_request_has_one_line(logged, sim):
    log = logged(environment={"PADDOCK_LOG_REFUSALS": "each"})
    reply = requests.post(
        f"{log.url}/api/generate?secret=x", json={"model": "LLAMA2", "prompt": "hi"}, headers={"X-Request-Id": "mine"}
    )
    entry = log.entry(id="mine")
    assert list(entry) == FIELDS
    assert entry["method"] == "POST" and entry["path"] == "/api/generate" and entry["model"] == "llama2"
    assert entry["status"] == 200 and entry["outcome"] == "completed" and entry["code"] is None
    assert entry["bytes_in"] == len(reply.request.body) and entry["bytes_out"] == len(reply.content)
    assert entry["chunks"] == reply.text.count("\n") and entry["backend"] == sim.url
    assert entry["client"] == "127.0.0.1" and entry["class"] == "interactive"
    assert 0 <= entry["wait_ms"] and 0 < entry["first_byte_ms"] <= entry["total_ms"]
    last = json.loads(reply.text.splitlines()[-1])
    assert last["done"] and entry["load_ms"] == pytest.approx(last["load_duration"] / 1e6, abs=0.06)

    for method, path, status, outcome in [
        ("GET", "/api/tags", 200, "completed"), ("GET", "/queue/stats", 200, "completed"),
        ("GET", "/nothing", 404, "completed"), ("HEAD", "/", 200, "completed"),
    ]:
        requests.request(method, log.url + path)
        entry = log.entry(path=path, method=method)
        assert (entry["status"], entry["outcome"], entry["wait_ms"]) == (status, outcome, None)
    requests.post(f"{log.url}/api/chat", data="{}")
    assert log.entry(path="/api/chat")["code"] == "invalid_request"
    assert log.entry(path="/api/chat")["outcome"] == "refused"
    raw(log.gateway.port, b"nonsense\r\n\r\n")
    assert log.entry(method=None)["status"] == 400
    assert "secret" not in log.out.read_text()
    assert len(log.lines()) == 7


def test_what_went_wrong_is_in_the_line(backend, start, tmp_path):
    # A reply that breaks before anything of it was sent is a 502, so the client has its first line before the stream breaks.
    has_line = threading.Event()

    def script(connection, request):
        body = request[1]
        if b"stream" in body:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n")
            has_line.wait()
        elif b"wait" in body:
            connection.recv(1)
        return "close"

    scripted = backend(script)
    log = Logged(start, scripted, tmp_path, "--log-level", "debug", "--parallel", "1", "--max-queue", "1", "--timeout", "2")
    requests.post(f"{log.url}/api/generate", json={"model": "cut", "prompt": "cut"}, headers={"X-Request-Id": "cut"})
    prompt = {"model": "stream", "prompt": "stream"}
    with requests.post(f"{log.url}/api/generate", json=prompt, headers={"X-Request-Id": "stream"}, stream=True) as reply:
        pieces = reply.iter_content(None)
        assert next(pieces) == b"{}\n"
        has_line.set()
        with pytest.raises(requests.RequestException):
            list(pieces)
    entry = log.entry(id="cut")
    assert (entry["status"], entry["outcome"], entry["code"]) == (502, "failed", "backend_error")
    entry = log.entry(id="stream")
    assert (entry["status"], entry["outcome"], entry["code"], entry["chunks"]) == (200, "failed", "backend_error", 1)
    assert "id=cut" in log.message("a request failed")

    body = b'{"model":"llama2","prompt":"wait"}'
    held = []
    for name in ("active", "queued"):
        connection = socket.create_connection(("127.0.0.1", log.gateway.port))
        connection.sendall(
            b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (name.encode(), len(body), body)
        )
        held.append(connection)
        count = "active_requests" if name == "active" else "queued_requests"
        wait_until(lambda: model(log.url).get(count) == 1)
    requests.post(f"{log.url}/api/generate", data=body, headers={"X-Request-Id": "full"})
    assert (log.entry(id="full")["outcome"], log.entry(id="full")["code"]) == ("rejected", "queue_full")
    held[1].close()
    entry = log.entry(id="queued")
    assert (entry["status"], entry["outcome"], entry["code"], entry["backend"]) == (None, "cancelled", None, None)
    entry = log.entry(id="active")
    assert (entry["status"], entry["outcome"], entry["code"], entry["cause"]) == (504, "timed_out", "timeout", "backend_silent")


def test_a_flood_of_refusals_is_a_line_at_once_and_a_sum_of_the_others(logged):
    log = logged()
    get = b"GET /admin/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert raw(log.gateway.port, get * 2_999 + get.replace(b"Host", b"Connection: close\r\nHost")).count(b"HTTP/1.1 404") == 3_000
    assert requests.get(f"{log.url}/health").status_code == 200
    assert log.entry(path="/health")["outcome"] == "completed"
    first = log.entry(code="not_found")
    assert list(first) == FIELDS and first["status"] == 404 and first["client"] == "127.0.0.1"
    log.gateway.process.send_signal(signal.SIGTERM)
    assert log.gateway.process.wait(30) == 0
    refusals = [line for line in map(json.loads, log.lines()) if line["code"] == "not_found"]
    assert len(refusals) <= 4 and list(refusals[-1]) == [*FIELDS, "count", "burst_ms"]
    assert sum(line.get("count", 1) for line in refusals) == 3_000 and refusals[-1]["burst_ms"] >= 0


def test_text_is_pairs_and_nothing_from_outside_gets_out_of_them(logged):
    log = logged(format="text")
    requests.post(f"{log.url}/api/generate", json={"model": "x\n\x1b[31m y", "prompt": "hi"})
    raw(log.gateway.port, b"GET /\xff\xc2\x9b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    lines = wait_until(lambda: log.lines() if len(log.lines()) == 2 else None)
    for line in lines:
        assert line.isascii() and line.isprintable()
        assert re.findall(r'(\w+)=(?:"(?:[^"\\]|\\.)*"|\S+) *', line) == FIELDS
    # Each event loop has its own order.
    assert any(r'model="x\u000a\u001b[31m y"' in line for line in lines)


def test_the_last_lines_are_written_at_the_end(logged):
    log = logged()
    for _ in range(50):
        requests.post(f"{log.url}/api/generate", json={"model": "llama2", "prompt": "hi"})
    log.gateway.process.send_signal(signal.SIGTERM)
    assert log.gateway.process.wait(30) == 0
    assert len(log.lines()) == 50
    assert "message=draining" in log.message("draining")


def test_a_reader_that_stops_costs_lines_and_nothing_else(sim, start):
    reading, writing = os.pipe()
    gateway = start(
        "serve", "--port", "0", "--backend", sim.url, stdout=writing, environment={"PADDOCK_LOG_REFUSALS": "each"}
    )
    os.close(writing)
    # More than the pipe and the lanes hold: a line has some 700 bytes.
    count = 20_000
    get = b"GET /admin/%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"x" * 500)
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as client:
        sender = threading.Thread(target=client.sendall, args=(get * count,))
        sender.start()
        answers, rest = 0, b""
        while answers < count:
            rest += client.recv(1 << 20)
            answers += rest.count(b"HTTP/1.1 404")
            rest = rest[-11:] if not rest.endswith(b"HTTP/1.1 404") else b""
        sender.join()
    # It is told while nothing can be written, too.
    wait_until(lambda: any("lines of the log were lost" in line for line in gateway.lines))
    lost = re.search(r"^paddock_log_lost_total (\d+)$", requests.get(f"{gateway.url}/metrics").text, re.M)
    assert int(lost[1]) > 0
    wait_until(lambda: any(t["kind"] == "log_lost" for t in requests.get(f"{gateway.url}/queue/troubles").json()["troubles"]))
    seen = 0
    while select.select([reading], [], [], 1)[0]:
        seen += len(os.read(reading, 1 << 20))
    assert 1_000_000 < seen < 8_000_000
    # Nothing reads any more: it must end all the same.
    os.close(reading)
    assert requests.get(f"{gateway.url}/health").status_code == 200
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(30) == 0


def test_standard_streams_that_are_closed_do_no_harm(sim):
    port = free_port()
    command = f'exec "{os.path.abspath(PADDOCK)}" serve --port {port} --backend {sim.url} --log-level debug <&- >&- 2>&-'
    process = subprocess.Popen(["/bin/sh", "-c", command])
    try:
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            for _ in range(20):
                connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                reply = connection.recv(65536)
                assert reply.startswith(b"HTTP/1.1 200") and reply.endswith(b'{"status":"live"}')
            # Longer than lines gather.
            assert not select.select([connection], [], [], 0.5)[0]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_the_level_changes_while_it_runs(logged, gateway):
    url = f"{gateway.url}/admin/log"
    assert requests.get(url).json() == {"level": "info"}
    assert requests.post(url, json={"level": "debug"}).json() == {"level": "debug"}
    assert requests.get(url).json() == {"level": "debug"}
    for body in ({"level": "loud"}, {"level": 1}, {}, {"level": "info", "more": 1}, []):
        reply = requests.post(url, json=body)
        assert reply.status_code == 400 and "warning" in reply.json()["message"]
    assert requests.delete(url).status_code == 405
    assert requests.post(url, json={"level": "info"}, headers={"Origin": "http://evil.example"}).status_code == 403
    assert requests.post(url, json={"level": "info"}).json() == {"level": "info"}


def test_a_backend_that_goes_and_comes_is_told(start, tmp_path):
    simulated = start("sim", "--port", str(free_port()), "--fast")
    log = Logged(start, simulated, tmp_path)
    simulated.stop()
    assert f"backend={simulated.url}" in log.message('level=warning message="a backend does not answer"')
    start("sim", "--port", str(simulated.port), "--fast")
    assert f"backend={simulated.url}" in log.message('level=info    message="a backend answers again"')


def limits(url, name="llama2"):
    stats = requests.get(f"{url}/queue/stats").json()
    model = stats["models"].get(name)
    if model is None:
        return stats["default_parallel"], stats["default_queue_limit"]
    return model["parallel_limit"], model["queue_limit"]


def reload(log, config, text, word):
    config.write_text(text)
    before = len(log.gateway.lines)
    log.gateway.process.send_signal(signal.SIGHUP)
    return wait_until(lambda: [line for line in log.gateway.lines[before:] if word in line])[0]


def test_a_reload_takes_over_what_changed(logged, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("ollama_num_parallel: 2\nollama_max_queue: 5\n")
    log = logged("--config", str(config))
    assert limits(log.url) == (2, 5)
    line = reload(log, config, "ollama_num_parallel: 3\nollama_max_queue: 6\nmodels: {llama2: {queue_limit: 7}}\n", "reloaded")
    assert 'changed="ollama_num_parallel, ollama_max_queue, models"' in line
    assert limits(log.url) == (3, 7)
    assert limits(log.url, "other") == (3, 6)
    assert "changed=nothing" in reload(log, config, config.read_text(), "reloaded")

    # The admin API wins until the file's own value for that limit of that model changes.
    update = {"model": "llama2", "parallel_limit": 9, "queue_limit": 9}
    requests.post(f"{log.url}/admin/queue/update", json=update)
    reload(log, config, "ollama_num_parallel: 4\nmodels: {llama2: {queue_limit: 7}}\n", "reloaded")
    assert limits(log.url) == (9, 9)
    reload(log, config, "ollama_num_parallel: 4\nmodels: {llama2: {queue_limit: 8}}\n", "reloaded")
    assert limits(log.url) == (9, 8)
    assert limits(log.url, "other") == (4, 512)

    reload(log, config, 'admin_token: "s3cret"\nclients: {bob: {key: "k"}}\nrequire_key: true\n', "reloaded")
    assert requests.post(f"{log.url}/admin/queue/reset").status_code == 401
    chat = {"model": "llama2", "prompt": "hi"}
    wait_until(lambda: requests.post(f"{log.url}/api/generate", json=chat).status_code == 401)
    headers = {"Authorization": "Bearer k", "X-Request-Id": "bobs"}
    assert requests.post(f"{log.url}/api/generate", json=chat, headers=headers).status_code == 200
    assert log.entry(id="bobs")["client"] == "bob"
    assert "s3cret" not in "\n".join(log.gateway.lines)

    assert 'keys="port"' not in reload(log, config, "access_log: off\n", "reloaded")
    count = len(log.lines())
    requests.get(log.url)
    line = reload(log, config, "event_loops: 1\nlog_level: debug\n", "a restart is needed")
    assert "keys=event_loops" in line


def test_a_bad_file_changes_nothing_and_says_why(logged, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("ollama_max_queue: 5\n")
    log = logged("--config", str(config))
    line = reload(log, config, "ollama_max_queue: 6\nrequest_timeout: never\n", "not reloaded")
    assert "level=error" in line and "paddock.yaml:2: request_timeout" in line
    assert limits(log.url)[1] == 5
    config.unlink()
    log.gateway.process.send_signal(signal.SIGHUP)
    assert "cannot be read" in wait_until(lambda: [x for x in log.gateway.lines if "cannot be read" in x])[0]
    assert limits(log.url)[1] == 5


def test_slots_of_a_backend_change_at_a_reload_and_survive_a_drain(backend, start, tmp_path):
    go = threading.Semaphore(0)

    def script(connection, request):
        go.acquire()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    first, second = backend(script), backend(script)
    config = tmp_path / "paddock.yaml"
    text = "ollama_num_parallel: 4\nbackends:\n  - {{url: '{}', slots: {}}}\n  - '{}'\n"
    config.write_text(text.format(first.url, 1, second.url))
    gateway = start("serve", "--port", "0", "--config", str(config))
    slots = lambda: [one["slots"] for one in requests.get(f"{gateway.url}/admin/backends").json()["backends"]]
    assert slots() == [1, None]
    assert requests.post(f"{gateway.url}/admin/backends/drain", json={"url": second.url}).status_code == 200
    clients = [threading.Thread(target=requests.post, args=(f"{gateway.url}/api/generate",), kwargs={
        "json": {"model": f"m{number}", "prompt": "p", "stream": False}}) for number in range(3)]
    for client in clients:
        client.start()
    wait_until(lambda: sum(one["queued_requests"] for one in requests.get(f"{gateway.url}/queue/stats").json()["models"].values()) == 2)
    wait_until(lambda: len(first.requests) == 1)
    config.write_text(text.format(first.url, 3, second.url))
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(first.requests) == 3)
    assert slots() == [3, None]
    go.release(3)
    for client in clients:
        client.join()
    assert requests.post(f"{gateway.url}/admin/backends/add", json={"url": second.url}).status_code == 200
    assert requests.post(f"{gateway.url}/admin/backends/drain", json={"url": first.url}).status_code == 200
    assert requests.post(f"{gateway.url}/admin/backends/add", json={"url": first.url}).status_code == 200
    assert slots() == [3, None]


def test_requests_under_way_survive_a_reload(backend, start, tmp_path):
    def script(connection, request):
        connection.recv(1)

    scripted = backend(script)
    config = tmp_path / "paddock.yaml"
    config.write_text("ollama_num_parallel: 1\n")
    log = Logged(start, scripted, tmp_path, "--config", str(config))
    body = b'{"model":"llama2"}'
    held = []
    for count in range(3):
        connection = socket.create_connection(("127.0.0.1", log.gateway.port))
        connection.sendall(b"POST /api/generate HTTP/1.1\r\nHost: x.local\r\nContent-Length: 18\r\n\r\n" + body)
        held.append(connection)
    wait_until(lambda: model(log.url).get("queued_requests") == 2)
    reload(log, config, "ollama_num_parallel: 2\nollama_max_queue: 0\n", "reloaded")
    wait_until(lambda: model(log.url)["active_requests"] == 2)
    now = model(log.url)
    assert (now["queued_requests"], now["queue_limit"], now["total_rejected"]) == (1, 0, 0)


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_service_manager_is_told(sim, start, tmp_path, kind):
    if kind == "path":
        name = address = str(tmp_path / "notify")
    else:
        name = f"@paddock-test-{os.getpid()}"
        address = "\0" + name[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(20)
        gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"NOTIFY_SOCKET": name})
        ready = manager.recv(4096).decode()
        assert ready == f"READY=1\nSTATUS=listening on {gateway.url}"
        begin = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        gateway.process.send_signal(signal.SIGHUP)
        reloading = manager.recv(4096).decode().splitlines()
        assert reloading[0] == "RELOADING=1"
        moment = int(reloading[1].removeprefix("MONOTONIC_USEC="))
        assert begin <= moment <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert manager.recv(4096).decode() == ready
        gateway.process.send_signal(signal.SIGTERM)
        assert manager.recv(4096).decode().startswith("STOPPING=1\n")
        assert gateway.process.wait(30) == 0


def test_a_service_manager_that_is_not_there_does_no_harm(sim, start, tmp_path):
    for name in (str(tmp_path / "nobody"), "relative", "@" + "x" * 300, "/" + "x" * 300):
        gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"NOTIFY_SOCKET": name})
        assert requests.get(f"{gateway.url}/health").status_code == 200


def test_connections_that_cannot_be_accepted_are_told(sim):
    process = subprocess.Popen(
        ["/bin/sh", "-c", f'ulimit -n 40; exec "{os.path.abspath(PADDOCK)}" serve --port 0 --backend {sim.url}'],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    held = []
    try:
        port = int(re.search(r":(\d+)$", process.stderr.readline()).group(1))
        for _ in range(60):
            held.append(socket.create_connection(("127.0.0.1", port)))
        for line in process.stderr:
            if "connections cannot be accepted" in line:
                break
        assert "level=error" in line and "LimitNOFILE" in line
        for connection in held:
            connection.close()
        assert requests.get(f"http://127.0.0.1:{port}/health", timeout=20).status_code == 200
    finally:
        process.kill()
        process.wait()
