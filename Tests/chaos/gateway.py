"""A running `paddock serve`."""
import asyncio
import json
import os
import re
import signal
import subprocess

import wire


class Gateway:
    """The process, and what can be seen of it from outside."""

    def __init__(self, binary, folder, name, arguments, environment=None):
        self.folder, self.name = folder, name
        self.port = None
        env = {key: value for key, value in os.environ.items() if not key.startswith(("OLLAMA_", "PADDOCK_", "REQUEST_", "NOTIFY_"))}
        env["PADDOCK_STATE"] = os.path.join(folder, f"{name}.state")
        env.update(environment or {})
        self.log = os.path.join(folder, f"{name}.log")
        self.messages = os.path.join(folder, f"{name}.err")
        with open(self.log, "wb") as log, open(self.messages, "wb") as messages:
            self.process = subprocess.Popen([binary, "serve", "--port", "0", *arguments], stdout=log, stderr=messages, env=env, cwd=folder)

    async def ready(self):
        for _ in range(1_000):
            with open(self.messages, encoding="utf-8", errors="replace") as messages:
                found = re.search(r"listens on http://[^ ]*:(\d+)", messages.read())
            if found:
                self.port = int(found.group(1))
                return
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.02)
        raise RuntimeError(f"the gateway does not start: {self.last_messages()}")

    def last_messages(self):
        with open(self.messages, encoding="utf-8", errors="replace") as messages:
            return messages.read()[-4_000:]

    @property
    def is_running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.is_running:
            self.process.send_signal(number)

    async def ended(self, seconds):
        """Its exit status; None if it still runs."""
        for _ in range(int(seconds / 0.05)):
            if not self.is_running:
                break
            await asyncio.sleep(0.05)
        return self.process.poll()

    def kill(self):
        if self.is_running:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    async def ask(self, method, target, body=b"", fields=b"", seconds=30):
        """One request on a connection of its own; the reply."""
        connection = await wire.Connection.open(self.port)
        try:
            kind = b"Content-Type: application/json\r\n" if body else b""
            head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n".encode()
            await connection.send(head + kind + fields + b"\r\n" + body)
            return await asyncio.wait_for(connection.read_reply(), seconds)
        finally:
            connection.leave("close")

    async def stats(self):
        reply = await self.ask("GET", "/queue/stats")
        if reply.status != 200:
            raise wire.BadReply(f"/queue/stats: {reply}")
        return json.loads(reply.body)["models"]
