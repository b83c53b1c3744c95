"""HTTP/1.1 as a client sees it: bytes out, replies in, and every way to leave."""
import asyncio
import re
import socket
import struct

TOKEN = re.compile(rb"tok-[0-9a-z]+-[0-9]+-[0-9a-f]{8}")
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n]*)?")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*)")
NO_LINGER = struct.pack("ii", 1, 0)


class BadReply(Exception):
    """What arrived is not HTTP."""


class Reply:
    """One reply: `end` is `whole`, `closed` or `reset` (inside the body), `none` (no byte of it) or `torn` (inside the head)."""

    def __init__(self):
        self.status = 0
        self.fields = {}
        self.body = bytearray()
        self.end = "none"
        self.interim = []
        self.is_framed = True

    @property
    def closes(self):
        tokens = self.fields.get(b"connection", b"").lower()
        return b"close" in tokens or not self.is_framed

    @property
    def code(self):
        """The code of an error of the gateway's own, in whichever dialect; empty for anything else."""
        found = re.search(rb'"(?:code|error|type)" ?: ?"(queue_full|would_time_out|shutting_down|cancelled_by_admin|timeout|'
                          rb"backend_error|overloaded_error|timeout_error|api_error|request_timeout|out_of_resources|invalid_request[_a-z]*|"
                          rb'body_too_large|unsupported_encoding|headers_too_large|unauthorized|forbidden|authentication_error)', self.body)
        return found.group(1).decode() if found else ""

    def __str__(self):
        return f"{self.status} {self.end} code={self.code or '-'} {bytes(self.body[:160])!r}"


def framed(body, rng, framing):
    """A body and the fields that frame it."""
    if framing != "chunked":
        return b"Content-Length: %d\r\n" % len(body), body
    pieces, index = [], 0
    while index < len(body):
        size = rng.choice((1, 7, 100, 4_000, 60_000))
        piece = body[index:index + size]
        extension = rng.choice((b"", b"", b"", b";name=value"))
        pieces.append(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece))
        index += size
        if len(pieces) > 200:
            size = len(body)
            if body[index:]:
                pieces.append(b"%x\r\n%s\r\n" % (len(body) - index, body[index:]))
            break
    pieces.append(rng.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\nX-Trailer: yes\r\n\r\n")))
    return b"Transfer-Encoding: chunked\r\n", b"".join(pieces)


def packed(body):
    """A Zstandard frame of raw blocks, which needs no library."""
    frame = bytearray(b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(body)))
    blocks = [body[index:index + 100_000] for index in range(0, len(body), 100_000)] or [b""]
    for number, block in enumerate(blocks):
        header = len(block) << 3 | (1 if number == len(blocks) - 1 else 0)
        frame += struct.pack("<I", header)[:3] + block
    return bytes(frame)


class Connection:
    """A connection to a gateway."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, receive_buffer=None):
        plain = socket.socket()
        try:
            if receive_buffer:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            plain.setblocking(False)
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
            # A small buffer of ours, so that a client that does not read is one for the kernel, too.
            return cls(*await asyncio.open_connection(sock=plain, limit=16_384))
        except BaseException:
            plain.close()
            raise

    @property
    def has_ended(self):
        return self.reader.at_eof() or self.reader.exception() is not None

    async def send(self, data):
        """Sends; a peer that has closed is noticed when reading."""
        try:
            self.writer.write(data)
            await self.writer.drain()
            return True
        except (ConnectionError, OSError):
            return False

    async def trickle(self, data, rng):
        """Sends in pieces that end anywhere."""
        cuts = sorted(rng.sample(range(len(data)), min(rng.randint(1, 6), len(data))))
        for start, end in zip([0, *cuts], [*cuts, len(data)]):
            if not await self.send(data[start:end]):
                return False
            await asyncio.sleep(rng.choice((0, 0.001, 0.02)))
        return True

    def leave(self, how):
        """Closes, resets or half-closes."""
        try:
            if how == "half" and self.writer.can_write_eof():
                return self.writer.write_eof()
            if how == "reset":
                self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                return self.writer.transport.abort()
        except OSError:
            pass
        self.writer.close()

    async def read_some(self, count):
        """Up to `count` bytes, read for what they are."""
        try:
            return await self.reader.read(count)
        except (ConnectionError, OSError):
            return b""

    async def read_reply(self, is_head=False, until=None):
        """Reads one reply.

        With `until`, reading stops as soon as the body holds these bytes.
        """
        reply = Reply()
        try:
            while True:
                await self._read_head(reply)
                if reply.status >= 200:
                    break
                reply.interim.append(reply.status)
                if len(reply.interim) > 20:
                    raise BadReply("more than 20 interim replies")
            if not is_head and reply.status not in (204, 304):
                await self._read_body(reply, until)
            reply.end = "whole"
        except asyncio.IncompleteReadError as error:
            reply.body += error.partial if reply.status >= 200 else b""
            reply.end = "closed" if reply.status >= 200 else "torn" if error.partial else "none"
        except (ConnectionError, OSError):
            reply.end = "reset" if reply.status >= 200 else "none"
        except asyncio.LimitOverrunError:
            raise BadReply("a line that does not end") from None
        return reply

    async def _line(self):
        line = await self.reader.readuntil(b"\n")
        if not line.endswith(b"\r\n"):
            raise BadReply(f"a line without CR: {line[:80]!r}")
        return line[:-2]

    async def _read_head(self, reply):
        line = await self._line()
        found = STATUS_LINE.fullmatch(line)
        if not found:
            raise BadReply(f"status line {line[:80]!r}")
        reply.status, reply.fields = int(found.group(2)), {}
        try:
            while line := await self._line():
                found = FIELD.fullmatch(line)
                if not found:
                    raise BadReply(f"field {line[:80]!r}")
                name, value = found.group(1).lower(), found.group(2)
                if name in (b"content-length", b"transfer-encoding", b"x-request-id") and name in reply.fields:
                    raise BadReply(f"two fields {name!r}")
                reply.fields[name] = value
        except asyncio.IncompleteReadError as error:
            reply.status = 0
            raise asyncio.IncompleteReadError(b"torn", None) from error

    async def _read_body(self, reply, until):
        length, coding = reply.fields.get(b"content-length"), reply.fields.get(b"transfer-encoding")
        if length is not None and coding is not None:
            raise BadReply("both framings")
        if coding is not None:
            if coding.lower() != b"chunked":
                raise BadReply(f"coding {coding!r}")
            while True:
                line = await self._line()
                if not re.fullmatch(rb"[0-9a-fA-F]{1,15}(?:[ \t]*;.*)?[ \t]*", line):
                    raise BadReply(f"chunk size {line[:80]!r}")
                size = int(line.split(b";")[0], 16)
                if size == 0:
                    while await self._line():
                        pass
                    return
                reply.body += await self.reader.readexactly(size)
                if until and until in reply.body:
                    return
                if await self._line() != b"":
                    raise BadReply("a chunk longer than its size")
        elif length is not None:
            if not length.isdigit():
                raise BadReply(f"length {length!r}")
            reply.body += await self.reader.readexactly(int(length))
        else:
            reply.is_framed = False
            while piece := await self.reader.read(65_536):
                reply.body += piece
                if until and until in reply.body:
                    return

    async def surplus(self, seconds):
        """What follows the last expected reply."""
        try:
            return await asyncio.wait_for(self.read_some(65_536), seconds)
        except asyncio.TimeoutError:
            return b""


class Replay(Connection):
    """A connection of which a head was read already."""

    def __init__(self, connection, head):
        super().__init__(connection.reader, connection.writer)
        self.lines = head.split(b"\r\n")[:-1]

    async def _line(self):
        return self.lines.pop(0) if self.lines else await super()._line()
