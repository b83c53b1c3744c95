"""Web pages of other origins: preflights, and that a page can read what Paddock itself answers (contract section 7)."""
import http.server
import re
import shutil
import signal
import socket
import threading

import pytest
import requests

from conftest import free_port, raw, wait_until

PAGE = "http://localhost:3000"
EXPOSED = {"retry-after", "x-queue-wait-ms", "x-queue-position", "x-queue-reason", "x-request-id", "x-should-retry"}
EXPOSED |= {f"x-ratelimit-{what}-{kind}" for what in ("limit", "remaining", "reset") for kind in ("requests", "tokens")}
EXPOSED |= {f"anthropic-ratelimit-{kind}-{what}" for what in ("limit", "remaining", "reset") for kind in ("requests", "tokens")}


@pytest.fixture
def down(start):
    """A gateway whose backend is not there."""
    return start("serve", "--port", "0", "--backend", f"http://127.0.0.1:{free_port()}")


def preflight(gateway, path="/api/chat", origin=PAGE, **headers):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type", **headers}
    return requests.options(gateway.url + path, headers=headers)


def words(reply, name):
    return {word.strip().lower() for word in reply.headers.get(name, "").split(",")} - {""}


def assert_readable(reply, origin=PAGE):
    assert reply.headers["Access-Control-Allow-Origin"] == origin
    assert words(reply, "Access-Control-Expose-Headers") >= EXPOSED
    assert ("origin" in words(reply, "Vary")) == (origin != "*")


def assert_unreadable(reply):
    assert not [name for name in reply.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("path", ["/api/chat", "/api/tags", "/v1/models", "/", "/tomorrow", "/api/pull"])
def test_a_preflight_is_answered_as_the_backend_answers_it_also_when_it_is_down(down, sim, path):
    ours, theirs = preflight(down, path), preflight(sim, path)
    assert ours.status_code == theirs.status_code == 204 and ours.content == b""
    assert "Content-Length" not in ours.headers and "Content-Type" not in ours.headers
    for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Max-Age"):
        assert ours.headers[name] == theirs.headers[name]
    for name in ("Access-Control-Allow-Headers", "Vary"):
        assert words(ours, name) >= words(theirs, name)
    assert words(ours, "Access-Control-Allow-Headers") >= {"x-api-key", "x-request-timeout", "priority", "x-request-id"}


def test_a_preflight_keeps_the_connection_and_takes_its_body(down):
    head = f"OPTIONS /api/chat HTTP/1.1\r\nHost: localhost\r\nOrigin: {PAGE}\r\nContent-Length: 3\r\n\r\nabc".encode()
    last = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    reply = raw(down.port, head * 2 + last)
    assert re.findall(rb"HTTP/1.1 (\d+)", reply) == [b"204", b"204", b"200"]


def test_a_foreign_preflight_is_for_the_backend_and_403_where_none_answers(down, backend, start):
    refused = preflight(down, origin="http://evil.example")
    assert refused.status_code == 403 and refused.json()["code"] == "forbidden"
    assert "cors_origins" in refused.json()["message"]
    assert_unreadable(refused)
    knows = backend(
        lambda connection, _: connection.sendall(b"HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\n\r\n")
    )
    assert preflight(start("serve", "--port", "0", "--backend", knows.url), origin="http://evil.example").status_code == 204
    assert len(knows.requests) == 1


def test_an_options_request_of_no_other_origin_passes_through(backend, start):
    echo = backend(lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    gateway = start("serve", "--port", "0", "--backend", echo.url)
    assert requests.options(gateway.url + "/api/chat").status_code == 200
    assert preflight(gateway, origin=gateway.url).status_code == 200
    assert len(echo.requests) == 2


def test_a_preflight_needs_no_key(start, sim, tmp_path):
    (tmp_path / "paddock.yaml").write_text('clients: {a: {key: "k"}}\nrequire_key: true\nprotect_models: true\nadmin_token: "t"\n')
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--config", str(tmp_path / "paddock.yaml"))
    for path in ("/api/chat", "/api/tags", "/api/pull"):
        assert preflight(gateway, path).status_code == 204
        assert preflight(gateway, path, origin="http://evil.example").status_code == 403
    refused = requests.get(f"{gateway.url}/api/tags", headers={"Origin": PAGE})
    assert refused.status_code == 401
    assert_readable(refused)


def test_errors_of_paddocks_own_can_be_read(down, start, backend):
    headers = {"Origin": PAGE}
    chat = f"{down.url}/api/chat"
    for reply, status in [
        (requests.post(chat, json={"model": "a"}, headers=headers), 502),
        (requests.post(chat, json={}, headers=headers), 400),
        (requests.post(chat, data=b"x", headers={"Content-Encoding": "br", **headers}), 415),
        (requests.get(f"{down.url}/api/tags", headers=headers), 502),
        (requests.post(f"{down.url}/v1/chat/completions", json={"model": "a"}, headers=headers), 502),
    ]:
        assert reply.status_code == status
        assert_readable(reply)
        assert_unreadable(requests.post(chat, json={}, headers={"Origin": "http://evil.example"}))
        assert_unreadable(requests.post(chat, json={}, headers={"Origin": down.url}))
        assert_unreadable(requests.post(chat, json={}))

    held = backend(lambda connection, request: connection.recv(1))
    gateway = start("serve", "--port", "0", "--backend", held.url, "--parallel", "1", "--max-queue", "0")
    with socket.create_connection(("127.0.0.1", gateway.port)) as busy:
        busy.sendall(b'POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{"model":"a"}')
        wait_until(lambda: held.requests)
        full = requests.post(f"{gateway.url}/api/chat", json={"model": "a"}, headers=headers)
        assert full.status_code == 503 and full.headers["Retry-After"]
        assert_readable(full)
        assert preflight(gateway).status_code == 204


def test_own_routes_have_none(down):
    for path in ("/queue/stats", "/health", "/metrics", "/dashboard", "/admin/log", "/queue/requests"):
        for reply in (requests.get(down.url + path, headers={"Origin": PAGE}), preflight(down, path)):
            assert_unreadable(reply)
            assert reply.status_code != 204


def test_replies_that_a_page_may_read_say_so_of_what_paddock_adds(start, sim, backend):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    reply = requests.post(f"{gateway.url}/api/generate", json={"model": "llama2"}, headers={"Origin": PAGE})
    assert reply.status_code == 200
    assert_readable(reply)
    assert_unreadable(requests.post(f"{gateway.url}/api/generate", json={"model": "llama2"}))
    own = backend(
        lambda connection, _: connection.sendall(
            b"HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\nAccess-Control-Expose-Headers: X-Mine\r\nContent-Length: 0\r\n\r\n"
        )
    )
    reply = requests.get(start("serve", "--port", "0", "--backend", own.url).url + "/x", headers={"Origin": PAGE})
    assert words(reply, "Access-Control-Expose-Headers") == EXPOSED | {"x-mine"}


@pytest.mark.parametrize("variable", ["OLLAMA_ORIGINS", "PADDOCK_CORS_ORIGINS"])
def test_origins_can_be_added(start, variable):
    environment = {variable: "https://chat.example,http://10.0.0.5:*"}
    gateway = start("serve", "--port", "0", "--backend", f"http://127.0.0.1:{free_port()}", environment=environment)
    for origin in ("https://chat.example", "http://10.0.0.5:3000", PAGE):
        assert preflight(gateway, origin=origin).headers["Access-Control-Allow-Origin"] == origin
    assert preflight(gateway, origin="https://chat.example.evil").status_code == 403


def test_all_origins_can_be_allowed_and_a_reload_takes_it_back(start, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text('cors_origins: ["*"]\n')
    gateway = start("serve", "--port", "0", "--backend", f"http://127.0.0.1:{free_port()}", "--config", str(config))
    reply = preflight(gateway, origin="http://evil.example")
    assert reply.status_code == 204 and reply.headers["Access-Control-Allow-Origin"] == "*" and "Vary" not in reply.headers
    assert_readable(requests.post(f"{gateway.url}/api/chat", json={}, headers={"Origin": "http://evil.example"}), "*")
    config.write_text("cors_origins: []\n")
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: [line for line in gateway.lines if "reloaded" in line and "cors_origins" in line])
    wait_until(lambda: preflight(gateway, origin="http://evil.example").status_code == 403)


# A page in a browser.


@pytest.fixture(scope="module")
def browser():
    if not shutil.which("chromedriver"):
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_page_load_timeout(30)
    driver.set_script_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def page():
    """A web server with an empty page."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


FETCH = """
    const [url, done] = arguments;
    fetch(url, {method: "POST", headers: {"Content-Type": "application/json", "X-Request-Timeout": "60"},
                body: JSON.stringify({model: "llama2", prompt: "Hi", stream: false})})
      .then(async reply => done({status: reply.status, text: await reply.text(), retry: reply.headers.get("Retry-After"),
                                 wait: reply.headers.get("X-Queue-Wait-Ms"), id: reply.headers.get("X-Request-Id"),
                                 position: reply.headers.get("X-Queue-Position")}))
      .catch(error => done({error: String(error)}));
"""


def test_a_page_reads_answers_and_errors_and_one_of_another_origin_does_not(browser, page, start, sim, backend, down):
    gateway = start("serve", "--port", "0", "--backend", sim.url)

    def script(connection, request):
        if request[0].startswith(b"OPTIONS "):
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        else:
            connection.recv(1)

    held = backend(script)
    full = start("serve", "--port", "0", "--backend", held.url, "--parallel", "1", "--max-queue", "0")
    with socket.create_connection(("127.0.0.1", full.port)) as busy:
        busy.sendall(b'POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n{"model":"llama2"}')
        wait_until(lambda: held.requests)

        browser.get(f"http://127.0.0.1:{page}/")
        answer = browser.execute_async_script(FETCH, f"{gateway.url}/api/generate")
        assert answer["status"] == 200 and answer["id"] and answer["wait"] == "0" and answer["position"] == "0"
        answer = browser.execute_async_script(FETCH, f"{full.url}/api/generate")
        assert answer["status"] == 503 and "queue_full" in answer["text"] and int(answer["retry"]) >= 1 and answer["id"]
        answer = browser.execute_async_script(FETCH, f"{down.url}/api/generate")
        assert answer["status"] == 502 and "backend_error" in answer["text"]

        browser.get(f"http://page.localhost:{page}/")
        for one in (gateway, full, down):
            assert "Failed to fetch" in browser.execute_async_script(FETCH, f"{one.url}/api/generate")["error"]
