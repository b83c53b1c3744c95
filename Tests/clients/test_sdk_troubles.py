"""What unmodified clients make of full queues, timeouts and their own impatience."""
import asyncio
import threading

import anthropic
import ollama
import openai
import pytest
import requests
from conftest import wait_until
from langchain_ollama import ChatOllama

MESSAGES = [{"role": "user", "content": "Hello"}]


def stats(gateway, model="llama2"):
    return requests.get(f"{gateway.url}/queue/stats").json()["models"].get(model)


@pytest.fixture
def occupied(start):
    """A gateway whose one slot is taken by a stream that would take an hour, and the reply that holds it."""
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "20", "--tokens", "100000",
                 "--context-length", "131072", "--num-parallel", "1")
    gateway = start("serve", "--port", "0", "--backend", slow.url, "--parallel", "1", "--max-queue", "0")
    held = requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"}, stream=True, timeout=30)
    assert held.status_code == 200
    yield gateway, held
    held.close()


def test_unknown_models_are_each_librarys_own_error(gateway):
    with pytest.raises(anthropic.NotFoundError):
        anthropic.Anthropic(base_url=gateway.url, api_key="x", max_retries=0).messages.create(
            model="no-such-model", max_tokens=8, messages=MESSAGES
        )
    with pytest.raises(ollama.ResponseError) as error:
        ChatOllama(model="no-such-model", base_url=gateway.url).invoke("Hello")
    assert error.value.status_code == 404
    with pytest.raises(ollama.ResponseError) as error:
        list(ollama.Client(host=gateway.url).chat("no-such-model", MESSAGES, stream=True))
    assert error.value.status_code == 404


def test_a_timeout_is_each_librarys_own_error_and_sent_once(backend, start):
    """Each tries again by itself on 5xx, twice: that would be three times the timeout for nothing."""
    never = backend(lambda connection, request: connection.recv(1))
    gateway = start("serve", "--port", "0", "--backend", never.url, "--timeout", "1", "--parallel", "4")
    with pytest.raises(ollama.ResponseError) as error:
        ollama.Client(host=gateway.url).generate("llama2", "x")
    assert error.value.status_code == 504
    with pytest.raises(openai.InternalServerError) as error:
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x").chat.completions.create(
            model="llama2", messages=MESSAGES
        )
    assert (error.value.status_code, error.value.code) == (504, "timeout")
    with pytest.raises(anthropic.InternalServerError) as error:
        anthropic.Anthropic(base_url=gateway.url, api_key="x").messages.create(
            model="llama2", max_tokens=8, messages=MESSAGES
        )
    assert error.value.status_code == 504 and error.value.body["error"]["type"] == "timeout_error"
    assert stats(gateway)["total_timed_out"] == 3


def test_a_stream_that_breaks_off_is_an_error_to_each_library(backend, start):
    lines = {
        "/api/chat": ("application/x-ndjson", '{"model":"llama2","message":{"role":"assistant","content":"a"},"done":false}\n'),
        "/v1/chat/completions": (
            "text/event-stream",
            'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"llama2",'
            '"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n',
        ),
    }

    def script(connection, request):
        path = request[0].split()[1].decode()
        kind, line = lines[path]
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(f"{head}{len(line):x}\r\n{line}\r\n".encode())
        # Before anything of it was sent, it would be a 502.
        seen.acquire()
        return "close"

    seen = threading.Semaphore(0)
    gateway = start("serve", "--port", "0", "--backend", backend(script).url)
    parts = []
    with pytest.raises(ollama.ResponseError) as error:
        for part in ollama.Client(host=gateway.url).chat("llama2", MESSAGES, stream=True):
            parts.append(part.message.content)
            seen.release()
    assert parts == ["a"] and "backend_error" in str(error.value)
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=0)
    with pytest.raises(openai.APIError):
        for _ in client.chat.completions.create(model="llama2", messages=MESSAGES, stream=True):
            seen.release()
    wait_until(lambda: stats(gateway)["total_failed"] == 2)


def test_the_python_client_of_the_reference_rides_through_a_full_queue(occupied):
    gateway, held = occupied
    sleeps = []

    def sleep(seconds):
        sleeps.append(seconds)
        if len(sleeps) == 2:
            held.close()
            wait_until(lambda: stats(gateway)["active_requests"] == 0)

    answer = None
    for attempt in range(5):
        response = requests.post(
            f"{gateway.url}/api/generate",
            json={"model": "llama2", "prompt": "Hello", "stream": False, "options": {"num_predict": 2}},
            timeout=30,
        )
        if response.status_code == 503:
            assert 1 <= int(response.headers["Retry-After"]) <= 60
            sleep(2**attempt)
            continue
        answer = response.json()
        break
    assert sleeps == [1, 2] and answer["done"] and answer["response"]


def test_the_openai_library_retries_by_itself(occupied):
    gateway, held = occupied

    def make_room():
        wait_until(lambda: stats(gateway)["total_rejected"] >= 1)
        held.close()

    helper = threading.Thread(target=make_room)
    helper.start()
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=5)
    reply = client.chat.completions.create(model="llama2", messages=MESSAGES, max_tokens=2)
    helper.join()
    assert reply.choices[0].message.content
    assert stats(gateway)["total_rejected"] >= 1


def test_a_client_that_goes_away_stops_the_backend(occupied):
    gateway, held = occupied
    next(held.iter_lines())
    held.close()
    wait_until(lambda: stats(gateway)["total_cancelled"] == 1)
    # The backend serves one request at a time and the first would have taken an hour.
    reply = ollama.Client(host=gateway.url, timeout=20).generate("llama2", "x", options={"num_predict": 1})
    assert reply.done
    assert (stats(gateway)["total_processed"], stats(gateway)["active_requests"]) == (1, 0)


def test_an_ollama_stream_that_is_dropped_is_cancelled(occupied):
    gateway, held = occupied
    held.close()
    wait_until(lambda: stats(gateway)["total_cancelled"] == 1)
    stream = ollama.Client(host=gateway.url).chat("llama2", MESSAGES, stream=True)
    assert next(stream).message is not None
    stream.close()
    wait_until(lambda: stats(gateway)["total_cancelled"] == 2)


def test_many_clients_at_once_are_all_answered(gateway):
    before = (stats(gateway, "mistral") or {"total_processed": 0})["total_processed"]

    async def one(client, number):
        if number % 2:
            return (await client.generate("mistral", f"Question {number}")).done
        last = None
        async for part in await client.generate("mistral", f"Question {number}", stream=True):
            last = part
        return last.done

    async def all_of_them():
        client = ollama.AsyncClient(host=gateway.url)
        return await asyncio.gather(*(one(client, number) for number in range(60)))

    assert asyncio.run(asyncio.wait_for(all_of_them(), 60)) == [True] * 60
    model = stats(gateway, "mistral")
    assert model["total_processed"] - before == 60
    assert (model["active_requests"], model["queued_requests"], model["total_rejected"]) == (0, 0, 0)
