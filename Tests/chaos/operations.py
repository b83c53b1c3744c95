"""What operators and machines do meanwhile: limits, reloads, resets, cancels, backends that stop and start, readings."""
import asyncio
import json
import random
import signal

import checks
import wire


class Operations:
    """The tasks that run in parallel with the clients of a world."""

    def __init__(self, world, seed):
        self.world, self.ledger = world, world.ledger
        self.seed = seed
        self.queue_limit = world.settings["ollama_max_queue"]

    def tasks(self, is_over):
        return [self._repeat(action, self._random(action), is_over) for action in
                (self.change_limit, self.reload, self.reset, self.cancel, self.disturb, self.look)]

    def _random(self, action):
        return random.Random(f"{self.seed}/{self.world.name}/{action.__name__}")

    async def _repeat(self, action, rng, is_over):
        while not is_over():
            try:
                await asyncio.wait_for(action(rng), 60)
            except asyncio.TimeoutError:
                self.ledger.violation("no answer", f"to {action.__name__}")
            except wire.BadReply as error:
                self.ledger.violation("a reply that is no HTTP", f"{action.__name__}: {error}")
            except (ConnectionError, OSError) as error:
                if not self.ledger.is_draining:
                    self.ledger.violation("no connection to the gateway", f"{action.__name__}: {error!r}")
                return

    def ask(self, method, target, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        return self.world.gateway.ask(method, target, data, self.world.admin_fields)

    async def change_limit(self, rng):
        await asyncio.sleep(rng.uniform(0.3, 1.5))
        model, value = rng.choice(self.world.moving_models), rng.randint(1, 5)
        self.ledger.set_limit(model, value)
        body = {"model": model, "parallel_limit": value}
        if rng.random() < 0.5:
            body["queue_limit"] = rng.choice((0, 1, 10, 100))
        reply = await self.ask("POST", "/admin/queue/update", body)
        if reply.status != 200 or json.loads(reply.body)["parallel_limit"] != value:
            self.ledger.violation("a limit is not taken", f"{body}: {reply}")
        self.ledger.outcomes["limit changed"] += 1

    async def reload(self, rng):
        """A file that is right is taken, one that is wrong changes nothing."""
        await asyncio.sleep(rng.uniform(0.5, 3))
        if rng.random() < 0.25:
            self.world.write_config(broken=rng.choice(("ollama_max_queue: -1", "nonsense: [", "request_timeout: soon")))
            self.world.gateway.signal(signal.SIGHUP)
            await asyncio.sleep(0.3)
            self.ledger.outcomes["bad reload"] += 1
        self.queue_limit = rng.choice([limit for limit in (5, 20, 60) if limit != self.queue_limit])
        self.world.settings["ollama_max_queue"] = self.queue_limit
        self.world.settings["fairness"] = rng.choice(("on", "off"))
        self.world.settings["batch_share"] = rng.choice((1, 5, 50))
        self.world.write_config()
        self.world.gateway.signal(signal.SIGHUP)
        for _ in range(200):
            await asyncio.sleep(0.05)
            reply = await self.ask("GET", "/queue/stats")
            if json.loads(reply.body)["default_queue_limit"] == self.queue_limit:
                break
        else:
            self.ledger.violation("a reload is not taken", f"ollama_max_queue {self.queue_limit}: {reply}")
        self.ledger.outcomes["reload"] += 1

    async def reset(self, rng):
        await asyncio.sleep(rng.uniform(1, 6))
        query = rng.choice(("", f"?model={rng.choice(self.world.models)}"))
        reply = await self.ask("POST", f"/admin/queue/reset{query}")
        if reply.status not in (200, 404):
            self.ledger.violation("a reset fails", f"{query}: {reply}")
        self.ledger.outcomes["reset"] += 1

    async def cancel(self, rng):
        await asyncio.sleep(rng.uniform(0, 0.2))
        token = self.world.some_token(rng)
        request = self.ledger.requests.get(token)
        if request is None:
            return
        # Marked first: its client may get the answer before we do.
        request.is_cancelled = True
        reply = await self.ask("DELETE", f"/admin/queue/requests/{token}")
        if reply.status not in (200, 404):
            self.ledger.violation("a cancel fails", f"{request}: {reply}")
        self.ledger.outcomes[f"cancel {reply.status}"] += 1

    async def disturb(self, rng):
        """A backend stops and starts, does not answer or takes no connections for a while."""
        await asyncio.sleep(rng.uniform(2, 6))
        backend = rng.choice(self.world.backends)
        seconds = rng.choice((0.02, 0.3, 1.5))
        kind = rng.choice(("restarts", "restarts", "is deaf", "hangs", "hangs"))
        if kind == "hangs":
            seconds = rng.choice((0.5, 2.5))
            self.ledger.disturb(seconds + 4, f"{backend.name} hangs")
            await backend.hang(seconds)
            self.ledger.outcomes["backend hung"] += 1
        elif kind == "restarts":
            self.ledger.disturb(seconds, f"{backend.name} restarts")
            await backend.stop(resets=rng.random() < 0.5)
            await asyncio.sleep(seconds)
            await backend.start()
            self.ledger.outcomes["backend restarted"] += 1
        else:
            self.ledger.disturb(seconds, f"{backend.name} is deaf")
            backend.hears.clear()
            await asyncio.sleep(seconds)
            backend.hears.set()
            self.ledger.outcomes["backend deaf"] += 1

    async def look(self, rng):
        """Every snapshot is one instant, so the law of conservation holds in each."""
        await asyncio.sleep(rng.uniform(0.05, 0.4))
        for name, model in (await self.world.gateway.stats()).items():
            checks.check_snapshot(self.ledger, name, model)
        reply = await self.ask("GET", rng.choice(("/health/live", "/metrics", "/queue/requests")))
        if reply.status != 200 or reply.end != "whole":
            self.ledger.violation("an own route fails", str(reply))
