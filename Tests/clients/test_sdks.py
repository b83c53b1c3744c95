"""Unmodified clients from PyPI talk through Paddock and notice nothing."""
import anthropic
import ollama
import openai
import pytest
import requests
from langchain_ollama import ChatOllama, OllamaEmbeddings


@pytest.fixture
def ollama_client(gateway):
    return ollama.Client(host=gateway.url)


MESSAGES = [{"role": "user", "content": "Hello"}]


def test_ollama_generates_whole_and_streamed(ollama_client):
    assert ollama_client.generate("llama2", "Hello").done
    parts = list(ollama_client.generate("llama2", "Hello", stream=True))
    assert len(parts) > 1 and parts[-1].done


def test_ollama_chats_embeds_and_lists(ollama_client):
    assert ollama_client.chat("llama2", MESSAGES).message.content
    assert len(list(ollama_client.chat("llama2", MESSAGES, stream=True))) > 1
    assert len(ollama_client.embed("nomic-embed-text", ["a", "b"]).embeddings) == 2
    assert any(model.model.startswith("llama2") for model in ollama_client.list().models)
    assert ollama_client.show("llama2").details
    assert ollama_client.ps() is not None
    assert [part.status for part in ollama_client.pull("llama2", stream=True)][-1] == "success"


def test_ollama_sees_the_backends_own_error(ollama_client):
    with pytest.raises(ollama.ResponseError) as error:
        ollama_client.generate("no-such-model", "Hello")
    assert error.value.status_code == 404


def test_openai_completes_whole_and_streamed(openai_client):
    assert openai_client.chat.completions.create(model="llama2", messages=MESSAGES).choices[0].message.content
    stream = openai_client.chat.completions.create(
        model="llama2", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[-1].usage.total_tokens > 0
    assert openai_client.completions.create(model="llama2", prompt="Hello").choices[0].text
    assert openai_client.embeddings.create(model="nomic-embed-text", input="a").data[0].embedding
    assert openai_client.responses.create(model="llama2", input="Hello").output_text
    assert [event.type for event in openai_client.responses.create(model="llama2", input="Hello", stream=True)][
        -1
    ] == "response.completed"
    assert any(model.id.startswith("llama2") for model in openai_client.models.list())
    assert openai_client.audio.transcriptions.create(model="llama2", file=("a.wav", b"RIFF" * 100)).text


def test_openai_sees_errors_as_its_own(openai_client):
    with pytest.raises(openai.NotFoundError):
        openai_client.chat.completions.create(model="no-such-model", messages=MESSAGES)
    with pytest.raises(openai.BadRequestError):
        openai_client.chat.completions.create(model="", messages=MESSAGES)


def test_anthropic_answers_whole_and_streamed(anthropic_client):
    assert anthropic_client.messages.create(model="llama2", max_tokens=8, messages=MESSAGES).content[0].text
    with anthropic_client.messages.stream(model="llama2", max_tokens=8, messages=MESSAGES) as stream:
        assert "".join(stream.text_stream)


def test_langchain_chats_and_embeds(gateway):
    chat = ChatOllama(model="llama2", base_url=gateway.url)
    assert chat.invoke("Hello").content
    assert len(list(chat.stream("Hello"))) > 1
    assert OllamaEmbeddings(model="nomic-embed-text", base_url=gateway.url).embed_query("a")


def test_queue_full_reaches_every_library_as_its_own_error(start):
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "1", "--tokens", "1000")
    full = start("serve", "--port", "0", "--backend", slow.url, "--parallel", "1", "--max-queue", "0")
    held = requests.post(f"{full.url}/api/generate", json={"model": "llama2", "prompt": "x"}, stream=True)
    assert held.status_code == 200
    with pytest.raises(ollama.ResponseError) as error:
        ollama.Client(host=full.url).generate("llama2", "x")
    assert error.value.status_code == 503
    with pytest.raises(openai.InternalServerError) as error:
        openai.OpenAI(base_url=f"{full.url}/v1", api_key="x", max_retries=0).chat.completions.create(
            model="llama2", messages=MESSAGES
        )
    assert error.value.code == "queue_full"
    assert 1 <= int(error.value.response.headers["retry-after"]) <= 60
    with pytest.raises(anthropic.APIStatusError) as error:
        anthropic.Anthropic(base_url=full.url, api_key="x", max_retries=0).messages.create(
            model="llama2", max_tokens=8, messages=MESSAGES
        )
    assert error.value.status_code == 503
    assert error.value.body["error"]["type"] == "overloaded_error"
    held.close()
