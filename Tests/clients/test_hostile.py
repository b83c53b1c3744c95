"""Bad input gets one clear answer, and does not affect other clients."""
import socket
import ssl

import pytest
import requests
from conftest import raw, short

POST = b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\n"
BODY = b'{"model":"llama2"}'


@pytest.fixture
def counted(backend, start):
    """A gateway and a backend that counts what reaches it."""

    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    scripted = backend(script)
    return start("serve", "--port", "0", "--backend", scripted.url), scripted


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Content-Length: 18\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 18\r\nContent-Length: 19\r\n\r\n" + BODY,
        POST + b"Content-Length: 18\r\n continued\r\n\r\n" + BODY,
        POST + b"Content-Length : 18\r\n\r\n" + BODY,
        POST + b"Content-Length: +18\r\n\r\n" + BODY,
        POST + b"Content-Length: 18, 18\r\n\r\n" + BODY,
        POST + b"Content-Length: 99999999999999999999\r\n\r\n" + BODY,
        POST.replace(b"\r\n", b"\n") + b"Content-Length: 18\n\n" + BODY,
        POST + b"X: a\x00b\r\nContent-Length: 18\r\n\r\n" + BODY,
        POST + b"X: a\rb\r\nContent-Length: 18\r\n\r\n" + BODY,
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n12\n" + BODY + b"\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n12\r\n" + BODY + b"XX0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        POST.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Host: other\r\nContent-Length: 18\r\n\r\n" + BODY,
        b"POST /api/generate HTTP/1.1\r\nContent-Length: 18\r\n\r\n" + BODY,
        b"POST  /api/generate HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/generate HTTP/2.0\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x09\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n: empty\r\n\r\n",
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        POST + b"Connection: " + b",".join(b"x%d" % i for i in range(65)) + b"\r\nContent-Length: 18\r\n\r\n" + BODY,
        b"GET / HTTP/1.1\r\nHost: " + b"a" * 513 + b"\r\n\r\n",
        b"GET http://" + b"a" * 513 + b"/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=short,
)
def test_what_is_no_trustworthy_http_gets_400_and_a_close(counted, request_bytes):
    gateway, scripted = counted
    reply = raw(gateway.port, request_bytes + b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert reply.startswith((b"HTTP/1.1 400 Bad Request\r\n", b"HTTP/1.0 400 Bad Request\r\n"))
    assert reply.count(b"X-Request-Id: ") == 1 and b"Connection: close" in reply
    assert b'"invalid_request"' in reply and b"smuggled" not in reply
    assert scripted.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"[]", b'"x"', b"{", b'{"model"}', b'{"model":}', b'{"model":""}', b'{"model":null}', b'{"model":7}',
        b'{"prompt":"x"}', b'{"model":"a"} x', b'{"model":"a"}{}', b'{"model":"a",}', b"{'model':'a'}", b'{"model":"a\n"}',
        b'{"a":{"model":"x"}}', b'{"model":"a","model":1}', b'\xef\xbb\xbf{"model":"a"}', b'{"model":"' + b"x" * 257 + b'"}',
        b'{"model":"a","x":' + b"[" * 200_000 + b"}", b'{"model":"a","x":01}', b'{"model":"a","x":tru}', b'{"model":"  "}',
    ],
    ids=short,
)
def test_a_body_without_a_model_gets_400(counted, body):
    gateway, scripted = counted
    for path, error in [("/api/generate", "/code"), ("/v1/chat/completions", "/error/code"), ("/v1/messages", "/error/type")]:
        reply = requests.post(f"{gateway.url}{path}", data=body)
        assert reply.status_code == 400
        found = reply.json()
        for key in error.split("/")[1:]:
            found = found[key]
        assert found in ("invalid_request", "invalid_request_error")
    assert scripted.requests == []
    assert requests.get(f"{gateway.url}/queue/stats").json()["total_models"] == 0


@pytest.mark.parametrize(
    "body,model",
    [
        (b'{"MODEL":"llama2"}', "llama2"),
        (b'{"model":"a","Model":"b"}', "b"),
        (b'{"model":"a","model":null}', "a"),
        (b'{"\\u006dodel":"\\u0061b"}', "ab"),
        (b'{"x":{"model":"no"},"model":"yes","y":["model","no"]}', "yes"),
        (b'{"model":"https://registry.ollama.ai/library/LLAMA2:latest"}', "llama2"),
        (b'{"model":"llama2:cloud"}', "llama2:cloud"),
    ],
    ids=short,
)
def test_the_model_is_the_one_that_go_sees(counted, body, model):
    gateway, _ = counted
    assert requests.post(f"{gateway.url}/api/chat", data=body).status_code == 200
    assert list(requests.get(f"{gateway.url}/queue/stats").json()["models"]) == [model]


def test_transcriptions_take_the_model_from_query_or_form(counted):
    gateway, _ = counted
    url = f"{gateway.url}/v1/audio/transcriptions"
    assert requests.post(url, files={"file": b"RIFF" * 100_000}, data={"model": "one"}).status_code == 200
    assert requests.post(url + "?model=two", files={"file": b"RIFF"}).status_code == 200
    assert requests.post(url, json={"model": "three"}).status_code == 400
    assert set(requests.get(f"{gateway.url}/queue/stats").json()["models"]) == {"one", "two"}


def test_encodings(counted):
    gateway, scripted = counted
    # {"model":"llama2"} as one Zstandard frame of a raw block.
    packed = bytes.fromhex("28b52ffd2012910000") + BODY
    reply = requests.post(f"{gateway.url}/v1/responses", data=packed, headers={"Content-Encoding": "zstd"})
    assert reply.status_code == 200 and scripted.requests[-1][1] == packed
    for path, encoding in [("/v1/responses", "gzip"), ("/api/chat", "zstd"), ("/v1/responses", "zstd, zstd")]:
        reply = requests.post(f"{gateway.url}{path}", data=packed, headers={"Content-Encoding": encoding})
        assert reply.status_code == 415
    reply = requests.post(f"{gateway.url}/v1/responses", data=b"nonsense", headers={"Content-Encoding": "zstd"})
    assert reply.status_code == 400
    assert list(requests.get(f"{gateway.url}/queue/stats").json()["models"]) == ["llama2"]


def test_a_head_that_is_too_large_gets_431(counted):
    gateway, _ = counted
    assert b" 431 " in raw(gateway.port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n")
    assert b" 431 " in raw(gateway.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 2000 + b"\r\n")


def test_foreign_hosts_and_origins_are_refused(counted):
    gateway, scripted = counted
    for path in ("/api/tags", "/queue/stats", "/api/generate"):
        assert requests.get(f"{gateway.url}{path}", headers={"Host": "evil.example"}).status_code == 403
    for target, host, status in (
        (b"http:///queue/stats", b"evil.example", b" 400 "), (b"http://evil.example/queue/stats", b"localhost", b" 403 "),
    ):
        assert status in raw(gateway.port, b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (target, host))
    assert scripted.requests == []
    for host in ("localhost:1", "127.0.0.1", "[::1]:80", "a.local", "ollama.internal", "x.localhost"):
        assert requests.get(f"{gateway.url}/queue/stats", headers={"Host": host}).status_code == 200
    url = f"{gateway.url}/admin/queue/reset"
    assert requests.post(url).status_code == 200
    assert requests.post(url, headers={"Origin": gateway.url}).status_code == 200
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert requests.post(url, headers=headers).status_code == 403
    update = f"{gateway.url}/admin/queue/update"
    assert requests.post(update, data='{"model":"a","parallel_limit":1}').status_code == 400
    for body in ({}, {"model": "a"}, {"model": "a", "parallel_limit": 0}, {"model": "a", "parallel_limit": "8"},
                 {"model": "a", "parallel_limit": True}, {"model": "a", "queue_limit": -1}, {"model": "a", "limit": 1},
                 {"model": 1, "queue_limit": 1}, {"model": "a", "parallel_limit": 1.5}, [], None):
        assert requests.post(update, json=body, headers={"Content-Type": "application/json"}).status_code == 400, body
    assert requests.get(f"{gateway.url}/queue/stats").json()["total_models"] == 0


def test_a_page_whose_name_is_pointed_here_is_not_this_machine(sim, start):
    gateway = start("serve", "--host", "0.0.0.0", "--port", "0", "--backend", sim.url)
    own = f"evil.example:{gateway.port}"
    # What a browser sends for such a page: all of one origin.
    headers = {"Host": own, "Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    refused = requests.get(f"{gateway.url}/queue/requests", headers={"Host": own})
    assert refused.status_code == 403 and own in refused.json()["message"] and "localhost" in refused.json()["message"]
    assert requests.post(f"{gateway.url}/admin/queue/reset", headers=headers).status_code == 403
    assert requests.post(f"{gateway.url}/admin/log", headers=headers, data='{"level":"debug"}').status_code == 403
    # Open routes stay open.
    assert requests.get(f"{gateway.url}/queue/stats", headers={"Host": own}).status_code == 200
    for host in (f"localhost:{gateway.port}", f"127.0.0.1:{gateway.port}", "192.168.1.20", "paddock.internal"):
        assert requests.get(f"{gateway.url}/queue/requests", headers={"Host": host}).status_code == 200


def test_the_admin_token(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_ADMIN_TOKEN": "s3cret"})
    url = f"{gateway.url}/admin/queue/reset"
    reply = requests.post(url)
    assert reply.status_code == 401 and reply.headers["WWW-Authenticate"] == "Bearer"
    assert requests.post(url, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert requests.post(url, headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_invented_models_and_idle_connections_leave_it_small(start, backend):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")

    scripted = backend(script)
    gateway = start("serve", "--port", "0", "--backend", scripted.url)
    idle = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(500)]
    session = requests.Session()
    for number in range(3000):
        session.post(f"{gateway.url}/api/generate", data=b'{"model":"invented-%d"}' % number)
    assert session.get(f"{gateway.url}/queue/stats").json()["total_models"] == 0
    with open(f"/proc/{gateway.process.pid}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    assert resident < 150_000
    for connection in idle:
        connection.close()


def test_tls_on_the_plain_port_gets_an_alert_and_a_close(gateway):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        with pytest.raises(ssl.SSLError) as refused:
            context.wrap_socket(connection, server_hostname="localhost")
    assert "handshake failure" in str(refused.value).lower().replace("_", " ")


@pytest.mark.parametrize("pieces", [[b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], [b"\x16", b"\x03", b"\x03"]], ids=short)
def test_a_hello_is_known_by_its_first_three_bytes(gateway, pieces):
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        assert connection.recv(100) == bytes([21, 3, 1, 0, 2, 2, 40])
        assert connection.recv(100) == b""
