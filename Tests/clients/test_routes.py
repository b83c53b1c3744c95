"""What is queued, what passes through, and what is refused, by method and target (contract section 2)."""
import json
import signal

import pytest
import requests

from conftest import raw, wait_until

BODY = b'{"model":"llama2"}'


def ask(port, line, fields=b""):
    """Sends one request and gives the status and the code of the answer."""
    request = b"%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s"
    reply = raw(port, request % (line, len(BODY), fields, BODY))
    head, _, body = reply.partition(b"\r\n\r\n")
    code = json.loads(body).get("code") if body and b"application/json" in head else None
    return int(head.split()[1]), code


@pytest.fixture
def target_echo(backend):
    """A backend that answers every request, and records it."""

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


# Keys, and what only admins may do.

CLIENTS = 'clients: {alice: {key: "ka"}}\n'


@pytest.fixture
def configured(start, tmp_path, target_echo):
    """Starts a gateway with a configuration, in front of the echo."""

    def serve(text, **options):
        (tmp_path / "paddock.yaml").write_text(text)
        return start("serve", "--port", "0", "--backend", target_echo.url, "--config", str(tmp_path / "paddock.yaml"), **options)

    return serve


def test_a_key_is_asked_for_on_every_route_that_goes_to_a_backend(configured, target_echo):
    gateway = configured(CLIENTS + "require_key: true\n")
    key = {"Authorization": "Bearer ka"}
    closed = [
        ("GET", "/api/tags"), ("GET", "/v1/models"), ("POST", "/api/show"), ("POST", "/api/pull"), ("DELETE", "/api/delete"),
        ("POST", "/api/blobs/sha256:0"), ("HEAD", "/api/tags"), ("POST", "/api/generate"), ("POST", "//"), ("GET", "/api/ps"),
        ("GET", "/x/../api/version"), ("GET", "/api/version/"), ("GET", "/tomorrow"), ("OPTIONS", "/api/tags"), ("BREW", "/x"),
    ]
    for method, path in closed:
        line = f"{method} {path}".encode()
        status, code = ask(gateway.port, line)
        assert status == 401, line
        assert code in (None, "unauthorized"), line
        assert ask(gateway.port, line, b"Authorization: Bearer kb\r\n")[0] == 401, line
        assert ask(gateway.port, line, b"x-api-key: ka\r\n")[0] == 200, line
    # The backend answers for its version by itself.
    assert len(target_echo.requests) == len([path for _, path in closed if "version" not in path])
    for method, path in [("GET", "/"), ("HEAD", "/"), ("GET", "/api/version"), ("GET", "/api/%76ersion?x")]:
        assert requests.request(method, gateway.url + path).status_code == 200
    # Own routes keep their own rules.
    for path in ["/health", "/health/live", "/metrics", "/queue/stats", "/dashboard"]:
        assert requests.get(gateway.url + path).status_code == 200
    refused = requests.get(f"{gateway.url}/v1/models")
    assert refused.json()["error"]["code"] == "unauthorized" and refused.headers["WWW-Authenticate"] == "Bearer"
    assert requests.get(f"{gateway.url}/v1/models", headers=key).status_code == 200


def test_a_large_upload_without_a_key_is_refused_and_nothing_of_it_is_read_as_a_request(configured, target_echo):
    gateway = configured(CLIENTS + "require_key: true\n")
    inner = b"GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /api/blobs/sha256:0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (len(inner) * 1000)
    reply = raw(gateway.port, head + inner * 1000)
    assert reply.count(b"HTTP/1.1 ") == 1 and b" 401 " in reply.split(b"\r\n")[0]
    assert target_echo.requests == []


def test_routes_can_be_open(configured):
    gateway = configured(CLIENTS + "require_key: true\nopen_routes: [/api/tags, /api/embed]\n")
    assert requests.get(f"{gateway.url}/api/tags").status_code == 200
    assert requests.get(f"{gateway.url}/api//tags").status_code == 401
    assert requests.get(gateway.url).status_code == 401
    assert requests.post(f"{gateway.url}/api/embed", json={"model": "a"}).status_code == 200
    assert requests.post(f"{gateway.url}/api/chat", json={"model": "a"}).status_code == 401


CHANGES = [
    ("POST", "/api/pull"), ("POST", "/api/push"), ("POST", "/api/create"), ("POST", "/api/copy"), ("DELETE", "/api/delete"),
    ("POST", "/api/blobs/sha256:0"), ("POST", "//api/pull"), ("POST", "/x/..%2Fapi/pull"), ("DELETE", "/api/delete/"),
]


@pytest.mark.parametrize("queued", ["", "queued_routes: [/api/pull, /api/copy]\n"])
def test_changes_of_models_can_be_for_admins_alone(configured, target_echo, queued):
    gateway = configured(f'protect_models: true\nadmin_token: "s3cret"\n{CLIENTS}{queued}')
    for method, path in CHANGES:
        line = f"{method} {path}".encode()
        status, code = ask(gateway.port, line)
        assert status == 401 and code.startswith("unauthorized"), line
        assert ask(gateway.port, line, b"x-api-key: ka\r\n")[0] == 401
    assert target_echo.requests == []
    for method, path in CHANGES:
        line = f"{method} {path}".encode()
        assert ask(gateway.port, line, b"Origin: http://evil.example\r\nAuthorization: Bearer s3cret\r\n")[0] == 403
        assert ask(gateway.port, line, b"Authorization: Bearer s3cret\r\n")[0] == 200
    # The secret is Paddock's own.
    assert not any(b"s3cret" in head for head, _ in target_echo.requests)
    assert len(target_echo.requests) == len(CHANGES)
    for line in [b"HEAD /api/blobs/sha256:0", b"POST /api/show", b"GET /api/tags"]:
        assert ask(gateway.port, line)[0] == 200
    message = requests.post(f"{gateway.url}/api/pull", json={}).json()["message"]
    assert "protect_models" in message and "admin token" in message


def test_without_a_token_this_machine_may_change_models_but_no_foreign_page(configured):
    gateway = configured(CLIENTS + "protect_models: true\nrequire_key: true\n")
    assert ask(gateway.port, b"POST /api/pull")[0] == 401
    assert ask(gateway.port, b"POST /api/pull", b"Authorization: Bearer ka\r\n")[0] == 200
    assert ask(gateway.port, b"POST /api/pull", b"Origin: http://evil.example\r\nAuthorization: Bearer ka\r\n")[0] == 403


def test_the_admin_token_is_key_enough_where_it_counts(configured):
    gateway = configured(CLIENTS + 'protect_models: true\nrequire_key: true\nadmin_token: "s3cret"\n')
    assert ask(gateway.port, b"POST /api/pull", b"Authorization: Bearer s3cret\r\n")[0] == 200
    assert ask(gateway.port, b"GET /api/tags", b"Authorization: Bearer s3cret\r\n")[0] == 401


# Routes of other servers.


def queues(gateway):
    return requests.get(f"{gateway.url}/queue/stats").json()["models"]


FORM = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\npaint\r\n--b--\r\n'


@pytest.mark.parametrize(
    "path,body,kind,model",
    [
        ("/v1/images/generations", b'{"model":"paint"}', "application/json", "paint"),
        ("/v1/images/edits", b'{"model":"paint"}', "application/json", "paint"),
        ("/v1/images/edits", FORM, "multipart/form-data; boundary=b", "paint"),
        ("/v1/images/edits", FORM, "Multipart/Form-Data;boundary=b", "paint"),
        ("/v1/audio/speech", b'{"model":"voice"}', "application/json", "voice"),
        ("/v1/rerank", b'{"model":"r"}', "application/json", "r"),
        ("/v1/score", b'{}', "application/json", "default"),
        ("/rerank", b'{"query":"a"}', "application/json", "default"),
        ("/completion", b'{"prompt":"a"}', "text/plain", "default"),
        ("/infill", b'{"model":null}', "application/json", "default"),
        ("/infill", b'{"model":""}', "application/json", "default"),
        ("/chat/completions", b'{"model":"gpt"}', "application/json", "gpt"),
    ],
)
def test_inference_routes_of_other_servers_are_queued(start, target_echo, path, body, kind, model):
    gateway = start("serve", "--port", "0", "--backend", target_echo.url)
    reply = requests.post(gateway.url + path, data=body, headers={"Content-Type": kind})
    assert reply.status_code == 200 and "X-Queue-Wait-Ms" in reply.headers
    assert queues(gateway)[model]["total_processed"] == 1


@pytest.mark.parametrize(
    "path,body,kind",
    [
        ("/v1/images/generations", b'{"prompt":"a"}', "application/json"), ("/v1/images/edits", b"{}", "application/json"),
        ("/v1/images/edits", b"--b--\r\n", "multipart/form-data; boundary=b"), ("/completion", b'{"model":1}', "application/json"),
        ("/completion", b"", "application/json"), ("/completion", b"[]", "application/json"), ("/rerank", b"x", "text/plain"),
    ],
)
def test_bodies_that_name_no_model_where_one_is_needed_are_refused(start, target_echo, path, body, kind):
    gateway = start("serve", "--port", "0", "--backend", target_echo.url)
    reply = requests.post(gateway.url + path, data=body, headers={"Content-Type": kind})
    assert reply.status_code == 400 and reply.json()["error"]["code"] == "invalid_request"
    assert target_echo.requests == [] and queues(gateway) == {}


def test_what_is_queued_can_be_configured_and_reloaded(configured, tmp_path):
    gateway = configured("queued_routes: [/v1/tomorrow, -/rerank]\n")

    def waits(path, **headers):
        return "X-Queue-Wait-Ms" in requests.post(gateway.url + path, json={}, headers=headers).headers

    assert waits("/v1/tomorrow") and waits("/v1/tomorrow/") and not waits("/rerank") and waits("/infill")
    (tmp_path / "paddock.yaml").write_text(CLIENTS + "queued_routes: [-/infill]\nrequire_key: true\nopen_routes: [/x]\n")
    gateway.process.send_signal(signal.SIGHUP)
    line = wait_until(lambda: [line for line in gateway.lines if "reloaded" in line])[0]
    assert "require_key, open_routes, queued_routes" in line
    wait_until(lambda: requests.get(gateway.url).status_code == 401)
    assert requests.get(gateway.url + "/x").status_code == 200
    key = {"x-api-key": "ka"}
    assert not waits("/v1/tomorrow", **key) and waits("/rerank", **key) and not waits("/infill", **key)
