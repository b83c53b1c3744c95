"""What clients do with requests that a backend sees."""
import asyncio
import random

import plans
import strangers
import verdicts
import wire

ANSWER_SECONDS = strangers.ANSWER_SECONDS
AT_ONCE = 64 * 1024
"""So many bytes the system takes from a client at once."""


class Worker(strangers.Strangers):
    """A client that makes one connection after the other, with some requests on each."""

    def __init__(self, world, number, seed):
        self.world, self.ledger, self.number = world, world.ledger, number
        self.verdicts = verdicts.Verdicts(world)
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
        request.is_split = request.expects or client == "trickle" or len(head + body) > AT_ONCE
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
                return self.verdicts.judge(request, early), False
            await (connection.trickle(body, rng) if client == "trickle" else connection.send(body))
        elif client == "trickle":
            await connection.trickle(head + body, rng)
        else:
            await asyncio.wait_for(connection.send(head + body), ANSWER_SECONDS)
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
            self.verdicts.check_tokens([request], got)
            return await self.gone(connection, request, how, waits=0)
        until = request.final_event if client == "leave_at_end" else None
        reply = await self.reply(connection, request, until)
        if client == "half":
            # A client that closes its side has left, unless its answer needed no waiting.
            self.verdicts.check_tokens([request], reply.body)
            return "left", False
        outcome = self.verdicts.judge(request, reply)
        if client == "leave_at_end" and reply.end == "whole":
            self.ledger.outcomes["left at the final event"] += 1
            connection.leave(how)
            return outcome, False
        return outcome, reply.end == "whole" and not reply.closes and not connection.has_ended

    async def await_continue(self, connection, request):
        """Waits for 100 Continue; a final reply in its place is returned."""
        try:
            line = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), 1 if request.is_queued else 0.2)
        except asyncio.TimeoutError:
            return None
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            return wire.Reply()
        if line.startswith(b"HTTP/1.1 100 "):
            return None
        return await asyncio.wait_for(wire.Replay(connection, line).read_reply(), ANSWER_SECONDS)

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
                self.verdicts.check_tokens([request], rest)
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
        trickles = self.rng.random() < 0.3
        for request in requests:
            request.is_split = trickles or len(data) > AT_ONCE
        sending = asyncio.ensure_future(connection.trickle(data, self.rng) if trickles else connection.send(data))
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
                    outcome = self.verdicts.judge(request, reply)
                self.ledger.end(request, outcome)
                is_open = reply.end == "whole" and not reply.closes
            if is_open and leaves_after is None and (rest := await connection.surplus(0.02)):
                self.ledger.violation("more replies than requests", f"{requests[-1]}: {rest[:200]!r}")
        finally:
            sending.cancel()
            connection.leave(self.rng.choice(("close", "reset")))
