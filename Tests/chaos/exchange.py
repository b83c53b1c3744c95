"""One request at a backend, and everything a backend can do wrong about it."""
import asyncio
import json
import random
import socket

import wire

GARBAGE = (
    b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 200 OK\r\n folded\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"\r\n\r\n\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
)


class Exchange:
    """A request that a backend is working on."""

    def __init__(self, backend, request, reader, writer):
        self.backend, self.request, self.reader, self.writer = backend, request, reader, writer

    async def reply(self, plan, chunks, gap):
        """Carries out a plan; returns whether the connection is kept."""
        rng = random.Random(self.request.token)
        request = self.request
        if plan in ("reset_before", "close_before"):
            await self.pause(gap)
            return self.end(resets=plan == "reset_before")
        if plan == "stall":
            await self.pause(30)
            return self.end()
        if plan in ("interim", "garbage_behind_interim"):
            await self.say(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + (b"HTTP/1.1 100 Continue\r\n\r\n" if rng.random() < 0.5 else b""))
        if plan in ("garbage", "garbage_behind_interim"):
            await self.say(rng.choice(GARBAGE))
            await self.pause(rng.choice((0, 0.2)))
            return self.end()
        await self.pause(gap)
        if plan in ("shed", "error"):
            status = b"503 Busy\r\nX-Shed: yes\r\nRetry-After: 1" if plan == "shed" else rng.choice((b"400 Bad Request", b"404 Not Found", b"500 Oops", b"429 Slow"))
            return await self.counted(self.piece(0, 1), status=status)
        if request.method == "HEAD":
            return await self.say(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", is_last=True)
        if plan == "big":
            return await self.big(rng.choice((300_000, 2_000_000)))
        is_chunked = request.stream is not None or plan in ("split_end", "bad_chunk_at_once", "bad_chunk_mid") or rng.random() < 0.3
        if plan in ("until_close", "http10"):
            return await self.until_close(chunks, gap, b"1.0" if plan == "http10" else b"1.1")
        if plan == "close_behind_head":
            await self.head(b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: 100")
            return self.end(resets=rng.random() < 0.3)
        if plan == "bad_chunk_at_once":
            await self.say(self.head_bytes(b"Transfer-Encoding: chunked") + rng.choice((b"zz\r\n", b"-1\r\n\r\n", b"\r\n\r\n", b"5\nabcde")))
            await self.pause(rng.choice((0, 0.1)))
            return self.end()
        is_broken = plan in ("reset_mid", "close_mid", "bad_chunk_mid", "stall_mid")
        if not is_chunked and not is_broken:
            kept = await self.counted(b"".join(self.piece(number, chunks) for number in range(chunks)))
        else:
            kept = await self.chunked(plan, chunks, gap, is_chunked, rng)
        if kept and plan == "close_after":
            # A kept connection that closes some time after: a request may be on its way into it.
            delay = rng.choice((0.0001, 0.001, 0.02, 0.3))
            try:
                swallowed = await asyncio.wait_for(self.reader.read(65_536), delay)
            except asyncio.TimeoutError:
                self.backend.ledger.idle_closes += 1
            else:
                for token in wire.TOKEN.findall(swallowed[:2_000]):
                    self.backend.ledger.swallowed(self.backend.name, token.decode())
            # A reset right after a reply would destroy it.
            return self.end(resets=delay == 0.3)
        return kept

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
        """Sends; before the last bytes the request counts as done, as their reader may take its slot at once."""
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
        """One long reply that has its token at the end of each 10,000 bytes."""
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
