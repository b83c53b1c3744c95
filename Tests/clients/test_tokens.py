"""The tokens of requests, as unmodified clients see them, are those that Paddock counts."""
import anthropic
import ollama
import openai
import pytest
import requests
from conftest import wait_until

MESSAGES = [{"role": "user", "content": "Hello, how many tokens are you?"}]


@pytest.fixture
def own(start, sim):
    """A gateway that nobody else uses."""
    return start("serve", "--port", "0", "--backend", sim.url)


def totals(own, model="llama2"):
    stats = requests.get(f"{own.url}/queue/stats").json()["models"].get(model, {})
    return stats.get("total_tokens_in"), stats.get("total_tokens_out")


def story(own, reply_headers):
    """What Paddock kept of a request."""
    return requests.get(f"{own.url}/queue/requests/{reply_headers['x-request-id']}").json()


def openai_chat(own):
    client = openai.OpenAI(base_url=f"{own.url}/v1", api_key="x")
    usage = client.chat.completions.create(model="llama2", messages=MESSAGES).usage
    return usage.prompt_tokens, usage.completion_tokens


def openai_stream(own):
    client = openai.OpenAI(base_url=f"{own.url}/v1", api_key="x")
    chunks = list(client.chat.completions.create(
        model="llama2", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ))
    return chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens


def openai_completion(own):
    client = openai.OpenAI(base_url=f"{own.url}/v1", api_key="x")
    usage = client.completions.create(model="llama2", prompt="Hello there").usage
    return usage.prompt_tokens, usage.completion_tokens


def openai_response(own):
    client = openai.OpenAI(base_url=f"{own.url}/v1", api_key="x")
    usage = client.responses.create(model="llama2", input="Hello there").usage
    return usage.input_tokens, usage.output_tokens


def openai_response_stream(own):
    client = openai.OpenAI(base_url=f"{own.url}/v1", api_key="x")
    last = list(client.responses.create(model="llama2", input="Hello there", stream=True))[-1]
    return last.response.usage.input_tokens, last.response.usage.output_tokens


def openai_embeddings(own):
    client = openai.OpenAI(base_url=f"{own.url}/v1", api_key="x")
    return client.embeddings.create(model="llama2", input=["a b c", "d"]).usage.prompt_tokens, 0


def anthropic_message(own):
    client = anthropic.Anthropic(base_url=own.url, api_key="x")
    usage = client.messages.create(model="llama2", max_tokens=50, messages=MESSAGES).usage
    return usage.input_tokens, usage.output_tokens


def anthropic_stream(own):
    client = anthropic.Anthropic(base_url=own.url, api_key="x")
    with client.messages.stream(model="llama2", max_tokens=50, messages=MESSAGES) as stream:
        usage = stream.get_final_message().usage
    return usage.input_tokens, usage.output_tokens


def ollama_chat(own):
    reply = ollama.Client(host=own.url).chat("llama2", MESSAGES)
    return reply.prompt_eval_count, reply.eval_count


def ollama_stream(own):
    last = list(ollama.Client(host=own.url).generate("llama2", "Hello there", stream=True))[-1]
    return last.prompt_eval_count, last.eval_count


def ollama_embed(own):
    return ollama.Client(host=own.url).embed("llama2", ["a b", "c"]).prompt_eval_count, 0


@pytest.mark.parametrize("ask", [
    openai_chat, openai_stream, openai_completion, openai_response, openai_response_stream, openai_embeddings,
    anthropic_message, anthropic_stream, ollama_chat, ollama_stream, ollama_embed,
], ids=lambda ask: ask.__name__)
def test_tokens_are_those_that_the_client_sees(own, ask):
    told = ask(own)
    assert told[0] > 0
    wait_until(lambda: totals(own) == told)
    metrics = requests.get(f"{own.url}/metrics").text.splitlines()
    assert f'paddock_tokens_total{{kind="prompt"}} {told[0]}' in metrics
    assert f'paddock_tokens_total{{kind="answer"}} {told[1]}' in metrics


def test_a_stream_without_usage_is_an_estimate(own):
    reply = requests.post(f"{own.url}/v1/chat/completions",
                          json={"model": "llama2", "messages": MESSAGES, "stream": True})
    pieces = sum(line.startswith(b"data: {") for line in reply.content.splitlines())
    kept = story(own, reply.headers)
    assert kept["tokens_estimated"] is True and abs(kept["tokens_out"] - pieces) <= 1, (kept, pieces)


def test_what_a_client_had_when_it_left_counts(start):
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "50", "--tokens", "100000")
    own = start("serve", "--port", "0", "--backend", slow.url)
    with requests.post(f"{own.url}/api/generate", json={"model": "llama2", "prompt": "x"}, stream=True) as reply:
        lines = reply.iter_lines()
        had = [next(lines) for _ in range(5)]
    wait_until(lambda: story(own, reply.headers)["state"] == "ended")
    kept = story(own, reply.headers)
    assert kept["outcome"] == "cancelled" and kept["tokens_estimated"] is True
    assert kept["tokens_out"] >= len(had), kept


def test_an_error_has_no_tokens(own):
    reply = requests.post(f"{own.url}/v1/chat/completions", json={"model": "no-such-model", "messages": MESSAGES})
    assert reply.status_code == 404
    kept = story(own, reply.headers)
    assert kept["tokens_in"] is None and kept["tokens_out"] is None and kept["tokens_estimated"] is None
