"""Scripted backends: each request states its plan in `X-Chaos`, and is checked to be what its client sent."""
import asyncio
import random
import socket
import zlib

import exchange

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
        self.slots = None
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
            exchange.end(writer, resets)

    async def hang(self, seconds):
        """Takes no connection for a while and refuses none either: those under way arrive late."""
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
            self.ledger.enter(self.name, request, writer, self.slots)
        try:
            return await exchange.Exchange(self, request, reader, writer).reply(plan, int(chunks), float(gap))
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
