"""A backend that counts what runs on it at every instant."""
import asyncio
import json
import socket
import time

LISTS = {b"/api/tags": b'{"models":[]}', b"/api/ps": b'{"models":[]}', b"/v1/models": b'{"object":"list","data":[]}', b"/api/version": b'{"version":"0.0.0"}'}


class Backend:
    """Runs from the last byte of a request to the last of its reply, or until its connection is closed."""

    def __init__(self, ledger, limit):
        self.ledger, self.limit = ledger, limit
        self.active = {}
        self.peak = 0
        self.excess = None
        # While this is there and not set, nothing ends.
        self.gate = None
        self.started = 0
        self.server = None
        self.url = None

    async def start(self, host):
        self.server = await asyncio.get_running_loop().create_server(lambda: Connection(self), host, 0, backlog=1024)
        self.url = f"http://{host}:{self.server.sockets[0].getsockname()[1]}"

    def begin(self, connection, token):
        self.ledger.runs(token)
        self.note(None)
        if len(self.active) >= self.limit:
            # What the kernel knows already: connections that are closed, but were not read yet.
            for other in list(self.active):
                if other.is_closed():
                    other.finish()
        self.active[connection] = token
        self.started += 1
        self.peak = max(self.peak, len(self.active))
        if len(self.active) > self.limit and self.excess is None:
            self.excess = (time.monotonic(), sorted(self.active.values()))

    def end(self, connection):
        token = self.active.pop(connection, None)
        if token is None:
            return
        self.note(token)
        if self.excess and len(self.active) <= self.limit:
            began, tokens = self.excess
            self.excess = None
            self.ledger.exceeded(began, time.monotonic() - began, tokens)

    def note(self, token):
        self.ledger.passes(len(self.active) + (token is not None))
        if token is not None:
            self.ledger.stops(token)

    def close(self):
        self.server.close()
        if self.excess:
            self.ledger.exceeded(self.excess[0], time.monotonic() - self.excess[0], self.excess[1])
        for connection in list(self.active):
            connection.transport.abort()


class Connection(asyncio.Protocol):
    """One request after the other."""

    def __init__(self, backend):
        self.backend = backend
        self.transport = None
        self.buffer = b""
        self.task = None

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def is_closed(self):
        """Whether the other side has closed it, though nobody has told this one yet."""
        plain = self.transport.get_extra_info("socket")
        if plain is None or plain.fileno() < 0:
            return True
        with socket.fromfd(plain.fileno(), plain.family, plain.type) as copy:
            try:
                return copy.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
            except BlockingIOError:
                return False
            except OSError:
                return True

    def data_received(self, data):
        self.buffer += data
        if self.task is None:
            self.next()

    def next(self):
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.split(b"\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        length = int(fields.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        body, self.buffer = rest[:length], rest[length:]
        path = lines[0].split(b" ")[1].partition(b"?")[0]
        if path != b"/api/generate":
            status, reply = (b"200 OK", LISTS[path]) if path in LISTS else (b"404 Not Found", b"{}")
            self.answer(status, reply)
            return self.next()
        request = json.loads(body)
        token, _, seconds = request.get("prompt", "").partition(" ")
        if not token:
            # A load or an unload, which takes no slot.
            self.answer(b"200 OK", b'{"done":true}\n')
            return self.next()
        self.backend.begin(self, token)
        self.task = asyncio.ensure_future(self.reply(token, float(seconds)))

    async def reply(self, token, seconds):
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        if self.backend.gate:
            await self.backend.gate.wait()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.chunk({"response": "x", "done": False})
            await asyncio.sleep(min(0.1, left))
        self.task = None
        self.backend.end(self)
        self.chunk({"response": "", "done": True, "token": token})
        self.transport.write(b"0\r\n\r\n")
        self.next()

    def answer(self, status, reply):
        self.transport.write(b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(reply), reply))

    def chunk(self, value):
        line = json.dumps(value).encode() + b"\n"
        self.transport.write(b"%x\r\n%s\r\n" % (len(line), line))

    def finish(self):
        if self.task:
            self.task.cancel()
            self.task = None
        self.backend.end(self)
        self.transport.abort()

    def eof_received(self):
        self.finish()

    def connection_lost(self, error):
        self.finish()
