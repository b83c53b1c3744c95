"""What users of a real engine see through Paddock, and what Paddock counts."""
import concurrent.futures
import socket
import threading
import time

import openai
import pytest
import requests
from conftest import wait_until

MESSAGES = [{"role": "user", "content": "the pony waits"}]


def backend_ports(engine):
    """The ports of the connections that a client has open to the engine now."""
    wanted, found = f"0100007F:{engine.port:04X}", set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in table:
            local, remote, state = line.split()[1:4]
            if remote == wanted and state == "01":
                found.add(local)
    return found


def test_the_sdk_gets_what_the_engine_says(gateway, engine):
    direct = openai.OpenAI(base_url=f"{engine.url}/v1", api_key="x", timeout=300, max_retries=0)
    wishes = {"model": "tiny", "max_tokens": 12, "temperature": 0}
    for client in (direct, gateway.client):
        chat = client.chat.completions.create(messages=MESSAGES, **wishes)
        assert chat.usage.completion_tokens == 12 and chat.choices[0].finish_reason == "length"
        completion = client.completions.create(prompt="the hay", **wishes)
        assert completion.usage.completion_tokens == 12
        said = "".join(chunk.choices[0].delta.content or "" for chunk in
                       client.chat.completions.create(messages=MESSAGES, stream=True, **wishes) if chunk.choices)
        assert said == chat.choices[0].message.content
        said = "".join(chunk.choices[0].text for chunk in client.completions.create(prompt="the hay", stream=True, **wishes))
        assert said == completion.choices[0].text
        if client is direct:
            expected = chat.choices[0].message.content, completion.choices[0].text
    assert (chat.choices[0].message.content, completion.choices[0].text) == expected
    raw = gateway.client.chat.completions.with_raw_response.create(messages=MESSAGES, **wishes)
    assert raw.headers["X-Queue-Wait-Ms"].isdigit() and raw.headers["X-Queue-Position"] == "0"


def test_responses_and_other_routes(gateway):
    assert gateway.client.responses.create(model="tiny", input="the", max_output_tokens=8).status in ("completed", "incomplete")
    events = [event.type for event in gateway.client.responses.create(model="tiny", input="the", max_output_tokens=8, stream=True)]
    assert events[-1] in ("response.completed", "response.incomplete")
    assert [entry.id for entry in gateway.client.models.list()] == ["tiny"]
    assert requests.get(f"{gateway.url}/health").json()["status"] == "healthy"


@pytest.mark.parametrize("kind", ["chat", "completion"])
def test_streams_that_are_read_to_the_end_are_completed(gateway, kind):
    """SDKs close at `[DONE]`; the engine ends its chunks in a write of its own after that, and closes its connection, though it has
    stated `Keep-Alive: timeout=5, max=100`: the next request must not be sent there."""
    for _ in range(100):
        wishes = {"model": "tiny", "max_tokens": 3, "stream": True, "temperature": 0}
        stream = (gateway.client.chat.completions.create(messages=MESSAGES, **wishes) if kind == "chat"
                  else gateway.client.completions.create(prompt="the", **wishes))
        with stream:
            assert len(list(stream)) >= 3
    wait_until(lambda: gateway.stats()["active_requests"] == 0)
    stats = gateway.stats()
    assert (stats["total_processed"], stats["total_cancelled"], stats["total_requests"]) == (100, 0, 100)
    assert stats["avg_processing_time_ms"] > 0


def test_a_stream_arrives_as_it_is_generated(gateway, engine):
    before = engine.figures()["tokens_predicted_total"]
    with gateway.client.chat.completions.create(model="tiny", messages=MESSAGES, max_tokens=4_000, stream=True) as stream:
        for _, _ in zip(range(5), stream):
            pass
        assert engine.busy() == 1
    # Having left is being cancelled: the engine stops far from the 4,000.
    engine.wait_idle()
    assert engine.figures()["tokens_predicted_total"] - before < 3_000
    stats = gateway.stats()
    assert (stats["total_cancelled"], stats["active_requests"]) == (1, 0)


def test_who_leaves_an_unstreamed_request_frees_the_slot(gateway, engine):
    body = b'{"model":"tiny","messages":[{"role":"user","content":"x"}],"max_tokens":4000}'
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        wait_until(lambda: engine.busy() == 1, pause=0.3)
    wait_until(lambda: gateway.stats()["total_cancelled"] == 1)
    engine.wait_idle()


def test_twenty_clients_on_two_slots(gateway, engine):
    over, peaks = threading.Event(), []

    def watch():
        while not over.is_set():
            peaks.append((engine.busy(), engine.figures()["requests_deferred"]))

    watcher = threading.Thread(target=watch)
    watcher.start()

    def ask(number):
        reply = gateway.client.chat.completions.with_raw_response.create(
            model="tiny", messages=[{"role": "user", "content": f"pony {number}"}], max_tokens=16)
        assert reply.parse().usage.completion_tokens == 16
        return int(reply.headers["X-Queue-Position"])

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        positions = sorted(pool.map(ask, range(20)))
    over.set()
    watcher.join()
    assert positions[0] == 0 and positions[-1] > 2
    # The queue is in front of the engine: it never has more than its two slots can take.
    assert max(busy for busy, _ in peaks) == 2 and max(deferred for _, deferred in peaks) == 0
    stats = gateway.stats()
    assert (stats["total_processed"], stats["total_requests"], stats["active_requests"]) == (20, 20, 0)


def test_errors_of_the_engine_pass_untouched(gateway, engine):
    asked = [
        ("/v1/chat/completions", {"model": "tiny", "messages": [{"role": "bogus"}]}),
        ("/v1/chat/completions", {"model": "tiny", "messages": "none"}),
        ("/v1/completions", {"model": "tiny", "prompt": "the pony " * 6_000, "max_tokens": 4}),
        ("/v1/embeddings", {"model": "tiny", "input": "a"}),
    ]
    for path, body in asked:
        direct, through = (requests.post(f"{url}{path}", json=body, timeout=60) for url in (engine.url, gateway.url))
        assert direct.status_code in (400, 500, 501)
        assert (through.status_code, through.content) == (direct.status_code, direct.content)
    with pytest.raises(openai.APIStatusError) as caught:
        gateway.client.completions.create(model="tiny", prompt="the pony " * 6_000, max_tokens=4)
    assert caught.value.status_code == 400 and "context" in caught.value.message


def test_quick_errors_are_no_measure_of_the_work(gateway):
    """`Retry-After` is of the average processing time; 80 quick 400s leave it as it was."""
    for _ in range(10):
        gateway.client.completions.create(model="tiny", prompt="the", max_tokens=8)
    before = gateway.stats()["avg_processing_time_ms"]
    for _ in range(80):
        assert requests.post(f"{gateway.url}/v1/chat/completions", json={"model": "tiny", "messages": "none"}).status_code >= 400
    assert gateway.stats()["avg_processing_time_ms"] == before


def test_connections_to_the_engine_are_kept(serve, engine):
    """The engine ends a connection after 100 requests; none is lost, and none is made without need."""
    gateway = serve(engine, "--parallel", "2", "--event-loops", "1")
    session, ports = requests.Session(), set()
    for _ in range(250):
        reply = session.post(f"{gateway.url}/v1/completions", json={"model": "tiny", "prompt": "a", "max_tokens": 1})
        assert reply.status_code == 200
        ports |= backend_ports(engine)
    assert len(ports) <= 6
    assert gateway.stats()["total_failed"] == 0


def test_no_request_is_lost_around_the_engines_idle_close(serve, engine):
    """The engine closes a kept connection after 5 idle seconds."""
    gateway = serve(engine, "--parallel", "2")
    for idle in (3.9, 4.6, 4.98, 5.0, 5.02):
        gateway.client.completions.create(model="tiny", prompt="a", max_tokens=1)
        time.sleep(idle)
        gateway.client.completions.create(model="tiny", prompt="a", max_tokens=1)
    assert gateway.stats()["total_failed"] == 0


def test_embeddings(serve, embedder):
    gateway = serve(embedder, "--parallel", "2")
    direct = openai.OpenAI(base_url=f"{embedder.url}/v1", api_key="x", max_retries=0)
    texts = ["the pony", "the hay"]
    expected = [entry.embedding for entry in direct.embeddings.create(model="tiny", input=texts).data]
    got = [entry.embedding for entry in gateway.client.embeddings.create(model="tiny", input=texts).data]
    assert len(got) == len(expected) == 2
    for vector, other in zip(got, expected):
        assert vector == pytest.approx(other, abs=1e-4)
    assert gateway.stats()["total_processed"] == 1


def test_the_engines_figures_match(gateway, engine):
    """What Paddock counts as relayed is what the engine generated: a chunk is a token."""
    before = engine.figures()["tokens_predicted_total"]
    with gateway.client.chat.completions.create(model="tiny", messages=MESSAGES, max_tokens=50, stream=True) as stream:
        assert len(list(stream)) >= 50
    wait_until(lambda: gateway.stats()["active_requests"] == 0)
    assert engine.figures()["tokens_predicted_total"] - before == 50
    assert 50 <= gateway.stats()["total_chunks"] <= 54
