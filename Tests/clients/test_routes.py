"""What is queued, what passes through, and what is refused, by method and target (contract section 2)."""
import json

import pytest

from conftest import raw

BODY = b'{"model":"llama2"}'


def ask(port, line, fields=b""):
    """Sends one request and gives the status and the code of the answer."""
    request = b"%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s"
    reply = raw(port, request % (line, len(BODY), fields, BODY))
    head, _, body = reply.partition(b"\r\n\r\n")
    code = json.loads(body).get("code") if b"application/json" in head else None
    return int(head.split()[1]), code


@pytest.fixture
def target_echo(backend):
    """A backend that answers every request, and tells what was asked for."""

    def script(connection, request):
        line = request[0].split(b"\r\n")[0]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(line), line))

    return backend(script)


@pytest.mark.parametrize(
    "target",
    [
        "http:/api/generate", "x:/api/generate", "ftp://h/api/generate", "x:///api/chat", "http:api/generate", "X:/api/chat",
        "http:///api/generate", "http://u:p@h/api/generate", "http://h", "http://h?x", "ws://h/api/chat", "api/generate",
        "%2Fapi/generate", "\\api\\generate", "*", "?x", "/api/generate#x", "/x?#", "/api/generate%", "/api/g%zz",
        "/v1/chat/%u0063ompletions", "/api/generate%00", "http://h\\x/api/generate", "http://a,b/api/chat",
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_other_forms_of_a_target_are_refused_and_reach_no_backend(start, target_echo, method, target):
    gateway = start("serve", "--port", "0", "--backend", target_echo.url)
    status, code = ask(gateway.port, f"{method} {target}".encode())
    assert status == 400 and code.startswith("invalid_request")
    assert target_echo.requests == []


@pytest.mark.parametrize(
    "target,forwarded",
    [
        ("/api/generate", None), ("/api/%67enerate?a=/../b", None), ("//api/generate", None), ("/api/generate/", None),
        ("/x/..%2Fapi//generate/", None), ("/x/%2e%2e/api/./generate", None), ("/api\\generate", None), ("//h/api/generate", None),
        ("/api/generate/y%2Fz/..", None), ("http://localhost/api/generate?x", "/api/generate?x"), ("HTTPS://[::1]:1//api/generate", "//api/generate"),
    ],
)
def test_every_spelling_of_an_inference_route_waits_and_is_sent_on_as_it_came(start, target_echo, target, forwarded):
    gateway = start("serve", "--port", "0", "--backend", target_echo.url, "--max-queue", "0")
    request = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
    reply = raw(gateway.port, request % (target.encode(), len(BODY), BODY))
    assert b"\r\nX-Queue-Wait-Ms:" in reply
    assert reply.endswith(b"POST " + (forwarded or target).encode() + b" HTTP/1.1")


@pytest.mark.parametrize(
    "line", ["post /api/generate", "PUT /api/generate", "POST /API/generate", "POST /api/generate;x", "POST /api/generate%20"]
)
def test_what_no_server_takes_for_an_inference_route_passes_through(start, target_echo, line):
    gateway = start("serve", "--port", "0", "--backend", target_echo.url)
    reply = raw(gateway.port, line.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert b"X-Queue-Wait-Ms" not in reply and reply.endswith(line.encode() + b" HTTP/1.1")


def test_own_routes_answer_to_their_very_names_alone(start, target_echo):
    gateway = start("serve", "--port", "0", "--backend", target_echo.url)
    for target in ["//admin/queue/reset", "/x/../admin/queue/reset", "/x/%2e%2e/queue/stats", "/queue/stats/", "//h/health"]:
        reply = raw(gateway.port, b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target.encode())
        assert reply.endswith(b"GET " + target.encode() + b" HTTP/1.1")


def test_options_of_the_server_passes_through(start, target_echo):
    gateway = start("serve", "--port", "0", "--backend", target_echo.url)
    reply = raw(gateway.port, b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert reply.endswith(b"OPTIONS * HTTP/1.1")
