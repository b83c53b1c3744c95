"""A gateway with its backends, clients and operators, from the start to the last check."""
import asyncio
import collections
import os
import re
import shutil
import signal
import time

import backends
import checks
import clients
import gateway
import ledger
import operations

FIXED_MODELS = {"fixed1": 1, "fixed2": 2, "fixed4": 4}
MOVING_MODELS = {"moving1": 2, "moving2": 3}


class World:
    """One gateway and all around it. The `guarded` kind has keys, an admin token, signs of life, and a backend with slots for all models."""

    max_body_bytes = 256 * 1024
    max_queued_bytes = 2 * 1024 * 1024

    def __init__(self, name, kind, options):
        self.name, self.kind, self.options = name, kind, options
        self.folder = options.folder
        # The limits that operators set in an earlier run would hold in this one.
        shutil.rmtree(os.path.join(self.folder, f"{name}.state"), ignore_errors=True)
        self.ledger = ledger.Ledger(name)
        self.models = [*FIXED_MODELS, *MOVING_MODELS]
        self.moving_models = list(MOVING_MODELS)
        self.backends = [backends.Backend(f"{name}{number}", self.ledger, options.seed) for number in range(3 if kind == "open" else 2)]
        self.is_guarded = kind == "guarded"
        if self.is_guarded:
            self.backends[0].slots = 5
        self.shows_life = self.is_guarded
        self.keys = ["key-of-alice", "key-of-bob", "key-of-nightly"] if self.is_guarded else []
        self.admin_fields = b"Authorization: Bearer admin-token\r\n" if self.is_guarded else b""
        self.settings = {
            "ollama_num_parallel": 2, "ollama_max_queue": 20, "request_timeout": 5, "max_body_bytes": self.max_body_bytes,
            "max_queued_bytes": self.max_queued_bytes, "access_log": "json", "log_level": "debug",
        }
        self.gateway = None
        self.phase_ends = 0.0

    def write_config(self, broken=None):
        lines = [f"{key}: {value}" for key, value in self.settings.items() if not (broken and broken.startswith(key))]
        lines.append("backends:")
        lines += [f"  - {{url: '{backend.url}'" + (f", slots: {backend.slots}}}" if backend.slots else "}") for backend in self.backends]
        lines.append("models:")
        lines += [f"  {model}: {{parallel_limit: {limit}}}" for model, limit in {**FIXED_MODELS, **MOVING_MODELS}.items()]
        if self.is_guarded:
            lines += ["require_key: true", "queue_keepalive: 0.3", "admin_token: admin-token", "clients:",
                      "  alice: {key: key-of-alice, weight: 2}", "  bob: {key: key-of-bob}", "  nightly: {key: key-of-nightly, class: batch}"]
        if broken:
            lines.append(broken)
        path = os.path.join(self.folder, f"{self.name}.yaml")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        os.replace(path + ".new", path)
        return path

    def some_token(self, rng):
        """The id of a request that is under way, if there is one."""
        return rng.choice(list(self.ledger.in_flight) or ["tok-none"])

    async def start(self):
        for backend in self.backends:
            await backend.start()
        for model, limit in {**FIXED_MODELS, **MOVING_MODELS}.items():
            self.ledger.set_limit(model, limit)
        arguments = ["--config", self.write_config(), "--event-loops", "2"]
        self.gateway = gateway.Gateway(self.options.binary, self.folder, self.name, arguments)
        await self.gateway.ready()

    async def load(self, seconds, offset=0):
        """Clients and operators at work for a time; then all of them end."""
        end = time.monotonic() + seconds

        def is_over():
            return time.monotonic() >= end or not self.gateway.is_running

        workers = [clients.Worker(self, number + offset, self.options.seed).run(is_over) for number in range(self.options.workers)]
        tasks = operations.Operations(self, f"{self.options.seed}/{offset}").tasks(is_over) if self.options.operations else []
        await asyncio.gather(*workers, *tasks)

    async def run(self, seconds):
        """The whole story; violations are in the ledger."""
        await self.start()
        try:
            warm = min(15.0, seconds / 4)
            await self.load(warm)
            rest = await self.settle()
            await self.load(max(seconds - warm - 12, 1), offset=1_000)
            await self.settle()
            if self.gateway.is_running:
                await checks.check_quiet(self, rest)
                await checks.check_memory_is_free(self)
                await checks.check_quiet(self, rest)
                checks.check_totals(self, self.metrics((await self.gateway.ask("GET", "/metrics")).body.decode()))
                await self.drain()
        finally:
            await self.finish()

    async def settle(self):
        """Lets everything end; what is kept open then is what is kept open at rest."""
        await asyncio.sleep(6)
        return (self.gateway.descriptors(), self.gateway.resident_kib()) if self.gateway.is_running else None

    async def drain(self):
        """SIGTERM under load: everybody is answered, and the exit status is 0."""
        end = time.monotonic() + 3
        workers = [clients.Worker(self, number + 2_000, self.options.seed).run(lambda: time.monotonic() >= end) for number in range(20)]
        running = asyncio.gather(*workers)
        await asyncio.sleep(1)
        self.ledger.is_draining = True
        self.gateway.signal(signal.SIGTERM)
        await running
        status = await self.gateway.ended(30)
        if status != 0:
            self.ledger.violation("SIGTERM does not end with 0", f"exit status {status}: {self.gateway.last_messages()[-500:]}")

    async def finish(self):
        if not self.gateway.is_running and self.gateway.process.returncode != 0:
            self.ledger.violation("the gateway died", f"exit status {self.gateway.process.returncode}: {self.gateway.last_messages()}")
        self.gateway.kill()
        for backend in self.backends:
            await backend.stop()
        checks.check_502(self.ledger)
        checks.check_log(self, self.gateway.log)

    @staticmethod
    def metrics(text):
        """Series by name, model and outcome."""
        found = collections.Counter()
        for name, labels, value in re.findall(r"^(\w+)\{([^}]*)\} (\S+)$", text, re.M):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', labels))
            found[name, labels.get("model"), labels.get("outcome")] += float(value)
        return found
