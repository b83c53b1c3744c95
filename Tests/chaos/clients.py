"""What clients do, and what each of them may get."""
import asyncio
import random
import re

import plans
import wire

ANSWER_SECONDS = 40
LIFE = re.compile(rb': queued, position [0-9]+\n(?:event: ping\ndata: \{"type":"ping"\}\n)?\n')
OVERLOAD = {"queue_full", "would_time_out", "overloaded_error"}


class Worker:
    """A client that makes one connection after the other, with some requests on each."""

    def __init__(self, world, number, seed):
        self.world, self.ledger, self.number = world, world.ledger, number
        self.planner = plans.Planner(seed, world.name, number, world.options)
        self.rng = random.Random(f"{seed}/{world.name}/{number}/client")

    async def run(self, is_over):
        kinds = {self.keep_alive: 60, self.pipeline: 12, self.refused: 14, self.own: 8, self.hello: 2, self.idle: 2, self.noise: 2}
        while not is_over():
            kind = plans.pick(self.rng, kinds)
            try:
                await asyncio.wait_for(kind(), 3 * ANSWER_SECONDS)
            except wire.BadReply as error:
                self.ledger.violation("a reply that is no HTTP", f"{kind.__name__} of worker {self.number}: {error}")
            except asyncio.TimeoutError:
                self.ledger.violation("no end in sight", f"{kind.__name__} of worker {self.number}")
            except (ConnectionError, OSError) as error:
                if not self.ledger.is_draining:
                    self.ledger.violation("no connection to the gateway", repr(error))
                await asyncio.sleep(0.05)

    def connect(self, receive_buffer=None):
        return wire.Connection.open(self.world.gateway.port, receive_buffer)

    def next(self):
        return self.planner.request(self.world.models, self.world.keys)

    # MARK: one request after the other

    async def keep_alive(self):
        connection = None
        try:
            for _ in range(self.rng.randint(1, 6)):
                request = self.next()
                if connection is None:
                    small = request.client in ("slow_read", "no_read")
                    connection = await self.connect(4_096 if small else None)
                self.ledger.begin(request)
                outcome, is_kept = await self.exchange(connection, request)
                self.ledger.end(request, outcome)
                if not is_kept:
                    connection.leave("close")
                    connection = None
        finally:
            if connection is not None:
                connection.leave(self.rng.choice(("close", "close", "reset")))

    async def exchange(self, connection, request):
        """Carries out one request; returns its outcome and whether the connection can carry another."""
        rng, client = self.rng, request.client
        head, body = request.bytes(rng)
        how = rng.choice(("close", "reset", "half") if client == "leave_waiting" else ("close", "reset"))
        if client == "leave_head":
            await connection.send(head[:rng.randrange(1, len(head))])
            return await self.gone(connection, request, how)
        if client == "leave_body":
            await connection.send(head + body[:rng.randrange(len(body))])
            return await self.gone(connection, request, how)
        if request.expects:
            await connection.send(head)
            early = await self.await_continue(connection, request)
            if client == "leave_continue":
                return await self.gone(connection, request, how)
            if early is not None:
                return self.judge(request, early), False
            await (connection.trickle(body, rng) if client == "trickle" else connection.send(body))
        elif client == "trickle":
            await connection.trickle(head + body, rng)
        else:
            # The end of a body may be refused while we send it; the answer is there to be read.
            await self.send_while_reading(connection, head + body)
        if client == "leave_waiting":
            return await self.gone(connection, request, how)
        if client == "half":
            connection.leave("half")
        elif client == "no_read":
            await asyncio.sleep(rng.choice((0.5, 2)))
            return await self.gone(connection, request, how, waits=0)
        elif client == "slow_read":
            await asyncio.sleep(rng.choice((0.1, 1)))
        elif client == "leave_stream":
            got = await self.some_of(connection, request, rng.choice((1, 20, 150, 400, 1_000)))
            self.check_tokens([request], got)
            return await self.gone(connection, request, how, waits=0)
        until = request.final_event if client == "leave_at_end" else None
        reply = await self.reply(connection, request, until)
        if client == "half":
            return self.judge_half(request, reply), False
        outcome = self.judge(request, reply)
        if client == "leave_at_end" and reply.end == "whole":
            self.ledger.outcomes["left at the final event"] += 1
            connection.leave(how)
            return outcome, False
        return outcome, reply.end == "whole" and not reply.closes and not connection.has_ended

    async def send_while_reading(self, connection, data):
        await asyncio.wait_for(connection.send(data), ANSWER_SECONDS)

    async def await_continue(self, connection, request):
        """Waits for 100 Continue; a final reply that comes in its place is returned."""
        try:
            line = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 1 if request.is_queued else 0.2)
        except asyncio.TimeoutError:
            return None
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            reply = wire.Reply()
            return reply
        if line.startswith(b"HTTP/1.1 100 "):
            return None
        return await asyncio.wait_for(Replay(connection, line).read_reply(), ANSWER_SECONDS)

    async def some_of(self, connection, request, count):
        try:
            return await asyncio.wait_for(connection.read_some(count), ANSWER_SECONDS)
        except asyncio.TimeoutError:
            self.ledger.violation("no answer", f"{request}")
            return b""

    async def reply(self, connection, request, until=None):
        try:
            return await asyncio.wait_for(connection.read_reply(request.method == "HEAD", until), ANSWER_SECONDS)
        except asyncio.TimeoutError:
            self.ledger.violation("no answer", f"{request}")
            return wire.Reply()

    async def gone(self, connection, request, how, waits=None):
        await asyncio.sleep(self.rng.choice((0, 0, 0.01, 0.1)) if waits is None else waits)
        connection.leave(how)
        if how == "half":
            # It is the end of the request; what comes may be anything of its own, and then the connection ends.
            try:
                rest = await asyncio.wait_for(connection.reader.read(-1), ANSWER_SECONDS)
                self.check_tokens([request], rest)
            except (ConnectionError, OSError):
                pass
            except asyncio.TimeoutError:
                self.ledger.violation("a half-closed connection stays", f"{request}")
        return "left", False

    # MARK: several requests at once

    async def pipeline(self):
        requests = [self.next() for _ in range(self.rng.randint(2, 8))]
        for request in requests:
            if request.client not in ("read", "trickle"):
                request.client = "read"
            request.expects = False
            request.keeps = True
            if request.version == "1.0":
                request.version = "1.1"
        connection = await self.connect()
        data = b"".join(b"".join(request.bytes(self.rng)) for request in requests)
        for request in requests:
            self.ledger.begin(request)
        leaves_after = self.rng.randrange(len(requests)) if self.rng.random() < 0.25 else None
        sending = asyncio.ensure_future(connection.trickle(data, self.rng) if self.rng.random() < 0.3 else connection.send(data))
        is_open = True
        try:
            for number, request in enumerate(requests):
                if number == leaves_after:
                    await asyncio.sleep(self.rng.choice((0, 0.01)))
                    is_open = False
                    for other in requests[number:]:
                        other.client = "left in a pipeline"
                if not is_open:
                    self.ledger.end(request, "left" if leaves_after is not None else "behind a close")
                    continue
                reply = await self.reply(connection, request)
                if reply.end == "none" and number > 0 and self.ledger.is_draining:
                    outcome = "behind a close"
                else:
                    outcome = self.judge(request, reply)
                self.ledger.end(request, outcome)
                is_open = reply.end == "whole" and not reply.closes
            if is_open and leaves_after is None and (rest := await connection.surplus(0.02)):
                self.ledger.violation("more replies than requests", f"{requests[-1]}: {rest[:200]!r}")
        finally:
            sending.cancel()
            connection.leave(self.rng.choice(("close", "reset")))

    # MARK: requests that are refused, and their bodies

    async def refused(self):
        rng, token = self.rng, self.planner.token()
        smuggled = f"GET /smuggled/{token} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        smuggled += b"GET /queue/stats?model=smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
        path = rng.choice(list(plans.QUEUED))
        kinds = {
            "too large": (path, b"", smuggled * 3_000, {413}),
            "no model": (path, b"Content-Type: application/json\r\n", b'{"prompt":"x"}' + smuggled, {400}),
            "no JSON": (path, b"", smuggled * rng.choice((1, 100, 2_000)), {400}),
            "encoding": (path, b"Content-Encoding: gzip\r\n", smuggled * 20, {415}),
            "long head": (path, b"X: " + b"x" * 70_000 + b"\r\n", smuggled, {431}),
            "many fields": (path, b"X: x\r\n" * 1_100, smuggled, {431}),
            "foreign host": (path, b"Host: evil.example\r\n", smuggled, {403}),
            "own, unknown": ("/admin/nothing", b"", smuggled * rng.choice((1, 100, 2_000)), {401, 404, 405, 413}),
            "own, no such method": ("/queue/stats", b"", smuggled * rng.choice((1, 100)), {404, 405}),
            "admin": ("/admin/queue/update", b"Content-Type: application/json\r\n", smuggled, {400, 401, 403}),
            "admin, foreign": ("/admin/queue/reset", b"Origin: http://evil.example\r\n", smuggled, {401, 403}),
            "admin, large": ("/admin/queue/update", b"Content-Type: application/json\r\n", smuggled * 5_000, {400, 401, 403, 413}),
        }
        kind = rng.choice(list(kinds))
        path, fields, body, statuses = kinds[kind]
        if b"Host:" not in fields:
            fields += b"Host: localhost\r\n"
        framing = rng.choice(("counted", "chunked"))
        framing_fields, framed = wire.framed(body, rng, framing)
        expects = rng.random() < 0.3
        if self.world.keys:
            fields += f"Authorization: Bearer {self.world.keys[0]}\r\n".encode()
        head = f"POST {path} HTTP/1.1\r\nX-Request-Id: {token}\r\nX-Chaos: never\r\n".encode() + fields + framing_fields
        head += (b"Expect: 100-continue\r\n" if expects else b"") + b"\r\n"
        request = plans.Request(token, "POST", path, None, None, kind, "refused", 1, 0, [], body, framing, expects, never_forwarded=True)
        connection = await self.connect()
        self.ledger.begin(request)
        try:
            sends_all = rng.random() < 0.8
            data = head + (framed if sends_all else framed[:rng.randrange(len(framed))])
            sending = asyncio.ensure_future(connection.trickle(data, rng) if rng.random() < 0.3 else connection.send(data))
            reply = None
            if sends_all or kind not in ("no model", "no JSON", "own, unknown", "own, no such method", "admin", "admin, foreign"):
                reply = await self.reply(connection, request)
                if not sends_all:
                    statuses = statuses | {408}
                if reply.status not in statuses and not self.is_overload(reply) and not self.ledger.is_draining:
                    self.ledger.violation("a refusal with another status", f"{request}: {reply}")
                await asyncio.wait_for(asyncio.wait({sending}), ANSWER_SECONDS)
                if rest := await connection.surplus(0.05):
                    self.ledger.violation("more replies than requests", f"{request}: {reply} and then {rest[:300]!r}")
                elif reply.end == "whole" and not reply.closes and not connection.has_ended:
                    await self.still_speaks(connection, request)
            sending.cancel()
            self.ledger.end(request, f"refused {reply.status}" if reply else "left")
        finally:
            connection.leave(rng.choice(("close", "reset")))

    async def still_speaks(self, connection, request):
        await connection.send(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        reply = await self.reply(connection, request)
        if (reply.status, reply.end) != (200, "whole") and not self.ledger.is_draining:
            self.ledger.violation("a kept connection does not go on", f"{request}: then {reply}")
        elif rest := await connection.surplus(0.02):
            self.ledger.violation("more replies than requests", f"{request}: {rest[:300]!r}")

    # MARK: the gateway's own routes, and what is no request

    async def own(self):
        targets = ("/queue/stats", "/queue/memory", "/health", "/health/live", "/metrics", "/queue/requests?limit=50", "/api/tags",
                   "/v1/models", "/api/ps", "/dashboard", "/dashboard/history", f"/queue/requests/{self.world.some_token(self.rng)}")
        count = self.rng.choice((1, 1, 5, 40))
        asked = [self.rng.choice(targets) for _ in range(count)]
        connection = await self.connect(self.rng.choice((None, None, 4_096)))
        admin = self.world.admin_fields
        try:
            data = b"".join(b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (target.encode(), admin) for target in asked)
            await connection.send(data)
            if self.rng.random() < 0.2:
                return
            for target in asked:
                reply = await asyncio.wait_for(connection.read_reply(), ANSWER_SECONDS)
                allowed = {200, 404} if "/queue/requests/" in target else {200, 502} if target.startswith(("/api", "/v1")) else {200}
                if self.ledger.is_draining and (reply.end == "none" or reply.status == 503):
                    return
                if reply.status not in allowed or reply.end != "whole":
                    self.ledger.violation("an own route fails", f"{target}: {reply}")
                    return
                self.ledger.outcomes["own route"] += 1
        finally:
            connection.leave(self.rng.choice(("close", "reset", "close")))

    async def hello(self):
        """A TLS client on the plain port."""
        connection = await self.connect()
        random_bytes = self.rng.randbytes(32)
        data = b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + random_bytes + b"\x20" + self.rng.randbytes(160)
        try:
            if self.rng.random() < 0.2:
                await connection.send(data[:self.rng.choice((1, 3, 6, 50))])
            else:
                await connection.send(data)
                got = await asyncio.wait_for(connection.read_some(65_536), 10)
                if got and not got.startswith(b"\x15\x03"):
                    self.ledger.violation("a TLS hello gets no alert", f"{got[:100]!r}")
        except asyncio.TimeoutError:
            self.ledger.violation("a TLS hello gets no alert", "nothing in 10 s")
        else:
            self.ledger.outcomes["TLS hello"] += 1
        finally:
            connection.leave("close")

    async def noise(self):
        connection = await self.connect()
        data = self.rng.choice((self.rng.randbytes(300), b"\r\n" * 50, b"GET / HTTP/1.1\n\n", b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\n"
                                b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled/x HTTP/1.1\r\n\r\n"))
        try:
            await connection.send(data)
            got = await connection.surplus(0.1)
            if got and not got.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"\x15\x03")):
                self.ledger.violation("noise is answered", f"{data[:60]!r}: {got[:100]!r}")
            self.ledger.outcomes["noise"] += 1
        finally:
            connection.leave(self.rng.choice(("close", "reset")))

    async def idle(self):
        connection = await self.connect()
        await asyncio.sleep(self.rng.choice((0.01, 0.5, 2)))
        connection.leave(self.rng.choice(("close", "reset", "half")))
        if self.rng.random() < 0.5:
            connection.leave("close")
        self.ledger.outcomes["idle connection"] += 1
        connection.leave("close")

    # MARK: what they may get

    def is_overload(self, reply):
        return reply.status == 503 and reply.code in OVERLOAD

    def check_tokens(self, requests, data):
        allowed = {request.token.encode() for request in requests}
        for token in wire.TOKEN.findall(data):
            if token not in allowed:
                self.ledger.violation("a reply for somebody else", f"{requests[0]} got {token}: {bytes(data[:200])!r}")

    def judge_half(self, request, reply):
        """A client that says no more is gone, unless its answer needed no waiting."""
        self.check_tokens([request], reply.body)
        return "left"

    def judge(self, request, reply):
        """The outcome of a request whose client listened, which must be one of those its backend's plan allows."""
        self.check_tokens([request], reply.body)
        # Signs of life are not of the backend's reply.
        request.received = len(LIFE.sub(b"", reply.body) if self.world.shows_life else reply.body)
        ledger, plan = self.ledger, request.plan
        own = reply.code if reply.fields.get(b"x-token") is None else ""
        rid = reply.fields.get(b"x-request-id")
        if reply.end != "none" and rid != request.token.encode():
            ledger.violation("another request id", f"{request}: {rid!r} in {reply}")
        if reply.status >= 400 and reply.end == "whole" and (own or request.method == "HEAD" and b"x-token" not in reply.fields):
            return self.judge_error(request, reply, own)
        if reply.status == 200 and reply.end != "whole":
            return self.judge_broken(request, reply)
        if reply.end == "none" or reply.end in ("torn", "reset", "closed"):
            if ledger.is_draining:
                return "none while draining"
            if request.method == "HEAD" or reply.status == 0 or plan not in plans.BROKEN_PLANS:
                ledger.violation("no whole answer", f"{request}: {reply}")
            return "none"
        if plan in ("shed", "error"):
            if reply.status < 400:
                ledger.violation("a reply that its backend did not give", f"{request}: {reply}")
            return f"the backend's {reply.status}"
        if request.method == "HEAD" and plan not in plans.UNANSWERED_PLANS - {"bad_chunk_at_once"} | {"stall"}:
            return "completed"
        if reply.status == 200 and plan in plans.WHOLE_PLANS:
            marks = reply.body.count(request.token.encode())
            if plan not in ("big", "until_close", "http10") and marks != request.marks or not marks:
                ledger.violation("a whole reply with something missing", f"{request}: {marks} of {request.marks}: {reply}")
            return "completed"
        if reply.status == 200 and request.stream in ("openai", "responses", "anthropic") and self.world.shows_life and b"error" in reply.body:
            return "error in a stream"
        ledger.violation("whole although its backend broke off", f"{request}: {reply}")
        return "completed"

    def judge_error(self, request, reply, code):
        ledger = self.ledger
        if reply.status == 503 and request.is_cancelled and (code == "cancelled_by_admin" or b"an operator" in reply.body):
            return "503 cancelled"
        if request.method == "HEAD" and reply.status == 503:
            return "503 to HEAD"
        if self.is_overload(reply) or reply.status == 504:
            if reply.status == 503 and not 1 <= int(reply.fields.get(b"retry-after", b"0")) <= 60:
                ledger.violation("503 without Retry-After", f"{request}: {reply}")
            return f"{reply.status} {code}"
        if reply.status == 503 and ledger.is_draining and (code == "shutting_down" or request.method == "HEAD" or request.path == "/v1/messages"):
            return "503 shutting_down"
        if reply.status == 502:
            if request.plan in plans.UNANSWERED_PLANS | plans.BROKEN_PLANS | {"http10"} or ledger.is_disturbed(request):
                return "502 as planned"
            if request.token in ledger.swallows:
                return "502 of a kept connection"
            ledger.unexplained_502 += 1
            ledger.last_502 = f"{request}: {reply}"
            return "502 of a kept connection"
        ledger.violation("an error for nothing", f"{request}: {reply}")
        return f"{reply.status} {code}"

    def judge_broken(self, request, reply):
        ledger = self.ledger
        planned = request.plan in plans.BROKEN_PLANS | plans.UNANSWERED_PLANS
        excused = request.is_cancelled or ledger.is_disturbed(request) or ledger.is_draining or b'"timeout' in reply.body
        if self.world.shows_life and b"error" in reply.body:
            excused = True
        if not planned and not excused:
            ledger.violation("broken although its backend was not", f"{request}: {reply}")
        if request.stream and request.version == "1.1" and request.plan in ("reset_mid", "close_mid", "bad_chunk_mid", "stall_mid") and b"error" not in reply.body:
            ledger.violation("a broken stream that does not say so", f"{request}: {reply} {bytes(reply.body[-100:])!r}")
        return "broken off"


class Replay(wire.Connection):
    """A connection of which a head was read already."""

    def __init__(self, connection, head):
        super().__init__(connection.reader, connection.writer)
        self.lines = head.split(b"\r\n")[:-1]

    async def _line(self, is_first=False):
        return self.lines.pop(0) if self.lines else await super()._line(is_first)
