"""Streams that a backend ends with an error, after a status of 200: they are no successes."""

import pytest
import requests
from conftest import wait_until

OLLAMA = b'{"model":"llama2","response":"Hi","done":false}\n'
OPENAI = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'
ANTHROPIC = b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"Hi"}}\n\n'
#: A route, the type of its stream, a piece of it, and how it ends with an error.
STREAMS = {
    "ollama": ("/api/generate", "application/x-ndjson", OLLAMA, b'{"error":"CUDA error: out of memory"}\n'),
    "openai": ("/v1/chat/completions", "text/event-stream", OPENAI, b'data: {"error":{"message":"the runner is gone"}}\n\n'),
    "done": ("/v1/chat/completions", "text/event-stream", OPENAI, b'data: {"error": {"message": "EngineDeadError"}}\n\ndata: [DONE]\n\n'),
    "anthropic": ("/v1/messages", "text/event-stream", ANTHROPIC, b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"gone"}}\n\n'),
    "responses": ("/v1/responses", "text/event-stream", OPENAI, b'event: response.failed\ndata: {"type":"response.failed"}\n\n'),
}
BODY = {"model": "llama2", "prompt": "Hi", "stream": True, "max_tokens": 9, "input": "Hi", "messages": [{"role": "user", "content": "Hi"}]}


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def failing(backend, dialect, end=chunk(b"")):
    """A backend that begins each stream and ends it with an error."""
    _, kind, piece, error = STREAMS[dialect]

    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % kind.encode())
        for part in (piece, piece, error):
            connection.sendall(chunk(part))
        connection.sendall(end)

    return backend(script)


def stats(gateway):
    return requests.get(gateway.url + "/queue/stats", timeout=10).json()["models"]["llama2"]


def last(gateway):
    return requests.get(gateway.url + "/queue/requests?state=ended&limit=1", timeout=10).json()["requests"][0]


@pytest.mark.parametrize("dialect", STREAMS)
def test_it_counts_as_failed_and_the_client_has_it_all(backend, start, dialect):
    gateway = start("serve", "--port", "0", "--backend", failing(backend, dialect).url)
    route, _, piece, error = STREAMS[dialect]
    for _ in range(3):
        reply = requests.post(gateway.url + route, json=BODY, timeout=20)
        assert reply.status_code == 200 and reply.content == 2 * piece + error
    model = stats(gateway)
    assert (model["total_failed"], model["total_processed"]) == (3, 0)
    assert model["replies"]["2xx"] == 3
    ended = last(gateway)
    assert (ended["outcome"], ended["status"], ended["code"]) == ("failed", 200, "backend_error")
    metrics = requests.get(gateway.url + "/metrics", timeout=10).text
    assert 'outcome="failed"' in metrics


@pytest.mark.parametrize("dialect", STREAMS)
def test_a_client_that_leaves_with_the_error_has_not_cancelled(backend, start, dialect):
    """Ollama's own library for Python closes the connection as soon as it has read the error."""
    gateway = start("serve", "--port", "0", "--backend", failing(backend, dialect, end=b"").url)
    route, *_, error = STREAMS[dialect]
    with requests.post(gateway.url + route, json=BODY, stream=True, timeout=20) as reply:
        seen = b""
        while not seen.endswith(error):
            seen += reply.raw.read1()
    wait_until(lambda: stats(gateway)["active_requests"] == 0)
    assert (stats(gateway)["total_failed"], stats(gateway)["total_cancelled"]) == (1, 0)


def test_a_backend_that_fails_in_each_stream_gets_no_more(backend, sim, start):
    bad = failing(backend, "ollama")
    gateway = start("serve", "--port", "0", "--backend", bad.url, "--backend", sim.url)
    for _ in range(20):
        requests.post(gateway.url + "/api/generate", json={"model": "llama2", "prompt": "Hi"}, timeout=30)
    health = {one["url"]: one for one in requests.get(gateway.url + "/health", timeout=10).json()["backends"]}
    assert health[bad.url]["breaker"] != "ok" and health[sim.url]["breaker"] == "ok"

    def troubles():
        return requests.get(gateway.url + "/queue/troubles", timeout=10).json()["troubles"]

    wait_until(lambda: ("backend_sick", bad.url) in {(one["kind"], one.get("backend")) for one in troubles()})


def test_text_about_errors_is_no_error(backend, start):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(chunk(b'{"model":"llama2","response":"{\\"error\\":\\"x\\"}\\n{\\"error\\":1}","done":false}\n'))
        connection.sendall(chunk(b'{"model":"llama2","response":"{\\"error\\":1}","done":true}\n') + chunk(b""))

    gateway = start("serve", "--port", "0", "--backend", backend(script).url)
    requests.post(gateway.url + "/api/generate", json=BODY, timeout=20).raise_for_status()
    assert (stats(gateway)["total_failed"], stats(gateway)["total_processed"]) == (0, 1)
