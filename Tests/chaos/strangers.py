"""Requests that no backend sees: refused ones with their bodies, own routes, and bytes that are not a request."""
import asyncio

import plans
import wire

ANSWER_SECONDS = 120


class Strangers:
    """A part of a worker; what it does on connections that carry no request to a backend."""

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
                if reply.status not in statuses and not self.verdicts.is_overload(reply) and not self.ledger.is_draining:
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

    async def own(self):
        targets = ("/queue/stats", "/queue/memory", "/health", "/health/live", "/metrics", "/queue/requests?limit=50", "/api/tags",
                   "/v1/models", "/api/ps", "/dashboard", "/dashboard/history", f"/queue/requests/{self.world.some_token(self.rng)}")
        count = self.rng.choice((1, 1, 5, 40))
        asked = [self.rng.choice(targets) for _ in range(count)]
        connection = await self.connect(self.rng.choice((None, None, 4_096)))
        lists = f"Authorization: Bearer {self.world.keys[0]}\r\n".encode() if self.world.keys else b""
        try:
            data = b"".join(b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (
                target.encode(), lists if target.startswith(("/api", "/v1")) else self.world.admin_fields) for target in asked)
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
                if reply.closes:
                    return
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
                got = await asyncio.wait_for(connection.read_some(65_536), 5)
                if got and not got.startswith(b"\x15\x03"):
                    self.ledger.violation("a TLS hello gets no alert", f"{got[:100]!r}")
        except asyncio.TimeoutError:
            self.ledger.violation("a TLS hello gets no alert", "nothing in 5 s")
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
