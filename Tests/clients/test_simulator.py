"""The simulated Ollama answers as Ollama does, so that what works with it works with Ollama."""
import enum
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, Literal, Optional, Union
from uuid import UUID

import anthropic
import ollama
import openai
import pytest
import requests
from conftest import wait_until
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_ollama import ChatOllama
from packaging.version import Version
from pydantic import BaseModel, Field

QUESTION = [{"role": "user", "content": "What is the weather?"}]


class Unit(str, enum.Enum):
    celsius = "celsius"
    kelvin = "kelvin"


class Place(BaseModel):
    name: str = Field(min_length=3, max_length=8)
    latitude: float = Field(gt=10, lt=11)
    inside: Optional["Place"] = None


class Fixed(BaseModel):
    kind: Literal["fixed"]
    port: int = Field(ge=1024, multiple_of=100, lt=1200)


class Weather(BaseModel):
    """All that schemas of real tools have: bounds, choices, nesting, references, recursion."""

    model_config = {"extra": "forbid"}

    place: Place
    unit: Unit
    when: datetime
    key: UUID
    days: int = Field(ge=2, le=3)
    share: float = Field(gt=0, lt=0.5)
    deep: float = Field(le=-3)
    tags: Annotated[list[Literal["a", "b", "c"]], Field(min_length=2, json_schema_extra={"uniqueItems": True})]
    pair: tuple[int, str]
    either: Union[Fixed, int]
    maybe: Optional[bool] = None


def function(name="weather", schema=None):
    parameters = schema or Weather.model_json_schema()
    return {"type": "function", "function": {"name": name, "description": "x", "parameters": parameters}}


@pytest.fixture
def ollama_client(sim):
    return ollama.Client(host=sim.url)


def forecast(city: str, days: int, celsius: bool) -> str:
    """Tells the weather.

    Args:
      city: Where.
      days: How many.
      celsius: Or Fahrenheit.
    """
    assert isinstance(city, str) and type(days) is int and type(celsius) is bool
    return "Sunny"


def test_ollama_calls_a_tool_and_then_answers(ollama_client):
    reply = ollama_client.chat("llama2", QUESTION, tools=[forecast])
    (call,) = reply.message.tool_calls
    assert call.function.name == "forecast" and reply.done_reason == "stop"
    result = {"role": "tool", "content": forecast(**call.function.arguments), "tool_name": "forecast"}
    answer = ollama_client.chat("llama2", [*QUESTION, reply.message, result], tools=[forecast])
    assert answer.message.content and not answer.message.tool_calls
    # A new question is a new reason to call.
    again = [*QUESTION, reply.message, result, answer.message, *QUESTION]
    assert ollama_client.chat("llama2", again, tools=[forecast]).message.tool_calls


def test_ollama_streams_a_call_in_one_piece(sim, ollama_client):
    parts = list(ollama_client.chat("llama2", QUESTION, tools=[forecast], stream=True, think=True))
    calls = [call for part in parts for call in part.message.tool_calls or []]
    assert len(calls) == 1 and parts[-1].done and not parts[-1].message.tool_calls
    forecast(**calls[0].function.arguments)
    # The SDK sends no more than the outline of a schema.
    raw = requests.post(f"{sim.url}/api/chat", json={"model": "llama2", "messages": QUESTION, "tools": [function()]})
    (line,) = [line for line in map(json.loads, raw.iter_lines()) if "tool_calls" in line["message"]]
    assert line["done"] is False
    (call,) = line["message"]["tool_calls"]
    assert re.fullmatch("call_[a-z0-9]{8}", call["id"]) and call["function"]["name"] == "weather"
    Weather.model_validate(call["function"]["arguments"])


@pytest.mark.parametrize("stream", [False, True])
def test_openai_calls_a_tool_and_then_answers(openai_client, stream):
    messages, names = list(QUESTION), []
    for _ in range(5):
        if stream:
            with openai_client.chat.completions.stream(model="llama2", messages=messages, tools=[function()]) as events:
                choice = events.get_final_completion().choices[0]
        else:
            choice = openai_client.chat.completions.create(
                model="llama2", messages=messages, tools=[function()]
            ).choices[0]
        if not choice.message.tool_calls:
            break
        assert choice.finish_reason == "tool_calls"
        messages.append(choice.message.model_dump(exclude_none=True))
        for call in choice.message.tool_calls:
            names.append(call.function.name)
            Weather.model_validate_json(call.function.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "Sunny"})
    assert names == ["weather"]
    assert choice.finish_reason == "stop" and choice.message.content


def test_openai_streams_the_arguments_in_pieces(openai_client):
    stream = openai_client.chat.completions.create(
        model="llama2", messages=QUESTION, tools=[function()], stream=True
    )
    chunks = [chunk.choices[0] for chunk in stream if chunk.choices]
    calls = [chunk.delta.tool_calls[0] for chunk in chunks if chunk.delta.tool_calls]
    assert len(calls) > 1 and calls[0].id and calls[0].function.name == "weather"
    assert all(call.index == 0 and call.id is None and call.function.name is None for call in calls[1:])
    assert chunks[-1].finish_reason == "tool_calls"


def test_openai_tool_choice(openai_client):
    def chosen(choice, messages=QUESTION):
        tools = [function("weather"), function("clock"), function("radio")]
        message = openai_client.chat.completions.create(
            model="llama2", messages=messages, tools=tools, tool_choice=choice
        ).choices[0].message
        return message.tool_calls[0].function.name if message.tool_calls else None

    assert chosen("none") is None
    assert chosen("auto") in ("weather", "clock", "radio")
    assert chosen({"type": "function", "function": {"name": "radio"}}) == "radio"
    allowed = [{"type": "function", "function": {"name": "clock"}}]
    assert chosen({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": allowed}}) == "clock"
    answered = [*QUESTION, {"role": "tool", "tool_call_id": "call_1", "content": "x"}]
    assert chosen("auto", answered) is None
    assert chosen("required", answered)
    for bad in ({"type": "function", "function": {"name": "nothing"}}, "sometimes", {"type": "thing"}):
        with pytest.raises(openai.BadRequestError, match="tool_choice"):
            chosen(bad)


def test_openai_parses_structured_answers(openai_client):
    parsed = openai_client.chat.completions.parse(model="llama2", messages=QUESTION, response_format=Place)
    assert parsed.choices[0].message.parsed.name
    tools = [openai.pydantic_function_tool(Place)]
    message = openai_client.chat.completions.parse(model="llama2", messages=QUESTION, tools=tools).choices[0].message
    assert isinstance(message.tool_calls[0].function.parsed_arguments, Place)


@pytest.mark.parametrize("stream", [False, True])
def test_openai_responses_call_a_tool_and_then_answer(openai_client, stream):
    tools = [{"type": "function", "strict": False, **function()["function"]}, {"type": "web_search"}]
    items = list(QUESTION)

    def ask():
        if not stream:
            return openai_client.responses.create(model="llama2", input=items, tools=tools)
        with openai_client.responses.stream(model="llama2", input=items, tools=tools) as events:
            return events.get_final_response()

    (call,) = ask().output
    assert call.type == "function_call" and call.name == "weather" and call.status == "completed"
    Weather.model_validate_json(call.arguments)
    items += [call.to_dict(), {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny"}]
    answer = ask()
    assert answer.output_text and [item.type for item in answer.output] == ["message"]
    assert answer.tools[0].name == "weather"


@pytest.mark.parametrize("stream", [False, True])
def test_anthropic_calls_a_tool_and_then_answers(anthropic_client, stream):
    tools = [{"name": "weather", "input_schema": Weather.model_json_schema()}]
    messages = list(QUESTION)

    def ask(**options):
        arguments = {"model": "llama2", "max_tokens": 4096, "messages": messages, "tools": tools, **options}
        if not stream:
            return anthropic_client.messages.create(**arguments)
        with anthropic_client.messages.stream(**arguments) as events:
            return events.get_final_message()

    reply = ask()
    (block,) = reply.content
    assert reply.stop_reason == "tool_use" and block.type == "tool_use" and block.name == "weather"
    Weather.model_validate(block.input)
    result = {"type": "tool_result", "tool_use_id": block.id, "content": "Sunny"}
    messages += [{"role": "assistant", "content": [block.to_dict()]}, {"role": "user", "content": [result]}]
    answer = ask()
    assert answer.stop_reason == "end_turn" and answer.content[0].text
    assert ask(tool_choice={"type": "tool", "name": "weather"}).stop_reason == "tool_use"
    assert ask(tool_choice={"type": "none"}).stop_reason == "end_turn"
    with pytest.raises(anthropic.BadRequestError, match="tool_choice"):
        anthropic_client.messages.create(
            model="llama2", max_tokens=9, messages=messages, tools=tools, tool_choice={"type": "tool", "name": "x"}
        )


def test_langchain_binds_tools(gateway):
    @tool
    def weather(city: str, days: int) -> str:
        """The weather of a city."""
        return f"{city}: sunny for {days} days"

    chat = ChatOllama(model="llama2", base_url=gateway.url).bind_tools([weather])
    messages = [HumanMessage("What is the weather?")]
    reply = chat.invoke(messages)
    (call,) = reply.tool_calls
    result = weather.invoke(call)
    assert isinstance(result, ToolMessage) and "sunny" in result.content
    answer = chat.invoke([*messages, reply, result])
    assert answer.content and not answer.tool_calls
    structured = ChatOllama(model="llama2", base_url=gateway.url).with_structured_output(Weather)
    assert isinstance(structured.invoke("What is the weather?"), Weather)


def test_hostile_schemas_end(sim):
    endless = {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}, "required": ["a", "b"]}
    deep = {"type": "array", "minItems": 16}
    for _ in range(60):
        deep = {"type": "array", "minItems": 16, "items": deep}
    loop = {"$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}}, "$ref": "#/$defs/x"}
    wide = {"allOf": [{"allOf": [{"$ref": "#"}] * 50}] * 50}
    long = {"type": "object", "properties": {"a": {"type": "string", "minLength": 2_000_000_000}}}
    many = {"type": "object", "properties": {str(n): {"type": "array", "minItems": 9, "items": endless} for n in range(99)}}
    for schema in (endless, deep, loop, wide, long, many, {"type": 5}, {"enum": []}, {"properties": []}, {}):
        body = {"model": "llama2", "messages": QUESTION, "tools": [function(schema=schema)], "stream": False}
        reply = requests.post(f"{sim.url}/api/chat", json=body, timeout=20)
        assert reply.status_code == 200 and len(reply.content) < 200_000
        assert isinstance(reply.json()["message"]["tool_calls"][0]["function"]["arguments"], dict)


def test_the_version_is_one(sim):
    version = requests.get(f"{sim.url}/api/version").json()["version"]
    # Semantic versioning, section 2 and 9: what Open WebUI and others parse.
    assert re.fullmatch(r"\d+\.\d+\.\d+-[0-9A-Za-z.-]+", version)
    # Open WebUI compares the numbers before the first dash.
    assert Version(version.split("-")[0]) >= Version("0.1.16")


@pytest.mark.parametrize(
    "origin", ["http://localhost", "http://localhost:3000", "https://127.0.0.1:8443", "http://0.0.0.0:1", "app://obsidian.md", "vscode-webview://x"]
)
def test_pages_of_this_machine_may_use_it(sim, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = requests.options(f"{sim.url}/api/chat", headers=asked)
    assert preflight.status_code == 204 and not preflight.content and "content-length" not in preflight.headers
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"].split(",")
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"].split(",")
    assert preflight.headers["Access-Control-Max-Age"] == "43200"
    for reply in (
        requests.get(f"{sim.url}/api/tags", headers={"Origin": origin}),
        requests.get(f"{sim.url}/nothing", headers={"Origin": origin}),
        requests.post(f"{sim.url}/api/generate", headers={"Origin": origin}, json={"model": "llama2", "prompt": "x"}),
    ):
        assert reply.headers["Access-Control-Allow-Origin"] == origin and reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost.evil.example", "https://localhostx", "null", "http://192.0.2.1"]
)
def test_pages_of_others_may_not(sim, origin):
    for method in ("OPTIONS", "GET"):
        reply = requests.request(method, f"{sim.url}/api/tags", headers={"Origin": origin})
        assert reply.status_code == 403 and not reply.content
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_what_is_no_foreign_page_is_told_nothing(sim):
    for headers in ({}, {"Origin": sim.url}):
        reply = requests.get(f"{sim.url}/api/tags", headers=headers)
        assert reply.status_code == 200 and "Access-Control-Allow-Origin" not in reply.headers
    assert requests.options(f"{sim.url}/api/tags").status_code == 405


def test_origins_of_the_environment(start):
    def allowed(sim, origin):
        reply = requests.get(f"{sim.url}/api/tags", headers={"Origin": origin})
        return reply.headers.get("Access-Control-Allow-Origin")

    some = start("sim", "--port", "0", environment={"OLLAMA_ORIGINS": "https://chat.example, https://*.club.example"})
    assert allowed(some, "https://chat.example") == "https://chat.example"
    assert allowed(some, "https://a.club.example") == "https://a.club.example"
    assert allowed(some, "https://club.example") is None
    assert allowed(some, "http://localhost:1") == "http://localhost:1"
    assert allowed(start("sim", "--port", "0", environment={"OLLAMA_ORIGINS": "*"}), "http://evil.example") == "*"
    assert start("sim", "--port", "0", environment={"OLLAMA_ORIGINS": "chat"}).process.wait(30) == 78


def stream_pieces(port):
    """The pieces of a stream, as far as they can be distinguished."""
    body = json.dumps({"model": "llama2", "messages": QUESTION, "stream": True}).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head + body)
        pieces = [connection.recv(1 << 20)]
        while not b"".join(pieces).endswith(b"\r\n0\r\n\r\n"):
            pieces.append(connection.recv(1 << 20))
    return pieces


def test_the_end_of_a_stream_comes_behind_its_final_event(start):
    apart = start("sim", "--port", "0", "--fast", "--tokens", "4", "--end-delay", "2")
    pieces = stream_pieces(apart.port)
    assert pieces[-1] == b"0\r\n\r\n" and pieces[-2].endswith(b"data: [DONE]\n\n\r\n")
    # An SDK has disconnected by then; the next one finds everything in order.
    client = openai.OpenAI(base_url=f"{apart.url}/v1", api_key="x", max_retries=0)
    for _ in range(3):
        assert list(client.chat.completions.create(model="llama2", messages=QUESTION, stream=True))
    together = start("sim", "--port", "0", "--fast", "--tokens", "4", "--no-split-end")
    assert stream_pieces(together.port)[-1].endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert start("sim", "--port", "0", "--end-delay", "1", "--no-split-end").process.wait(30) == 64


@pytest.mark.parametrize("path,empty", [("generate", {"prompt": ""}), ("chat", {"messages": []})])
def test_models_are_loaded_and_unloaded(start, path, empty):
    sim = start("sim", "--port", "0", "--fast")

    def ask(**fields):
        reply = requests.post(f"{sim.url}/api/{path}", json={"model": "llama2", **fields})
        assert reply.status_code == 200
        return reply.json()["done_reason"]

    def loaded():
        return [model["name"] for model in requests.get(f"{sim.url}/api/ps").json()["models"]]

    for zero in (0, 0.0, "0", "0s", "0h0m", "-0", 1e-12):
        assert ask(**empty) == "load" and loaded() == ["llama2:latest"]
        assert ask(keep_alive=zero, **empty) == "unload" and loaded() == []
    assert ask(keep_alive=0) == "unload"
    for other in (-1, 1, "1ms", "-1s", None):
        assert ask(keep_alive=other, **empty) == "load"
    # For Go a null takes a pointer back, but leaves a string alone.
    twice = '{"model":"llama2","prompt":"","messages":[],"keep_alive":0,"keep_alive":null}'
    assert requests.post(f"{sim.url}/api/{path}", data=twice).json()["done_reason"] == "load"


def stats(sim):
    return requests.get(f"{sim.url}/sim/stats").json()


def test_stats_and_faults(start):
    sim = start("sim", "--port", "0", "--fast", "--model", "tiny=64MB", "--model", "large:70b", "--memory", "38GB")
    sizes = {model["name"]: model["size"] for model in requests.get(f"{sim.url}/api/tags").json()["models"]}
    assert sizes["tiny:latest"] == 64 << 20 and sizes["large:70b"] > 38e9

    def generate(model="tiny", **fields):
        return requests.post(f"{sim.url}/api/generate", json={"model": model, "prompt": "Hi", "stream": False, **fields})

    def faults(**body):
        return requests.post(f"{sim.url}/sim/faults", json=body)

    assert generate("llama2").ok and generate().ok and generate(options={"num_batch": 64}).ok and generate("large:70b").ok
    seen = stats(sim)
    assert seen["loads"] == 4 and seen["unloads"] == 2 and seen["evicted_busy"] == 0 and not seen["wedged"]
    assert seen["totals"] == {"arrived": 4, "completed": 4, "cancelled": 0, "errors": 0}
    models = {model["name"]: model for model in seen["models"]}
    assert {name: model["state"] for name, model in models.items()} == {
        "llama2": "unloaded", "large:70b": "loaded", "tiny": "loaded"}
    assert models["tiny"]["requests"] == 2 and models["tiny"]["loads"] == 2
    (tiny,) = [model for model in requests.get(f"{sim.url}/api/ps").json()["models"] if model["name"] == "tiny:latest"]
    assert tiny["size"] == tiny["size_vram"] == 64 << 20 and tiny["context_length"] == 4096 and tiny["expires_at"]

    assert faults(fault=500).json()["fault"] == "500"
    failed = generate()
    assert failed.status_code == 500 and failed.json() == {"error": "llama runner process has terminated"}
    assert faults(fault="crash").ok
    failed = generate()
    assert failed.status_code == 500 and failed.json() == {"error": "llama runner process has terminated"}
    streamed = [json.loads(line) for line in generate(stream=True).text.splitlines()]
    assert "response" in streamed[0] and streamed[-1] == {"error": "llama runner process has terminated"}
    assert faults(fault="busy").ok
    failed = generate()
    assert failed.status_code == 503 and "maximum pending requests exceeded" in failed.json()["error"]
    chat = {"model": "tiny", "messages": QUESTION}
    failed = requests.post(f"{sim.url}/v1/chat/completions", json=chat)
    assert failed.status_code == 503 and failed.json()["error"]["type"] == "api_error"
    assert faults(fault="hang", parallel=3).json()["parallel"] == 3
    with pytest.raises(requests.Timeout):
        requests.post(f"{sim.url}/api/generate", json={"model": "tiny", "prompt": "Hi"}, timeout=0.3)
    assert requests.get(f"{sim.url}/api/version").ok
    assert requests.get(f"{sim.url}/sim/faults").json() == {
        "simulated": True, "fault": "hang", "factor": 10.0, "parallel": 3}
    assert faults(fault="none", parallel=None).json()["parallel"] is None and generate().ok
    for body in ({}, {"fault": "fire"}, {"fault": None, "factor": 0}, {"factor": 1e30}, {"factor": "2"}, {"parallel": 0},
                 {"parallel": -1}, {"parallel": 1.5}, {"parallel": "2"}, {"speed": 1}, []):
        refused = requests.post(f"{sim.url}/sim/faults", json=body)
        assert refused.status_code == 400 and refused.json()["error"], body
    assert generate().ok and stats(sim)["totals"]["errors"] == 5
    # What is being loaded is listed, as by Ollama, and counts of deleted models are not kept.
    assert faults(fault="hang").ok
    with ThreadPoolExecutor(1) as client:
        loading = client.submit(requests.post, f"{sim.url}/api/generate", json={"model": "mistral"})
        wait_until(lambda: "mistral:latest" in [
            model["name"] for model in requests.get(f"{sim.url}/api/ps").json()["models"]])
        assert {"mistral": "loading"}.items() <= {model["name"]: model["state"] for model in stats(sim)["models"]}.items()
        assert faults(fault="none").ok and loading.result(20).json()["done_reason"] == "load"
    assert requests.delete(f"{sim.url}/api/delete", json={"model": "tiny"}).ok
    assert "tiny" not in [model["name"] for model in stats(sim)["models"]]


def test_a_model_is_unloaded_for_the_next_one(start):
    sim = start("sim", "--port", "0", "--load-time", "0.2", "--load-rate", "20GB", "--jitter", "0.2", "--memory", "4GB",
                "--tokens", "4", "--max-queue", "7")
    for model in ("llama2", "mistral"):
        reply = requests.post(f"{sim.url}/api/generate", json={"model": model, "prompt": "Hi", "stream": False}).json()
        # 3.6 GiB at 20 GiB/s, give or take, on a machine that may be busy.
        assert 0.05e9 < reply["load_duration"] < 1.5e9
        reply = requests.post(f"{sim.url}/api/generate", json={"model": model, "keep_alive": 0}).json()
        assert reply["done_reason"] == "unload"
    seen = stats(sim)
    assert (seen["loads"], seen["unloads"], seen["unload_requests"], seen["evicted_busy"]) == (2, 2, 2, 0)


ONE_MODEL = ("--port", "0", "--wedge", "--max-loaded-models", "1", "--load-time", "0.05", "--num-parallel", "2")


def give_up(sim, model, condition):
    """Asks for a model, and leaves as soon as the condition is true."""
    body = json.dumps({"model": model, "prompt": "Hi"}).encode()
    with socket.create_connection(("127.0.0.1", sim.port), timeout=10) as plain:
        plain.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        wait_until(condition)


def test_a_request_for_a_victim_wedges_the_host(start):
    sim = start("sim", *ONE_MODEL, "--decode-rate", "100", "--tokens", "100000")

    def stream(model):
        reply = requests.post(f"{sim.url}/api/generate", json={"model": model, "prompt": "Hi"}, stream=True, timeout=10)
        return reply, reply.iter_lines()

    first, lines = stream("llama2")
    assert next(lines)
    give_up(sim, "mistral", lambda: stats(sim)["evicted_busy"] == 1)
    assert not stats(sim)["wedged"]
    second, more = stream("llama2")
    assert next(more) and stats(sim)["wedged"] and stats(sim)["sent_to_victims"] == 1
    first.close()
    second.close()
    wait_until(lambda: not stats(sim)["models"][0]["active"])
    # Nothing is loaded any more, and the loaded model goes on.
    for model in ("mistral", "qwen3"):
        with pytest.raises(requests.Timeout):
            requests.post(f"{sim.url}/api/generate", json={"model": model, "prompt": "Hi"}, timeout=0.2)
    third, lines = stream("llama2")
    assert next(lines)
    third.close()


def test_a_gateway_that_closes_victims_never_wedges_the_host(start):
    sim = start("sim", *ONE_MODEL, "--decode-rate", "400", "--tokens", "8")
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "2", "--access-log", "off")

    def ask(number):
        body = {"model": ("llama2", "mistral", "qwen3")[number * 7 % 3], "prompt": f"Hi {number}", "stream": number % 2 == 0}
        return requests.post(f"{gateway.url}/api/generate", json=body, timeout=60).status_code

    with ThreadPoolExecutor(9) as clients:
        assert set(clients.map(ask, range(90))) == {200}
    seen = stats(sim)
    assert seen["totals"]["completed"] == 90 and seen["loads"] > 3
    assert not seen["wedged"] and seen["evicted_busy"] == 0 and seen["sent_to_victims"] == 0


def test_a_host_that_others_have_wedged_is_recognised(start, tmp_path):
    sim = start("sim", *ONE_MODEL[:4], "2", *ONE_MODEL[5:], "--decode-rate", "100", "--tokens", "100000", "--model", "small=64MiB")
    (tmp_path / "paddock.yaml").write_text("wedge_after: 1\nrequest_timeout: 60\n")
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--config", str(tmp_path / "paddock.yaml"))

    def ask(url, model, **options):
        return requests.post(f"{url}/api/generate", json={"model": model, "prompt": "Hi", "options": {"num_predict": 4}}, **options)

    def backend():
        return requests.get(f"{gateway.url}/health").json()["backends"][0]

    # Another program uses the host directly.
    streams = [requests.post(f"{sim.url}/api/generate", json={"model": model, "prompt": "Hi"}, stream=True, timeout=10)
               for model in ("llama2", "mistral")]
    lines = [stream.iter_lines() for stream in streams]
    assert all(next(each) for each in lines)
    give_up(sim, "small", lambda: stats(sim)["evicted_busy"] == 1)
    ask(sim.url, "llama2", timeout=10)
    assert stats(sim)["wedged"]
    for stream in streams:
        stream.close()
    assert requests.get(f"{gateway.url}/health").json()["status"] == "healthy"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as stuck:
        body = b'{"model": "small", "prompt": "Hi"}'
        stuck.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        wait_until(lambda: backend()["breaker"] == "wedged", seconds=20)
        assert backend()["reason"] == "stuck_load" and backend()["trouble"] == "does not finish loading small"
        assert requests.get(f"{gateway.url}/health").json()["status"] == "degraded"
        assert 'state="wedged"} 1' in requests.get(f"{gateway.url}/metrics").text
        loaded = [model["model"] for model in requests.get(f"{sim.url}/api/ps").json()["models"]]
        assert loaded and all(ask(gateway.url, model, timeout=10).status_code == 200 for model in loaded)
        stuck.setblocking(False)
        with pytest.raises(BlockingIOError):
            stuck.recv(1)


@pytest.mark.parametrize("arguments,names", [
    (("--memory", "0"), "--memory must be from 1MiB to 64TiB"), (("--memory", "-1GB"), "--memory"),
    (("--memory", "1e30"), "--memory must be from 1MiB"), (("--load-rate", "0"), "--load-rate must be from 1MiB"),
    (("--model", "a=0"), "size of --model must be from 1MiB"), (("--model", "a=1e30"), "size of --model"),
    (("--model", "=4GB"), "--model"), (("--jitter", "3"), "--jitter must be from 0 to 2"), (("--jitter", "nan"), "--jitter"),
    (("--max-queue", "0"), "--max-queue must be 1 or more"),
])
def test_bad_sizes_are_refused(start, arguments, names):
    refused = start("sim", "--port", "0", *[f"{arguments[0]}={arguments[1]}"])
    assert refused.process.wait(30) == 64
    assert [line for line in refused.lines if names in line]
