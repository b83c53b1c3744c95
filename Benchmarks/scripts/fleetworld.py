# This source file is part of Paddock
# Copyright (c) 2026 The Paddock authors
# SPDX-License-Identifier: Apache-2.0

"""Hosts, a gateway and clients for Benchmarks/scripts/fleet."""

import asyncio
import dataclasses
import http.client
import json
import pathlib
import random
import subprocess
import time

import harness

GATEWAY = """
port: {port}
ollama_num_parallel: {parallel}
ollama_max_queue: 10000
access_log: off
trusted_proxies: [127.0.0.1]
identity_headers: [X-Real-IP]
backends: [{backends}]
"""


class World(harness.Stage):
    """The processes of one run: `paddock sim` as the hosts, and `paddock serve` in front of them unless they are alone."""

    def __init__(self, program, mode):
        super().__init__()
        self.program = program
        self.mode = mode
        self.hosts = []

    def host(self, models, loaded, parallel=2, load=0.5, tokens=60, prefill=100_000, flags=()):
        """Starts a host. Its answers take `tokens` ÷ 400 s alone, and a quarter longer for each further busy slot."""
        port = harness.free_port()
        offered = [word for name in models for word in ("--model", name)]
        process = self.start([
            self.program, "sim", "--port", port, "--num-parallel", parallel, "--max-loaded-models", loaded,
            "--load-time", load, "--tokens", tokens, "--decode-rate", 400, "--prefill-rate", prefill, "--slowdown", 0.25,
            *offered, *flags,
        ], f"sim-{port}", stdout=subprocess.DEVNULL)
        harness.wait_until(lambda: process.check_alive() and harness.accepts(port), "paddock sim does not listen")
        host = Host(port, loaded)
        self.hosts.append(host)
        return host

    def gateway(self, parallel=2, settings=()):
        """Starts what clients talk to, and returns its port: the host itself if it is alone."""
        if self.mode == "alone":
            return self.hosts[0].port
        port = harness.free_port()
        backends = ", ".join(f"http://127.0.0.1:{host.port}" for host in self.hosts)
        lines = [GATEWAY.format(port=port, parallel=parallel, backends=backends), *settings]
        if self.mode == "off":
            lines.append("swap: off")
        configuration = pathlib.Path(self.folder) / f"{port}.yaml"
        configuration.write_text("\n".join(lines))
        process = self.start([self.program, "serve", "--config", configuration], f"serve-{port}", stdout=subprocess.DEVNULL)
        harness.wait_until(lambda: process.check_alive() and harness.accepts(port), "paddock serve does not listen")
        if self.mode == "visits":
            harness.wait_until(
                lambda: all(backend["observed"] for backend in harness.get_json(port, "/queue/stats")["backends"]),
                "the gateway does not know what the hosts have loaded")
        return port


class Host:
    """A `paddock sim`, by its own counters."""

    def __init__(self, port, loaded):
        self.port = port
        self.loaded = loaded

    def stats(self):
        return harness.get_json(self.port, "/sim/stats")

    def fail(self, kind):
        """Makes it fail from now on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/sim/faults", json.dumps({"fault": kind}))
        if connection.getresponse().status != 200:
            raise SystemExit(f"paddock sim knows no fault {kind}")
        connection.close()


@dataclasses.dataclass
class Reply:
    """What became of a request. Times are in seconds, `begin` since the start of the run; status 0 if there was no answer."""

    model: str
    client: str
    begin: float
    status: int = 0
    total: float = 0.0
    wait: float = 0.0
    first_byte: float = 0.0
    tokens: int = 0

    @property
    def end(self):
        return self.begin + self.total


def warm(port, model):
    """Has a model loaded, and waits until it is."""
    asyncio.run(send(port, model, "10.0.0.99", time.monotonic()))


async def send(port, model, client, start, prompt="hello", options=None):
    """Asks for an answer in lines, as most clients of Ollama do; its length follows from the prompt. The wait is the total time without
    that of prompt and answer."""
    begin = time.monotonic()
    reply = Reply(model, client, begin - start)
    body = {"model": model, "prompt": prompt}
    if options:
        body["options"] = options
    try:
        _, text = await exchange(port, "/api/generate", body, client, reply)
        answer = json.loads(text.strip().rsplit(b"\n", 1)[-1])
        work = answer.get("prompt_eval_duration", 0) + answer.get("eval_duration", 0)
        reply.wait = time.monotonic() - begin - work / 1e9
    except asyncio.CancelledError:
        # Nobody waits for it any more: it waited at least until now.
        reply.wait = time.monotonic() - begin
    except (OSError, ValueError, asyncio.IncompleteReadError):
        reply.status = 0
    reply.total = time.monotonic() - begin
    return reply


async def stream(port, model, client, start, prompt):
    """Asks for a stream of events. The first byte counts from the slot of the gateway, the tokens are the events."""
    begin = time.monotonic()
    reply = Reply(model, client, begin - start)
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": prompt}]}
    fields, text = await exchange(port, "/v1/chat/completions", body, client, reply)
    reply.wait = float(fields.get("x-queue-wait-ms", 0)) / 1_000
    reply.first_byte -= reply.wait
    reply.tokens = text.count(b'"content"')
    reply.total = time.monotonic() - begin
    return reply


async def exchange(port, path, body, client, reply):
    """Sends a request on a connection of its own; returns the reply's header fields and its body."""
    begin = time.monotonic()
    data = json.dumps(body).encode()
    head = "\r\n".join([
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Content-Length: {len(data)}",
        "User-Agent: fleet", f"X-Real-IP: {client}", "", "",
    ])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.encode() + data)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        text = bytearray()
        while piece := await reader.read(65_536):
            reply.first_byte = reply.first_byte or time.monotonic() - begin
            text += piece
    finally:
        writer.close()
    reply.status = int(lines[0].split()[1])
    return fields, unchunked(bytes(text)) if fields.get("transfer-encoding") == "chunked" else bytes(text)


def unchunked(text):
    """The body of a chunked reply."""
    body = bytearray()
    while text:
        size, _, text = text.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        body += text[:length]
        text = text[length + 2:]
    return bytes(body)


async def pour(port, streams, patience=60.0):
    """Requests that come at random times, the same for each seed, whatever became of others.

    Each stream is a dictionary: `seed`, `rate` per second, `count` or `seconds`, `models`, `weights` and `clients`. A request
    that has no answer `patience` seconds after the last one was sent is given up. If streams are `awaited`, those that are not are
    given up as soon as these have their answers.
    """
    start = time.monotonic()

    async def one(seed, rate, models, clients, weights=None, count=10**9, seconds=10**9, awaited=True):
        dice, instant, tasks = random.Random(seed), 0.0, []
        for number in range(count):
            instant += dice.expovariate(rate)
            if instant > seconds:
                break
            model, client = dice.choices(models, weights)[0], dice.choice(clients)
            await asyncio.sleep(max(0.0, start + instant - time.monotonic()))
            tasks.append(asyncio.create_task(send(port, model, client, start, f"{seed} {number}")))
        return tasks, awaited

    sent = await asyncio.gather(*(one(**stream) for stream in streams))
    awaited = [task for tasks, is_awaited in sent for task in tasks if is_awaited]
    if awaited:
        await asyncio.wait(awaited, timeout=patience)
    every = [task for tasks, _ in sent for task in tasks]
    for task in every:
        task.cancel()
    return [reply for reply in await asyncio.gather(*every, return_exceptions=True) if isinstance(reply, Reply)]


async def loops(port, seconds, clients):
    """Clients that send the next request a short while after a reply. Each is a dictionary: `client`, `model`, `think` (the mean
    pause in seconds), `seed`, and `options` for Ollama."""
    start = time.monotonic()

    async def one(client, model, think, seed, options=None):
        dice, replies = random.Random(seed), []
        await asyncio.sleep(0.2 * dice.random())
        while time.monotonic() - start < seconds:
            replies.append(await send(port, model, client, start, f"{seed} {len(replies)}", options))
            await asyncio.sleep(dice.expovariate(1 / think))
        return replies

    return [reply for replies in await asyncio.gather(*(one(**client) for client in clients)) for reply in replies]


async def keep(port, count, total, prompt, replies):
    """Streams, so many at a time and in all. `replies` grows meanwhile."""
    start, left = time.monotonic(), total

    async def one(number):
        nonlocal left
        while left > 0:
            left -= 1
            replies.append(await stream(port, "m0", f"10.0.0.{number}", start, f"{prompt} {left}"))

    await asyncio.gather(*(one(number) for number in range(count)))


# Figures

def quantile(values, share):
    """The value that a share of all is below; not a number if there are none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")


def machine_times(replies):
    """The machine time of each client on one host: the time that passes, divided by the requests that are worked on meanwhile."""
    edges = []
    for reply in replies:
        if reply.status == 200:
            edges += [(reply.begin + reply.wait, 1, reply.client), (reply.end, -1, reply.client)]
    times, active, last = {}, {}, 0.0
    for instant, change, client in sorted(edges):
        busy = sum(active.values())
        for name, count in active.items():
            times[name] = times.get(name, 0.0) + count * (instant - last) / max(1, busy)
        active[client] = active.get(client, 0) + change
        last = instant
    return times


def jain(values):
    """Jain's index of fairness: 1 if all are equal, 1 ÷ their number if one has all."""
    values = list(values)
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else float("nan")
