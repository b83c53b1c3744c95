"""The byte path against scripted backends: what passes through is unchanged, and every end is reported."""
import json
import re
import socket
import threading
import time

import pytest
import requests
from conftest import free_port, raw, wait_until

BODY = b'{"model":"llama2","prompt":"x"}'


def generate(body=BODY, path=b"/api/generate", fields=b"", version=b"1.1"):
    head = b"POST %s HTTP/%s\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n" % (path, version, len(body), fields)
    return head + body


def answer(body=b"{}", fields=b"", status=b"200 OK"):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), fields, body))

    return script


def stats(gateway, model="llama2"):
    reply = requests.get(f"{gateway.url}/queue/stats", params={"model": model})
    return reply.json() if reply.status_code == 200 else None


def check_conservation(model):
    ends = sum(model[f"total_{end}"] for end in ("processed", "rejected", "failed", "timed_out", "cancelled"))
    assert model["total_requests"] == ends + model["active_requests"] + model["queued_requests"]


@pytest.fixture
def serve(start):
    def run(backend, *arguments):
        return start("serve", "--port", "0", "--backend", backend.url, "--event-loops", "2", *arguments)

    return run


def test_heads_and_bodies_pass_as_they_came(backend, serve):
    scripted = backend(answer(b"\x00\xff raw", b"X-Odd:  a b \r\nx-lower: \xe9\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n"))
    gateway = serve(scripted)
    body = b'{ "MODEL" : "Llama2:latest" , "prompt":"\\u00e9\xc3\xa9" }'
    reply = raw(
        gateway.port,
        generate(body, fields=b"X-Thing: \xe9 1\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nX-Request-Id: me-1\r\n"),
    )
    head, sent = scripted.requests[0]
    assert sent == body
    assert head.startswith(b"POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:%d" % scripted.port)
    assert b"X-Thing: \xe9 1" in head and b"X-Hop" not in head and b"TE:" not in head and b"X-Request-Id: me-1" in head
    assert b"Via" not in head and b"Forwarded" not in head
    reply_head, reply_body = reply.split(b"\r\n\r\n", 1)
    assert reply_body == b"\x00\xff raw"
    assert b"X-Odd:  a b " in reply_head and b"x-lower: \xe9" in reply_head
    assert reply_head.count(b"Date:") == 1 and b"X-Request-Id: me-1" in reply_head and b"X-Queue-Wait-Ms: " in reply_head
    assert stats(gateway)["total_processed"] == 1


@pytest.mark.parametrize("path", [b"/api/%67enerate", b"http://localhost/api/generate", b"/api%2Fgenerate?x=1"])
def test_other_spellings_of_a_queued_path_are_queued(backend, serve, path):
    scripted = backend(answer())
    gateway = serve(scripted)
    raw(gateway.port, generate(path=path, fields=b"Connection: close\r\n"))
    assert scripted.requests[0][0].startswith(b"POST " + path.removeprefix(b"http://localhost") + b" HTTP/1.1")
    assert stats(gateway)["total_processed"] == 1


def test_chunks_arrive_one_by_one(backend, serve):
    go = threading.Semaphore(0)

    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(3):
            connection.sendall(b"4\r\n{%d}\n\r\n" % number)
            go.acquire()
        connection.sendall(b"0\r\n\r\n")

    gateway = serve(backend(script))
    with requests.post(f"{gateway.url}/api/generate", data=BODY, stream=True) as reply:
        lines = reply.iter_lines(chunk_size=None)
        for number in range(3):
            assert next(lines) == b"{%d}" % number
            go.release()
        assert list(lines) == []


def test_a_client_that_leaves_the_queue_is_cancelled(backend, serve):
    go = threading.Event()

    def script(connection, request):
        go.wait()
        answer()(connection, request)

    scripted = backend(script)
    gateway = serve(scripted, "--parallel", "1")
    first = socket.create_connection(("127.0.0.1", gateway.port))
    first.sendall(generate())
    wait_until(lambda: len(scripted.requests) == 1)
    second = socket.create_connection(("127.0.0.1", gateway.port))
    second.sendall(generate())
    wait_until(lambda: stats(gateway)["queued_requests"] == 1)
    second.shutdown(socket.SHUT_WR)
    wait_until(lambda: stats(gateway)["total_cancelled"] == 1)
    assert stats(gateway)["queued_requests"] == 0
    go.set()
    assert first.recv(65536).startswith(b"HTTP/1.1 200")
    check_conservation(stats(gateway))
    assert len(scripted.requests) == 1


def test_a_client_that_says_no_more_is_answered_what_needs_no_waiting(backend, serve):
    gateway = serve(backend(answer()))
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        client.shutdown(socket.SHUT_WR)
        reply = b"".join(iter(lambda: client.recv(65_536), b""))
    assert reply.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize("head_first", [False, True])
def test_a_client_that_leaves_while_active_closes_the_backend_connection(backend, serve, head_first):
    closed = threading.Event()

    def script(connection, request):
        if head_first:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\n\n\r\n")
        if connection.recv(1) == b"":
            closed.set()
        return "close"

    scripted = backend(script)
    gateway = serve(scripted)
    client = socket.create_connection(("127.0.0.1", gateway.port))
    client.sendall(generate())
    wait_until(lambda: scripted.requests)
    if head_first:
        client.recv(65536)
    client.close()
    assert closed.wait(10)
    wait_until(lambda: stats(gateway)["total_cancelled"] == 1 and stats(gateway)["active_requests"] == 0)


def test_a_backend_that_dies_before_its_head_is_502(backend, serve):
    gateway = serve(backend(lambda connection, request: "close"))
    reply = requests.post(f"{gateway.url}/api/generate", data=BODY)
    assert (reply.status_code, reply.json()["code"]) == (502, "backend_error")
    assert stats(gateway)["total_failed"] == 1


@pytest.mark.parametrize(
    "path,type,tail",
    [
        ("/api/generate", b"application/x-ndjson", b'{"error":"backend_error: '),
        ("/v1/chat/completions", b"text/event-stream", b'data: {"error":{'),
        ("/v1/messages", b"text/event-stream; charset=utf-8", b"event: error\ndata: {"),
    ],
)
@pytest.mark.parametrize("cut", [b"5\r\nabcd\n\r\n", b"5\r\nabcd\n", b"5\r\nab", b"50\r\nab", b"5\r\nabcd\n\r\n1"])
def test_a_broken_stream_ends_with_an_error_line_and_no_proper_end(backend, serve, path, type, tail, cut):
    begun = threading.Event()

    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % type)
        # Until then it would be a 502.
        begun.wait()
        connection.sendall(cut)
        return "close"

    gateway = serve(backend(script))
    with requests.post(f"{gateway.url}{path}", data=BODY, stream=True) as reply:
        begun.set()
        received = b""
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for piece in reply.iter_content(None):
                received += piece
    if cut.startswith(b"50"):
        return
    assert re.search(rb"(^|\n)" + re.escape(tail), received), received


def test_a_silent_backend_times_out(backend, serve):
    def script(connection, request):
        if b"stream" in request[1]:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n")
        connection.recv(1)
        return "close"

    gateway = serve(backend(script), "--timeout", "2")
    reply = requests.post(f"{gateway.url}/api/generate", data=BODY)
    assert (reply.status_code, reply.json()["code"]) == (504, "timeout")
    received = raw(gateway.port, generate(b'{"model":"llama2","stream":true}'))
    assert b'\n{"error":"timeout: ' in received and not received.endswith(b"0\r\n\r\n")
    wait_until(lambda: stats(gateway)["total_timed_out"] == 2)


def test_a_waiter_times_out(backend, serve):
    gateway = serve(backend(lambda connection, request: connection.recv(1)), "--timeout", "0.5", "--parallel", "1")
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(requests.post(f"{gateway.url}/api/chat", data=BODY).status_code))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert replies == [504, 504, 504]
    check_conservation(stats(gateway))


def test_requests_start_in_order_and_never_more_than_the_limit(backend, serve):
    running, most, order, lock = 0, 0, [], threading.Lock()
    gates = threading.Semaphore(0)

    def script(connection, request):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            order.append(json.loads(request[1])["prompt"])
        gates.acquire()
        with lock:
            running -= 1
        answer()(connection, request)

    scripted = backend(script)
    gateway = serve(scripted, "--parallel", "1", "--max-queue", "100")
    clients = []
    for number in range(20):
        client = socket.create_connection(("127.0.0.1", gateway.port))
        client.sendall(generate(b'{"model":"llama2","prompt":%d}' % number))
        clients.append(client)
        wait_until(lambda: (stats(gateway) or {"total_requests": 0})["total_requests"] == number + 1)
    for _ in clients:
        gates.release()
    for client in clients:
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    assert order == list(range(20)) and most == 1


def test_a_full_queue_rejects_with_retry_after(backend, serve):
    gateway = serve(backend(lambda connection, request: connection.recv(1)), "--parallel", "1", "--max-queue", "1")
    held = []
    for number in range(2):
        client = socket.create_connection(("127.0.0.1", gateway.port))
        client.sendall(generate())
        held.append(client)
        wait_until(lambda: (stats(gateway) or {"total_requests": 0})["total_requests"] == number + 1)
    reply = requests.post(f"{gateway.url}/api/generate", data=BODY)
    assert reply.status_code == 503 and reply.json()["code"] == "queue_full" and reply.json()["model"] == "llama2"
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    check_conservation(stats(gateway))


def test_limits_change_at_once(backend, serve):
    scripted = backend(lambda connection, request: connection.recv(1))
    gateway = serve(scripted, "--parallel", "1")
    held = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(4)]
    for client in held:
        client.sendall(generate())
    wait_until(lambda: stats(gateway) and stats(gateway)["queued_requests"] == 3)
    reply = requests.post(f"{gateway.url}/admin/queue/update", json={"model": "LLAMA2", "parallel_limit": 3})
    assert reply.json() == {"model": "llama2", "parallel_limit": 3, "queue_limit": 512, "status": "updated"}
    wait_until(lambda: len(scripted.requests) == 3)
    requests.post(f"{gateway.url}/admin/queue/reset")
    model = stats(gateway)
    assert (model["active_requests"], model["queued_requests"], model["total_requests"]) == (3, 1, 0)


@pytest.mark.parametrize("version,keep", [(b"1.0", False), (b"1.0", True)])
@pytest.mark.parametrize("chunked", [False, True])
def test_http_1_0_clients(backend, serve, version, keep, chunked):
    def script(connection, request):
        if chunked:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        else:
            answer(b"abcde")(connection, request)

    gateway = serve(backend(script))
    fields = b"Connection: keep-alive\r\n" if keep else b""
    # The connection stays only where the client asked for it, and the reply has a length.
    until = b"abcde" if keep and not chunked else None
    head, body = raw(gateway.port, generate(fields=fields, version=version), until=until).split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.0 200") and body == b"abcde"
    assert (b"keep-alive" in head) == (keep and not chunked)


def test_pipelined_requests_are_answered_in_order(backend, serve):
    gateway = serve(backend(lambda connection, request: answer(request[1])(connection, request)))
    bodies = [b'{"model":"m%d"}' % number for number in range(5)]
    request = b"".join(generate(body) for body in bodies[:-1]) + generate(bodies[-1], fields=b"Connection: close\r\n")
    reply = raw(gateway.port, request)
    positions = [reply.index(body) for body in bodies]
    assert positions == sorted(positions)


def test_expect_continue_and_chunked_uploads(backend, serve):
    scripted = backend(answer())
    gateway = serve(scripted)
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
        client.sendall(b"POST /api/chat HTTP/1.1\r\nHost: x.localhost\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b'8\r\n{"model"\r\nA;x=y\r\n: "llama2"\r\n1\r\n}\r\n0\r\n\r\n')
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    head, body = scripted.requests[0]
    assert body == b'{"model": "llama2"}' and b"Content-Length: 19" in head and b"Expect" not in head


def test_large_bodies_pass_and_too_large_ones_do_not(backend, start):
    scripted = backend(lambda connection, request: answer(b"%d" % len(request[1]))(connection, request))
    gateway = start(
        "serve", "--port", "0", "--backend", scripted.url, environment={"PADDOCK_MAX_BODY_BYTES": str(40 << 20)}
    )
    body = b'{"model":"llama2","images":["' + b"A" * (30 << 20) + b'"]}'
    assert requests.post(f"{gateway.url}/api/chat", data=body).text == str(len(body))
    reply = requests.post(f"{gateway.url}/api/chat", data=body + body)
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
    blob = b"x" * (60 << 20)
    assert requests.post(f"{gateway.url}/api/blobs/sha256:1", data=blob).text == str(len(blob))


def test_bodies_held_at_once_are_bounded(backend, start):
    scripted = backend(answer())
    gateway = start(
        "serve", "--port", "0", "--backend", scripted.url, environment={"PADDOCK_MAX_QUEUED_BYTES": "100000"}
    )
    reply = requests.post(f"{gateway.url}/api/chat", data=b'{"model":"m","x":"' + b"A" * 200_000 + b'"}')
    assert (reply.status_code, reply.json()["code"]) == (503, "queue_full")
    assert "max_queued_bytes" in reply.json()["message"]
    assert (stats(gateway, "m:latest")["total_requests"], stats(gateway, "m:latest")["total_rejected"]) == (1, 1)
    assert requests.post(f"{gateway.url}/api/chat", data=BODY).status_code == 200


def test_a_slow_reader_slows_its_stream_and_costs_little_memory(backend, serve):
    sent = 0
    stuck, left = threading.Event(), threading.Event()

    def script(connection, request):
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        connection.settimeout(1)
        try:
            while sent < 400 << 20:
                connection.sendall(piece)
                sent += len(piece)
        except TimeoutError:
            stuck.set()
            left.wait()
        return "close"

    gateway = serve(backend(script))
    client = socket.create_connection(("127.0.0.1", gateway.port))
    client.sendall(generate())
    assert stuck.wait(30), "the backend was never held back"
    assert sent < 100 << 20
    assert stats(gateway)["active_requests"] == 1
    client.close()
    wait_until(lambda: stats(gateway)["total_cancelled"] == 1)
    left.set()


def test_a_request_is_never_sent_twice(backend, serve):
    def script(connection, request):
        if len(scripted.requests) % 2 == 0:
            return "close"
        answer()(connection, request)

    scripted = backend(script)
    gateway = serve(scripted)
    codes = [requests.post(f"{gateway.url}/api/generate", data=BODY).status_code for _ in range(6)]
    assert codes == [200, 502] * 3 and len(scripted.requests) == 6


def test_a_backend_that_is_down_hands_over_to_the_other(backend, start):
    scripted = backend(answer())
    gateway = start(
        "serve", "--port", "0", "--backend", f"http://127.0.0.1:{free_port()}", "--backend", scripted.url
    )
    for path in ("/api/generate", "/api/show", "/v1/chat/completions"):
        assert requests.post(f"{gateway.url}{path}", data=BODY).status_code == 200
    assert requests.get(f"{gateway.url}/health").json()["status"] == "degraded"
    assert requests.get(f"{gateway.url}/health/ready").status_code == 200


def test_lists_of_several_backends_are_joined(backend, start):
    def with_models(*names):
        models = [{"name": name, "size": 5137025024} for name in names]
        return backend(answer(json.dumps({"models": models}).encode()))

    one, two = with_models("a", "b"), with_models("b", "c")
    gateway = start("serve", "--port", "0", "--backend", one.url, "--backend", two.url)
    models = requests.get(f"{gateway.url}/api/tags").json()["models"]
    assert [model["name"] for model in models] == ["a", "b", "c"] and models[0]["size"] == 5137025024


@pytest.mark.parametrize("kind", ["whole", "broken"])
def test_requests_behind_a_reply_that_closes_do_not_destroy_it(backend, serve, kind):
    """A close with unread bytes is a reset, which discards what the client has not read yet."""
    body = b"x" * 300_000

    def script(connection, request):
        if kind == "whole":
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.sendall(b"%x\r\n%s\r\n" % (len(body), body))
        return "close"

    scripted = backend(script)
    gateway = serve(scripted)
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
        client.sendall(generate())
        client.sendall(generate(b'{"model":"llama2","prompt":"%s"}' % (b"y" * 150_000)))
        reply = client.recv(1)
        wait_until(lambda: stats(gateway)["active_requests"] == 0)
        # Ends only if the close arrives as one and not as a reset.
        reply += b"".join(iter(lambda: client.recv(65_536), b""))
    assert reply.count(b"x") >= len(body)
    assert kind == "whole" or b'"error"' in reply
    assert len(scripted.requests) == 1
