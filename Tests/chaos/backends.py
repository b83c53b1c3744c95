"""Scripted backends: each request says in `X-Chaos` what becomes of it, and is checked to be what its client sent."""
import asyncio
import json
import socket
import random
import zlib

import wire

GARBAGE = (
    b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 200 OK\r\n folded\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"\r\n\r\n\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
)
LISTS = {"/api/tags": b'{"models":[]}', "/api/ps": b'{"models":[]}', "/v1/models": b'{"object":"list","data":[]}',
         "/api/version": b'{"version":"0.0.0"}'}


class Backend:
    """One backend on a port of its own, which it keeps while it is down."""

    def __init__(self, name, ledger, seed):
        self.name, self.ledger, self.rng = name, ledger, random.Random(f"{seed}/{name}")
        # Bound and not listening: connections are refused, and nobody else gets the port.
        self.place = self._bound(0)
        self.port = self.place.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = None
        self.connections = set()
        self.hears = asyncio.Event()
        self.hears.set()

    @staticmethod
    def _bound(port):
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        plain.bind(("127.0.0.1", port))
        return plain

    async def start(self):
        self.server = await asyncio.start_server(self._serve, sock=self._bound(self.port), limit=1 << 20, backlog=1024)

    async def stop(self, resets=False):
        self.server.close()
        for writer in list(self.connections):
            end(writer, resets)

    async def hang(self, seconds):
        """Takes no connection for a while and refuses none either: those under way come late."""
        self.server.close()
        with self._bound(self.port) as silent:
            silent.listen(0)
            fillers = []
            for _ in range(2):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", self.port))
                fillers.append(filler)
            await asyncio.sleep(seconds)
            for filler in fillers:
                filler.close()
        await self.start()

    async def _serve(self, reader, writer):
        self.connections.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.connections.discard(writer)
            writer.close()

    async def _one(self, reader, writer):
        """Serves one request; returns whether the connection is kept."""
        head = await reader.readuntil(b"\r\n\r\n")
        await self.hears.wait()
        line, *lines = head[:-4].split(b"\r\n")
        method, target, _ = line.split(b" ")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        path = target.partition(b"?")[0].decode()
        if b"smuggled" in target:
            self.ledger.violation("a body was parsed as a request", f"{head[:300]!r} at {self.name}")
        if b"x-chaos" not in fields:
            if path not in LISTS:
                self.ledger.violation("a backend got what nobody asked", f"{head[:300]!r} at {self.name}")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(LISTS.get(path, b"")), LISTS.get(path, b"")))
            await writer.drain()
            return True
        token = fields[b"x-request-id"].decode()
        request = self.ledger.arrived(self.name, token, head)
        if request is None:
            return False
        plan, chunks, gap, checksum, length, stream = fields[b"x-chaos"].decode().split(";")
        if plan == "slow_reader":
            await asyncio.sleep(0.1)
        body = await self._body(reader, fields)
        if (zlib.crc32(body), len(body)) != (int(checksum), int(length)):
            self.ledger.violation("a body changed on its way", f"{request}: {len(body)} bytes for {length}")
        if fields.get(b"host") != f"127.0.0.1:{self.port}".encode():
            self.ledger.violation("the Host of another backend", f"{request} at {self.url}: {fields.get(b'host')}")
        if request.is_queued:
            self.ledger.enter(self.name, request, writer)
        try:
            return await self._reply(Exchange(self, request, reader, writer), reader, plan, int(chunks), float(gap))
        finally:
            if request.is_queued:
                self.ledger.leave(self.name, request)

    @staticmethod
    async def _body(reader, fields):
        if b"content-length" in fields:
            return await reader.readexactly(int(fields[b"content-length"]))
        body = b""
        while fields.get(b"transfer-encoding") == b"chunked":
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            if size == 0:
                while await reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                break
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        return body

    async def _reply(self, exchange, reader, plan, chunks, gap):
        rng = random.Random(exchange.request.token)
        request = exchange.request
        if plan in ("reset_before", "close_before"):
            await exchange.pause(gap)
            return exchange.end(resets=plan == "reset_before")
        if plan == "stall":
            await exchange.pause(30)
            return exchange.end()
        if plan in ("interim", "garbage_behind_interim"):
            await exchange.say(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + (b"HTTP/1.1 100 Continue\r\n\r\n" if rng.random() < 0.5 else b""))
        if plan in ("garbage", "garbage_behind_interim"):
            await exchange.say(rng.choice(GARBAGE))
            await exchange.pause(rng.choice((0, 0.2)))
            return exchange.end()
        await exchange.pause(gap)
        if plan in ("shed", "error"):
            status = b"503 Busy\r\nX-Shed: yes\r\nRetry-After: 1" if plan == "shed" else rng.choice((b"400 Bad Request", b"404 Not Found", b"500 Oops", b"429 Slow"))
            return await exchange.counted(exchange.piece(0, 1), status=status)
        if request.method == "HEAD":
            return await exchange.say(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", is_last=True)
        if plan == "big":
            return await exchange.big(rng.choice((300_000, 2_000_000)))
        is_chunked = request.stream is not None or plan in ("split_end", "bad_chunk_at_once", "bad_chunk_mid") or rng.random() < 0.3
        if plan in ("until_close", "http10"):
            return await exchange.until_close(chunks, gap, b"1.0" if plan == "http10" else b"1.1")
        if plan == "close_behind_head":
            await exchange.head(b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: 100")
            return exchange.end(resets=rng.random() < 0.3)
        if plan == "bad_chunk_at_once" and request.method != "HEAD":
            await exchange.say(exchange.head_bytes(b"Transfer-Encoding: chunked") + rng.choice((b"zz\r\n", b"-1\r\n\r\n", b"\r\n\r\n", b"5\nabcde")))
            await exchange.pause(rng.choice((0, 0.1)))
            return exchange.end()
        is_broken = plan in ("reset_mid", "close_mid", "bad_chunk_mid", "stall_mid")
        if not is_chunked and not is_broken:
            kept = await exchange.counted(b"".join(exchange.piece(number, chunks) for number in range(chunks)))
        else:
            kept = await exchange.chunked(plan, chunks, gap, is_chunked, rng)
        if kept and plan == "close_after":
            # A kept connection that closes some time after: a request may be on its way into it.
            delay = rng.choice((0.0001, 0.001, 0.02, 0.3))
            try:
                swallowed = await asyncio.wait_for(reader.read(65_536), delay)
            except asyncio.TimeoutError:
                self.ledger.idle_closes += 1
            else:
                for token in wire.TOKEN.findall(swallowed[:2_000]):
                    self.ledger.swallowed(self.name, token.decode())
            # A reset right behind a reply would destroy it.
            return exchange.end(resets=delay == 0.3)
        return kept


class Exchange:
    """A request that a backend is working on."""

    def __init__(self, backend, request, reader, writer):
        self.backend, self.request, self.reader, self.writer = backend, request, reader, writer

    def piece(self, number, count):
        """A part of a reply, in the form of its stream; the last one is the final event."""
        token, stream, is_last = self.request.token, self.request.stream, number == count - 1
        if stream == "ndjson":
            return json.dumps({"response": token, "done": is_last}, separators=(",", ":")).encode() + b"\n"
        if stream == "openai":
            return f'data: {{"choices":[{{"delta":{{"content":"{token}"}}}}]}}\n\n'.encode() + (b"data: [DONE]\n\n" if is_last else b"")
        if stream in ("responses", "anthropic"):
            last = "response.completed" if stream == "responses" else "message_stop"
            kind = last if is_last else "response.output_text.delta" if stream == "responses" else "content_block_delta"
            return f'event: {kind}\ndata: {{"type":"{kind}","text":"{token}"}}\n\n'.encode()
        return json.dumps({"response": token}).encode() + b"\n"

    def head_bytes(self, framing, status=b"200 OK", version=b"1.1"):
        kind = {None: b"application/json", "ndjson": b"application/x-ndjson"}.get(self.request.stream, b"text/event-stream")
        return b"HTTP/%s %s\r\nContent-Type: %s\r\nX-Token: %s\r\n%s\r\n\r\n" % (version, status, kind, self.request.token.encode(), framing)

    async def head(self, framing):
        await self.say(self.head_bytes(framing))

    async def say(self, data, is_last=False):
        """Sends; before the last bytes the request counts as done, as whoever reads them may take its slot at once."""
        if is_last and self.request.is_queued:
            self.backend.ledger.leave(self.backend.name, self.request)
        self.writer.write(data)
        await self.writer.drain()
        return True

    async def pause(self, seconds):
        """Waits, and ends at once when the gateway has closed the connection."""
        if not seconds:
            return await asyncio.sleep(0)
        try:
            got = await asyncio.wait_for(self.reader.read(1), seconds)
        except asyncio.TimeoutError:
            return None
        if got:
            self.backend.ledger.violation("bytes behind a request", f"{self.request} at {self.backend.name}")
        raise ConnectionAbortedError

    def end(self, resets=False):
        if self.request.is_queued:
            self.backend.ledger.leave(self.backend.name, self.request)
        end(self.writer, resets)
        return False

    async def counted(self, body, status=b"200 OK"):
        return await self.say(self.head_bytes(b"Content-Length: %d" % len(body), status) + (body if self.request.method != "HEAD" else b""), is_last=True)

    async def until_close(self, chunks, gap, version):
        await self.say(self.head_bytes(b"Connection: close", version=version))
        for number in range(chunks):
            await self.say(self.piece(number, chunks))
            await self.pause(gap)
        return self.end()

    async def big(self, size):
        """One long reply that says its token at the end of each 10,000 bytes."""
        block = b" " * (10_000 - len(self.request.token)) + self.request.token.encode()
        await self.head(b"Content-Length: %d" % size)
        for _ in range(size // 10_000 - 1):
            await self.say(block)
        return await self.say(block, is_last=True)

    async def chunked(self, plan, chunks, gap, is_chunked, rng):
        total = sum(len(self.piece(number, chunks)) for number in range(chunks))
        await self.head(b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % total)
        for number in range(chunks):
            piece = self.piece(number, chunks)
            framed = b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece
            is_last = number == chunks - 1
            if is_last and plan in ("reset_mid", "close_mid"):
                await self.pause(gap)
                return self.end(resets=plan == "reset_mid")
            if is_last and plan == "stall_mid":
                await self.pause(30)
                return self.end()
            if is_last and plan == "bad_chunk_mid":
                await self.say(framed.replace(b"\r\n", b"\n", 1))
                await self.pause(0.1)
                return self.end()
            if is_last and plan == "split_end" and is_chunked:
                await self.say(framed)
                await asyncio.sleep(rng.choice((0.001, 0.01, 0.04)))
                return await self.say(b"0\r\n\r\n", is_last=True)
            if is_last:
                return await self.say(framed + (b"0\r\n\r\n" if is_chunked else b""), is_last=True)
            await self.say(framed)
            await self.pause(gap)


def end(writer, resets):
    if resets:
        try:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, wire.NO_LINGER)
        except OSError:
            pass
        writer.transport.abort()
    else:
        writer.close()
