"""A member: one `paddock serve` after the other in one place, with one name, one address and one state folder."""
import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import time

ADMIN = "admin-token-of-the-test"


class Member:
    """The process, and what can be seen of it from outside."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.folder = os.path.join(world.options.folder, name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.host = world.places.host(name)
        self.process = None
        self.port = 0
        self.is_frozen = self.is_listening = False
        self.dying = set()
        self.starts = 0

    async def start(self):
        options = self.world.options
        listen, advertise = self.world.places.link(self.name)
        lines = [
            f"backends: ['{self.world.backend.url}']", f"ollama_num_parallel: {options.limit}", "learn_parallel: off",
            f"ollama_max_queue: {max(512, 2 * options.crowd)}", f"request_timeout: {900 if options.crowd else 120}", "access_log: json",
            f"log_level: {'info' if options.crowd else 'debug'}", "clients:",
            *(f"  client{number}: {{key: key-of-client-{number}}}" for number in range(self.world.clients)),
            f"admin_token: {ADMIN}", f"state: {'off' if options.stateless else self.folder + '/state'}", "cluster:", f"  store: '{self.world.store.url}'", f"  name: {self.name}",
            f"  listen: {listen}", *([f"  advertise: {advertise}"] if advertise else []), f"  secret_file: {self.world.secret}",
            f"  lease: {options.lease:g}", f"  grace: {options.grace:g}",
        ]
        path = os.path.join(self.folder, "paddock.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("OLLAMA_", "PADDOCK_", "REQUEST_", "NOTIFY_"))}
        self.starts += 1
        self.is_listening = False
        self.messages = os.path.join(self.folder, f"{self.starts}.err")
        with open(os.path.join(self.folder, f"{self.starts}.log"), "wb") as log, open(self.messages, "wb") as messages:
            self.process = subprocess.Popen(
                [*self.world.places.inside(self.name), options.binary, "serve", "--config", path, "--host", self.host, "--port", "0",
                 "--event-loops", "1"],
                stdout=log, stderr=messages, env=inherited, cwd=self.folder)
        for _ in range(1_000):
            with open(self.messages, encoding="utf-8", errors="replace") as messages:
                found = re.search(r"listens on http://[^ ]*:(\d+)", messages.read())
            if found:
                self.port = int(found.group(1))
                await self.world.places.here(self.name)
                self.is_listening = True
                return
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.02)
        raise RuntimeError(f"{self.name} does not start: {self.last_messages()}")

    def last_messages(self):
        with open(self.messages, encoding="utf-8", errors="replace") as messages:
            return messages.read()[-3_000:]

    # Faults

    def is_dying(self, process):
        """Whether a process of this member was killed or told to end."""
        return process in self.dying

    def kill(self):
        self.dying.add(self.process)
        self.world.ledger.kills.append(time.monotonic())
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.world.places.gone(self.name)
        self.is_frozen = False

    def freeze(self):
        self.is_frozen = True
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)
        self.is_frozen = False

    async def stop(self):
        """A graceful end; a violation if it is none."""
        self.dying.add(self.process)
        self.process.send_signal(signal.SIGTERM)
        for _ in range(600):
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.05)
        self.world.places.gone(self.name)
        status = self.process.poll()
        if status != 0:
            self.world.ledger.violation("SIGTERM does not end with 0", f"{self.name}: {status} {self.last_messages()[-300:]!r}")
            self.kill()

    @property
    def is_up(self):
        return self.is_listening and self.process.poll() is None and not self.is_dying(self.process)

    # What it says

    async def ask(self, path, seconds=2.0):
        """The JSON of a page, or None if there is no answer in time."""
        try:
            status, _, body = await asyncio.wait_for(exchange(self.host, self.port, "GET", path, key=ADMIN), seconds)
            return json.loads(body) if status in (200, 503) and body else None
        except (OSError, TimeoutError, asyncio.TimeoutError, ValueError, asyncio.IncompleteReadError):
            return None


async def exchange(host, port, method, path, body=b"", key=None):
    """One request on a connection of its own: the status (0 without a reply), whether the reply was whole, and its body."""
    try:
        reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    except OSError:
        return 0, False, b"no connection"
    try:
        fields = (f"Authorization: Bearer {key}\r\n" if key else "") + ("Content-Type: application/json\r\n" if body else "")
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body)
        received = b""
        try:
            while part := await reader.read(65_536):
                received += part
        except OSError:
            pass
        head, _, rest = received.partition(b"\r\n\r\n")
        found = re.match(rb"HTTP/1\.1 (\d{3})", head)
        if not found:
            return 0, False, received
        if b"chunked" in head.lower():
            return int(found[1]), rest.endswith(b"0\r\n\r\n"), rest
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        return int(found[1]), length is not None and len(rest) == int(length[1]), rest
    finally:
        writer.close()
