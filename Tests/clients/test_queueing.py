"""Scheduling: clients, classes, deadlines, request lists and keep-alive events, over real connections."""
import json
import socket
import threading

import anthropic
import openai
import pytest
import requests
from conftest import post_aside, wait_until

MESSAGES = [{"role": "user", "content": "Hello"}]


class HeldBackend:
    """A scripted backend whose replies wait for `release()`."""

    def __init__(self, backend, reply=None):
        self.go = threading.Semaphore(0)
        self.reply = reply or (lambda head: (b"200 OK", b"application/json", b'{"done":true}'))
        self.order = []
        self.scripted = backend(self.script)

    def script(self, connection, request):
        head, body = request
        self.order.append(json.loads(body)["prompt"] if b"prompt" in body else head)
        self.go.acquire()
        status, kind, reply = self.reply(head)
        connection.sendall(
            b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (status, kind, len(reply), reply)
        )

    def release(self, count=1):
        for _ in range(count):
            self.go.release()


def configured(start, tmp_path, backend, text="", **options):
    (tmp_path / "paddock.yaml").write_text(text)
    return start("serve", "--port", "0", "--backend", backend.scripted.url, "--parallel", "1", folder=tmp_path, **options)


def send(gateway, prompt, path="/api/generate", replies=None, **headers):
    return post_aside(gateway.url + path, {"model": "llama2", "prompt": prompt, "stream": False}, replies, **headers)


def stats(gateway):
    return requests.get(f"{gateway.url}/queue/stats").json()["models"].get("llama2", {})


def listed(gateway, **parameters):
    return requests.get(f"{gateway.url}/queue/requests", params=parameters).json()["requests"]


def queue(gateway, prompts, **headers):
    """Sends requests one after the other, each when the one before waits."""
    threads = []
    for prompt in prompts:
        before = stats(gateway).get("queued_requests", 0)
        threads.append(send(gateway, prompt, **headers))
        wait_until(lambda: stats(gateway).get("queued_requests", 0) == before + 1)
    return threads


def occupy(gateway, backend):
    thread = send(gateway, "first")
    wait_until(lambda: backend.order == ["first"])
    return thread


CLIENTS = """
trusted_proxies: [127.0.0.1]
identity_headers: [X-Forwarded-User]
clients:
  alice: { key: "ka", weight: 2 }
  nightly: { key: "kn", class: batch }
"""


def test_a_flood_does_not_keep_others_waiting(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, CLIENTS)
    threads = [occupy(gateway, held)]
    threads += queue(gateway, [f"flood {n}" for n in range(6)], **{"X-Forwarded-User": "flooder"})
    threads += queue(gateway, ["alice"], Authorization="Bearer ka")
    threads += queue(gateway, ["bob"], **{"X-Forwarded-For": "10.1.2.3"})
    assert {one["client"] for one in listed(gateway)} == {"127.0.0.1", "user:flooder", "alice", "10.1.2.3"}
    held.release(9)
    for thread in threads:
        thread.join(30)
    assert held.order.index("alice") <= 3 and held.order.index("bob") <= 3


def test_fairness_off_is_order_of_arrival(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, CLIENTS + "fairness: off\n")
    threads = [occupy(gateway, held)]
    threads += queue(gateway, ["a", "b", "c"], **{"X-Forwarded-User": "flooder"})
    threads += queue(gateway, ["d"], Authorization="Bearer ka")
    held.release(5)
    for thread in threads:
        thread.join(30)
    assert held.order == ["first", "a", "b", "c", "d"]


def test_slots_of_a_backend_bound_all_models_together(backend, start, tmp_path):
    """A server that ignores the model's name: each name opens a queue, and a freed slot goes to whichever waits."""
    held = HeldBackend(backend)
    (tmp_path / "paddock.yaml").write_text(f"backends:\n  - url: {held.scripted.url}\n    slots: 2\n")
    gateway = start("serve", "--port", "0", "--parallel", "4", folder=tmp_path)
    assert requests.get(f"{gateway.url}/health").json()["backends"][0]["slots"] == 2
    assert "paddock_backend_slots{" in requests.get(f"{gateway.url}/metrics").text

    def models():
        return requests.get(f"{gateway.url}/queue/stats").json()["models"].values()

    def ask(name, **headers):
        body = {"model": name, "prompt": name, "stream": False}
        thread = threading.Thread(
            target=requests.post, args=(f"{gateway.url}/api/generate",), kwargs={"json": body, "headers": headers}
        )
        seen = sum(model["total_requests"] for model in models())
        thread.start()
        wait_until(lambda: sum(model["total_requests"] for model in models()) == seen + 1)
        return thread

    threads = [ask(name) for name in ("a", "b", "c", "d", "a", "e")]
    wait_until(lambda: len(held.order) == 2)
    assert sum(model["active_requests"] for model in models()) == 2
    assert all(model["available_slots"] == 0 for model in models())
    for done in range(1, 7):
        held.release()
        wait_until(lambda: sum(model["total_processed"] for model in models()) == done)
        wait_until(lambda: len(held.order) == min(6, done + 2))
        assert sum(model["active_requests"] for model in models()) == min(2, 6 - done)
    for thread in threads:
        thread.join(30)
    assert sorted(held.order[:2]) == ["a", "b"] and held.order[2:] == ["c", "d", "a", "e"]


def test_batch_waits_for_interactive(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, CLIENTS)
    threads = [occupy(gateway, held)]
    threads += queue(gateway, ["low"], Priority="u=7")
    threads += queue(gateway, ["night"], **{"x-api-key": "kn"})
    threads += queue(gateway, ["chat"], Priority="u=7 7;;")
    assert stats(gateway)["queued_batch"] == 2
    held.release(4)
    for thread in threads:
        thread.join(30)
    assert held.order[:2] == ["first", "chat"]


def test_only_headers_that_are_configured_say_who_a_client_is(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, "trusted_proxies: [127.0.0.1]\n")
    threads = [occupy(gateway, held)]
    claims = {"X-Forwarded-User": "root", "X-OpenWebUI-User-Id": "root", "Forwarded": "for=1.2.3.4"}
    threads += queue(gateway, ["x"], **claims)
    threads += queue(gateway, ["y"], **claims, **{"X-Forwarded-For": "10.1.2.3"})
    assert {one["client"] for one in listed(gateway)} == {"127.0.0.1", "10.1.2.3"}
    held.release(3)
    for thread in threads:
        thread.join(30)


def test_forwarded_counts_where_the_operator_says_so(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, "trusted_proxies: [127.0.0.1]\nforwarded: rfc7239\n")
    threads = [occupy(gateway, held)]
    threads += queue(gateway, ["x"], **{"Forwarded": "for=1.2.3.4", "X-Forwarded-For": "10.1.2.3"})
    assert {one["client"] for one in listed(gateway)} == {"127.0.0.1", "1.2.3.4"}
    held.release(2)
    for thread in threads:
        thread.join(30)


def test_the_timeout_of_sdks_in_javascript_is_a_deadline(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held)
    thread = occupy(gateway, held)
    # In seconds, as openai and @anthropic-ai/sdk send it.
    reply = requests.post(
        f"{gateway.url}/v1/chat/completions",
        json={"model": "llama2", "messages": MESSAGES},
        headers={"X-Stainless-Timeout": "1"},
        timeout=60,
    )
    assert reply.status_code == 504
    held.release(1)
    thread.join(30)


def test_an_untrusted_peer_says_nothing_about_itself(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held)
    occupy(gateway, held)
    queue(gateway, ["x"], **{"X-Forwarded-User": "root", "X-Forwarded-For": "1.2.3.4", "Authorization": "Bearer ka"})
    assert {one["client"] for one in listed(gateway)} == {"127.0.0.1"}
    held.release(2)


def test_a_key_can_be_required(backend, start, tmp_path):
    held = HeldBackend(backend)
    held.release(10)
    gateway = configured(start, tmp_path, held, CLIENTS + "require_key: true\n")
    with pytest.raises(openai.AuthenticationError) as error:
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="ollama", max_retries=0).chat.completions.create(
            model="llama2", messages=MESSAGES
        )
    assert error.value.code == "unauthorized"
    with pytest.raises(anthropic.AuthenticationError) as error:
        anthropic.Anthropic(base_url=gateway.url, api_key="x", max_retries=0).messages.create(
            model="llama2", max_tokens=8, messages=MESSAGES
        )
    assert error.value.body["error"]["type"] == "authentication_error"
    refused = requests.post(f"{gateway.url}/api/generate", json={"model": "llama2"})
    assert refused.status_code == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
    assert requests.post(
        f"{gateway.url}/api/generate", json={"model": "llama2", "stream": False}, headers={"x-api-key": "ka"}
    ).status_code == 200
    assert requests.get(f"{gateway.url}/queue/stats").status_code == 200
    assert b"ka" not in b"".join(line.encode() for line in gateway.lines)


def test_a_full_queue_is_shared(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, CLIENTS + "ollama_max_queue: 2\n")
    occupy(gateway, held)
    replies = {}
    queue(gateway, ["f1"], replies=replies, **{"X-Forwarded-User": "flooder"})
    last = queue(gateway, ["f2"], replies=replies, **{"X-Forwarded-User": "flooder"})[0]
    refused = requests.post(
        f"{gateway.url}/api/generate", json={"model": "llama2"}, headers={"X-Forwarded-User": "flooder"}
    )
    assert refused.status_code == 503 and refused.json()["code"] == "queue_full"
    send(gateway, "alice", Authorization="Bearer ka")
    last.join(30)
    assert replies["f2"].status_code == 503 and replies["f2"].json()["code"] == "queue_full"
    assert int(replies["f2"].headers["Retry-After"]) >= 1
    assert {one["client"] for one in listed(gateway)} == {"127.0.0.1", "user:flooder", "alice"}
    assert stats(gateway)["total_rejected"] == 2
    held.release(9)


def test_hopeless_requests_are_told_at_once(backend, start, tmp_path):
    go = threading.Event()

    def script(connection, request):
        # The first ones say how long the others take, which wait for as long as the test needs.
        go.wait(0.2 if len(scripted.requests) <= 10 else None)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"done":true}')

    scripted = backend(script)
    gateway = start("serve", "--port", "0", "--backend", scripted.url, "--parallel", "1")
    body = {"model": "llama2", "prompt": "x", "stream": False}
    for _ in range(10):
        assert requests.post(f"{gateway.url}/api/generate", json=body).status_code == 200
    threads = [send(gateway, f"q{n}") for n in range(30)]
    wait_until(lambda: stats(gateway)["queued_requests"] == 29)
    for name in ("X-Request-Timeout", "X-Stainless-Read-Timeout"):
        reply = requests.post(f"{gateway.url}/api/generate", json=body, headers={name: "0.3"})
        assert reply.status_code == 503 and reply.json()["code"] == "would_time_out"
        assert 1 <= int(reply.headers["Retry-After"]) <= 60
    ignored = send(gateway, "patient", **{"X-Request-Timeout": "soon"})
    wait_until(lambda: stats(gateway)["queued_requests"] == 30)
    go.set()
    for thread in threads + [ignored]:
        thread.join(60)
    reading = stats(gateway)
    assert reading["total_would_time_out"] == 2
    assert reading["eta_error_ms_p50"] is not None
    endings = ("processed", "rejected", "failed", "timed_out", "cancelled", "would_time_out")
    assert reading["total_requests"] == sum(reading[f"total_{ending}"] for ending in endings)


def test_a_stated_deadline_is_a_deadline(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held)
    occupy(gateway, held)
    reply = requests.post(
        f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"}, headers={"X-Request-Timeout": "0.5"}
    )
    assert reply.status_code == 504 and "0.5 s" in reply.json()["message"]
    held.release()


def test_requests_can_be_looked_up_and_cancelled(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, CLIENTS)
    replies = {}
    first = send(gateway, "first", replies=replies, **{"X-Request-Id": "one"})
    wait_until(lambda: held.order == ["first"])
    queued = queue(gateway, ["second"], replies=replies, **{"X-Request-Id": "two", "x-api-key": "ka"})[0]
    active, waiting = listed(gateway)
    assert (active["id"], active["state"], active["position"]) == ("one", "active", 0)
    assert (waiting["id"], waiting["state"], waiting["position"], waiting["client"]) == ("two", "queued", 1, "alice")
    assert listed(gateway, model="other") == [] and len(listed(gateway, limit=1)) == 1
    assert requests.get(f"{gateway.url}/queue/requests/two").json()["state"] == "queued"
    assert requests.delete(f"{gateway.url}/admin/queue/requests/two").json() == {"status": "cancelled", "id": "two"}
    queued.join(30)
    assert replies["second"].status_code == 503 and replies["second"].json()["code"] == "cancelled_by_admin"
    story = requests.get(f"{gateway.url}/queue/requests/two").json()
    assert (story["state"], story["outcome"], story["code"]) == ("ended", "cancelled", "cancelled_by_admin")
    assert requests.delete(f"{gateway.url}/admin/queue/requests/one").status_code == 200
    first.join(30)
    assert replies["first"].json()["code"] == "cancelled_by_admin"
    assert requests.delete(f"{gateway.url}/admin/queue/requests/one").status_code == 404
    assert requests.get(f"{gateway.url}/queue/requests/nobody").json()["code"] == "unknown_request"
    assert requests.post(f"{gateway.url}/admin/queue/requests/one").status_code == 405
    assert stats(gateway)["total_cancelled"] == 2


def test_a_list_is_for_the_admin(backend, start, tmp_path):
    held = HeldBackend(backend)
    gateway = configured(start, tmp_path, held, environment={"PADDOCK_ADMIN_TOKEN": "secret"})
    assert requests.get(f"{gateway.url}/queue/requests").status_code == 401
    allowed = requests.get(f"{gateway.url}/queue/requests", headers={"Authorization": "Bearer secret"})
    assert allowed.json() == {"total": 0, "requests": []}
    assert requests.get(f"{gateway.url}/queue/requests/x").status_code == 404


OPENAI_STREAM = (
    b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"llama2","choices":[{"index":0,"delta":'
    b'{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
ANTHROPIC_STREAM = b"".join(
    b"event: %s\ndata: %s\n\n" % (event, data)
    for event, data in [
        (b"message_start", b'{"type":"message_start","message":{"id":"1","type":"message","role":"assistant","model":'
         b'"llama2","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}'),
        (b"content_block_start", b'{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}'),
        (b"content_block_delta", b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}'),
        (b"content_block_stop", b'{"type":"content_block_stop","index":0}'),
        (b"message_delta", b'{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
         b'"usage":{"output_tokens":1}}'),
        (b"message_stop", b'{"type":"message_stop"}'),
    ]
)


def streams(head):
    if b"/v1/" not in head:
        return b"200 OK", b"application/json", b'{"done":true}'
    return b"200 OK", b"text/event-stream", ANTHROPIC_STREAM if b"/v1/messages" in head else OPENAI_STREAM


@pytest.fixture
def alive(backend, start, tmp_path):
    """A gateway that sends keep-alive events, in front of a backend whose slot is taken."""
    held = HeldBackend(backend, streams)
    gateway = configured(start, tmp_path, held, "queue_keepalive: 0.1\n")
    occupy(gateway, held)
    return gateway, held


def test_the_openai_sdk_reads_past_signs_of_life(alive):
    gateway, held = alive
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=0)
    stream = client.chat.completions.create(model="llama2", messages=MESSAGES, stream=True)
    # The head is here although the request still waits.
    assert stats(gateway)["queued_requests"] == 1
    held.release(2)
    assert "".join(chunk.choices[0].delta.content for chunk in stream) == "Hello"


def test_the_anthropic_sdk_reads_past_signs_of_life(alive):
    gateway, held = alive
    client = anthropic.Anthropic(base_url=gateway.url, api_key="x", max_retries=0)
    with client.messages.stream(model="llama2", max_tokens=8, messages=MESSAGES) as stream:
        assert stats(gateway)["queued_requests"] == 1
        held.release(2)
        assert "".join(stream.text_stream) == "Hello"


def sse(gateway, path="/v1/chat/completions", version="1.1", model="llama2", extra=""):
    """Opens a stream and returns its connection, when the first sign of life is there."""
    body = json.dumps({"model": model, "stream": True, "max_tokens": 5, "messages": MESSAGES})
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=30)
    connection.sendall(
        f"POST {path} HTTP/{version}\r\nHost: localhost\r\n{extra}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    seen = b""
    while b"position" not in seen:
        piece = connection.recv(65536)
        assert piece, seen
        seen += piece
    return connection, seen


def rest_of(connection, seen=b""):
    try:
        while piece := connection.recv(65536):
            seen += piece
    except ConnectionResetError:
        pass
    return seen


def test_signs_of_life_are_comments_with_the_place(alive):
    gateway, held = alive
    connection, seen = sse(gateway, extra="Connection: close\r\n")
    assert b"HTTP/1.1 200 OK" in seen and b"text/event-stream" in seen and b": queued, position 1\n\n" in seen
    held.release(2)
    seen = rest_of(connection, seen)
    assert seen.endswith(b"0\r\n\r\n") and b'"content":"Hello"' in seen and b"[DONE]" in seen


def test_http_1_0_has_signs_of_life_without_chunks(alive):
    gateway, held = alive
    connection, seen = sse(gateway, "/v1/messages", version="1.0")
    assert b"chunked" not in seen
    held.release(2)
    head, body = rest_of(connection, seen).split(b"\r\n\r\n", 1)
    assert body.startswith(b': queued, position 1\nevent: ping\ndata: {"type":"ping"}\n\n')
    assert body.endswith(ANTHROPIC_STREAM)


def test_what_fails_later_fails_in_the_stream(alive):
    gateway, held = alive
    connection, seen = sse(gateway)
    held.reply = lambda head: (b"404 Not Found", b"application/json", b'{"error":{"message":"no such model"}}')
    held.release(2)
    seen = rest_of(connection, seen)
    assert b'data: {"error":{"message":"no such model"}}\n\n' in seen and not seen.endswith(b"0\r\n\r\n")


def test_a_cancel_reaches_a_stream_that_waits(alive):
    gateway, held = alive
    connection, seen = sse(gateway, "/v1/messages", extra="X-Request-Id: me\r\n")
    assert requests.delete(f"{gateway.url}/admin/queue/requests/me").status_code == 200
    seen = rest_of(connection, seen)
    assert b"event: error\ndata: " in seen and b'"type":"overloaded_error"' in seen and not seen.endswith(b"0\r\n\r\n")
    story = requests.get(f"{gateway.url}/queue/requests/me").json()
    assert (story["outcome"], story["code"], story["status"]) == ("cancelled", "cancelled_by_admin", 200)
    held.release(1)


def test_ndjson_waits_in_silence(alive):
    gateway, held = alive
    client = socket.create_connection(("127.0.0.1", gateway.port), timeout=0.5)
    body = b'{"model":"llama2"}'
    client.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    with pytest.raises(TimeoutError):
        client.recv(1)
    held.release(2)


def test_a_drain_reaches_a_stream_that_waits(alive):
    gateway, held = alive
    connection, seen = sse(gateway)
    gateway.process.terminate()
    seen = rest_of(connection, seen)
    assert b'"code":"shutting_down"' in seen and not seen.endswith(b"0\r\n\r\n")
    held.release(1)
    assert gateway.process.wait(30) == 0
