"""Clients in closed loops: each worker asks again as soon as it has an answer."""
import asyncio
import itertools
import json
import random

import member as members

HEAVY = 32
WORKERS = 3
"""Requests of every other client at once."""


class Load:
    """Eight clients over all members; the first has 32 requests at once on the first member."""

    def __init__(self, world):
        self.world = world
        self.numbers = itertools.count()
        self.tasks = []
        self.is_over = False

    def start(self):
        for client in range(self.world.clients):
            for worker in range(HEAVY if client == 0 else WORKERS):
                home = 0 if client == 0 else client + worker
                self.tasks.append(asyncio.ensure_future(self.work(f"client{client}", client, home, worker)))

    async def stop(self, seconds):
        """No more requests; those that wait must end within a time."""
        self.is_over = True
        _, late = await asyncio.wait(self.tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            waiting = [str(request) for request in self.world.ledger.requests.values() if request.outcome is None]
            self.world.ledger.violation("requests do not end", f"{len(waiting)} still wait: {', '.join(waiting[:5])}")
        for task in self.tasks:
            if task not in late and task.exception():
                raise task.exception()

    async def work(self, name, client, home, worker):
        rng = random.Random(f"{self.world.options.seed}/{name}/{worker}")
        while not self.is_over:
            up = [member for member in self.world.members if member.is_up]
            if not up:
                await asyncio.sleep(0.05)
                continue
            preferred = self.world.members[home % len(self.world.members)]
            member = preferred if preferred in up else rng.choice(up)
            token = f"t{next(self.numbers)}"
            seconds = rng.uniform(0.05, 0.5) if rng.random() < 0.9 else rng.uniform(0.5, 3)
            request = self.world.ledger.asks(token, name, member)
            body = json.dumps({"model": "m", "prompt": f"{token} {seconds:.3f}"}).encode()
            status, is_whole, reply = await members.exchange(member.host, member.port, "POST", "/api/generate", body, key=f"key-of-client-{client}")
            self.world.ledger.ends(request, status, is_whole, reply.decode("utf-8", "replace")[-300:])
            if status != 200:
                await asyncio.sleep(0.1)
