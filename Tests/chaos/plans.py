"""What a request is: its route, its body, what its backend does with it and what its client does. All of it follows from
the seed, whatever the timing."""
import dataclasses
import json
import random
import zlib

import wire

# path, format of a streamed reply, whether streams are the default
QUEUED = {
    "/api/generate": ("ndjson", True), "/api/chat": ("ndjson", True), "/api/embed": (None, False),
    "/api/embeddings": (None, False), "/v1/chat/completions": ("openai", False), "/v1/completions": ("openai", False),
    "/v1/embeddings": (None, False), "/v1/responses": ("responses", False), "/v1/messages": ("anthropic", False),
    "/v1/audio/transcriptions": (None, False),
}
PASSED = (
    "POST /api/show", "POST /api/pull", "POST /api/blobs/sha256:0", "GET /api/blobs/sha256:0", "HEAD /api/blobs/sha256:0",
    "DELETE /api/delete", "GET /", "PUT /a/route/of/tomorrow", "OPTIONS /a/route/of/tomorrow", "GET /v1/models/one",
)

# What a backend does, and how often.
BACKEND_PLANS = {
    "ok": 46, "split_end": 6, "interim": 2, "until_close": 3, "big": 3, "close_after": 4, "http10": 1,
    "shed": 3, "error": 5,
    "reset_before": 3, "close_before": 3, "close_behind_head": 3, "reset_mid": 4, "close_mid": 4, "garbage": 3,
    "garbage_behind_interim": 1, "bad_chunk_at_once": 3, "bad_chunk_mid": 2, "stall": 1, "stall_mid": 1, "slow_reader": 2,
}
# What a client does, and how often.
CLIENT_PLANS = {
    "read": 50, "trickle": 6, "slow_read": 3, "no_read": 2, "leave_head": 3, "leave_body": 3, "leave_waiting": 7,
    "leave_stream": 5, "leave_at_end": 4, "leave_continue": 2, "half": 3,
}
WHOLE_PLANS = {"ok", "split_end", "interim", "until_close", "big", "close_after", "slow_reader", "http10"}
BROKEN_PLANS = {"reset_mid", "close_mid", "bad_chunk_mid", "close_behind_head", "stall_mid"}
UNANSWERED_PLANS = {"reset_before", "close_before", "garbage", "garbage_behind_interim", "bad_chunk_at_once"}


def pick(rng, weights):
    return rng.choices(list(weights), list(weights.values()))[0]


@dataclasses.dataclass
class Request:
    """One request and what is known about it."""

    token: str
    method: str
    path: str
    model: str | None
    stream: str | None
    plan: str
    client: str
    chunks: int
    gap: float
    fields: list
    body: bytes
    framing: str
    expects: bool = False
    version: str = "1.1"
    keeps: bool = True
    never_forwarded: bool = False
    is_split: bool = False
    """Whether its body goes out some time after its head, which on a busy machine may be all the time that it has."""
    began: float = 0.0
    ended: float = 0.0
    outcome: str = ""
    backend: str | None = None
    is_cancelled: bool = False
    received: int = 0

    def __str__(self):
        return (f"{self.token} {self.method} {self.path} model={self.model} backend:{self.plan} client:{self.client} "
                f"{self.framing} HTTP/{self.version} stream={self.stream} body={len(self.body)}")

    @property
    def is_queued(self):
        return self.model is not None

    @property
    def marks(self):
        """How often a whole reply contains the token."""
        return 0 if self.method == "HEAD" else self.chunks

    @property
    def is_hurried(self):
        """Whether its client states a timeout of a second or less."""
        return any(name == "X-Request-Timeout" and value.startswith(("0", "1")) for name, value in self.fields)

    @property
    def final_event(self):
        """The bytes after which an SDK has all of a stream."""
        return {"openai": b"data: [DONE]\n\n", "responses": b'"type":"response.completed"', "anthropic": b'"type":"message_stop"',
                "ndjson": b'"done":true'}.get(self.stream)

    def bytes(self, rng):
        """The head and the framed body."""
        fields, body = b"", self.body
        if body or self.method in ("POST", "PUT"):
            fields, body = wire.framed(body, rng, self.framing)
        if self.expects:
            fields += b"Expect: 100-continue\r\n"
        if self.version == "1.0" and self.keeps:
            fields += b"Connection: keep-alive\r\n"
        elif self.version == "1.1" and not self.keeps:
            fields += b"Connection: close\r\n"
        lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in self.fields)
        return f"{self.method} {self.path} HTTP/{self.version}\r\nHost: localhost\r\n".encode() + lines + fields + b"\r\n", body


class Planner:
    """Makes the requests of one worker."""

    def __init__(self, seed, world, worker, options):
        self.rng = random.Random(f"{seed}/{world}/{worker}")
        self.world, self.worker, self.options, self.count = world, worker, options, 0

    def token(self):
        self.count += 1
        return f"tok-{self.world}w{self.worker}-{self.count}-{self.rng.getrandbits(32):08x}"

    def request(self, models, keys=()):
        rng, token = self.rng, self.token()
        plan, client = pick(rng, self.options.backend_plans), pick(rng, self.options.client_plans)
        is_queued = rng.random() < 0.8
        method, path, model, stream, chunks = "POST", "", None, None, 1
        fields = [("X-Request-Id", token)]
        body = b""
        padding = "x" * rng.choice((0, 0, 10, 200, 3_000, 3_000, 30_000, 100_000))
        if is_queued:
            path, model = rng.choice(list(QUEUED)), rng.choice(models)
            format, by_default = QUEUED[path]
            fields_of_body = {"model": model, "prompt": f"{token} {padding}", "messages": [{"role": "user", "content": token}]}
            streams = format is not None and rng.random() < 0.7
            if streams or not by_default and format:
                fields_of_body["stream"] = streams
            elif by_default:
                fields_of_body["stream"] = False
            if by_default and streams and rng.random() < 0.5:
                del fields_of_body["stream"]
            stream = format if streams else None
            if path == "/v1/audio/transcriptions":
                fields.append(("Content-Type", "multipart/form-data; boundary=edge"))
                body = (f'--edge\r\nContent-Disposition: form-data; name="model"\r\n\r\n{model}\r\n--edge\r\n'
                        f'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n{token} {padding}\r\n--edge--\r\n').encode()
            else:
                fields.append(("Content-Type", "application/json"))
                names = list(fields_of_body)
                rng.shuffle(names)
                body = json.dumps({name: fields_of_body[name] for name in names}).encode()
                if path.startswith("/v1/") and rng.random() < 0.1:
                    fields.append(("Content-Encoding", "zstd"))
                    body = wire.packed(body)
            if rng.random() < 0.1:
                fields.append(("Priority", rng.choice(("u=6", "u=1", "u=9", "nonsense;;", "u=5, i"))))
            if rng.random() < 0.15:
                fields.append(("X-Request-Timeout", rng.choice(("0.3", "0.7", "1", "30", "soon"))))
        else:
            method, path = rng.choice(PASSED).split()
            path += f"?{token}"
            if method in ("POST", "PUT", "DELETE"):
                body = f"{token} {padding}".encode()
                if path.startswith("/api/blobs"):
                    body += bytes(rng.randrange(400_000))
            if path.startswith("/api/pull"):
                stream = "ndjson"
        if plan in BROKEN_PLANS or plan == "split_end" or stream:
            chunks = rng.choice((2, 3, 5, 20))
        if keys:
            fields.append(("Authorization", f"Bearer {rng.choice(keys)}"))
        gap = rng.choice((0, 0, 0.001, 0.005, 0.03)) if client != "leave_waiting" else rng.choice((0, 0.05, 0.1))
        version = "1.0" if rng.random() < 0.08 else "1.1"
        request = Request(
            token, method, path, model, stream, plan, client, chunks, gap, fields, body,
            framing="chunked" if version == "1.1" and rng.random() < 0.35 else "counted",
            expects=version == "1.1" and bool(body) and (client == "leave_continue" or rng.random() < 0.1),
            version=version, keeps=rng.random() < 0.9,
        )
        if client == "leave_at_end" and (not request.final_event or plan not in ("ok", "split_end")):
            request.client = "read"
        if client == "leave_continue" and not request.expects or client == "leave_body" and len(body) < 2:
            request.client = "leave_waiting"
        request.fields.append(("X-Chaos", f"{plan};{chunks};{gap};{zlib.crc32(body)};{len(body)};{stream or '-'}"))
        return request
