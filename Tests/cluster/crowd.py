"""Many members and many requests that wait: what that takes at the coordinator, and how long another one needs to take its place."""
import asyncio
import itertools
import json
import pathlib
import statistics
import time

import member as members
import world

SECONDS = 0.02
"""How long a request runs once the backend is let go."""


class Crowd(world.World):
    """All requests come while the backend holds what it has; then the coordinator is killed; then the backend is let go."""

    clients = 20

    def __init__(self, options):
        super().__init__(options)
        self.tokens = itertools.count()
        self.tasks = []
        self.is_changing = False

    async def run(self):
        try:
            self.backend.gate = asyncio.Event()
            await self.backend.start(self.places.hub)
            await self.store.start()
            await asyncio.gather(*(each.start() for each in self.members))
            took, wrong = await self.watch.agree(60)
            if wrong:
                raise RuntimeError(f"the members do not come together: {wrong}")
            print(f"{len(self.members)} members agree after {took:.1f} s", flush=True)
            self.watch.start()
            await self.until(lambda: self.watch.coordinator, 10, "nobody coordinates")
            await self.gather_crowd()
            await self.ask_all()
            await self.change_coordinator()
            await self.let_go()
            await self.check_rest()
        finally:
            await self.finish()
        return self.ledger

    async def until(self, condition, seconds, wrong):
        """How long it took until a condition held; a violation if it never did."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                self.ledger.violation(wrong, f"after {seconds} s")
                return seconds
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    # The crowd

    async def ask_one(self, home):
        token = f"t{next(self.tokens)}"
        client = int(token[1:]) % self.clients
        request = self.ledger.asks(token, f"client{client}", home)
        body = json.dumps({"model": "m", "prompt": f"{token} {SECONDS}"}).encode()
        status, is_whole, reply = await members.exchange(home.host, home.port, "POST", "/api/generate", body, key=f"key-of-client-{client}")
        self.ledger.ends(request, status, is_whole, reply.decode("utf-8", "replace")[-300:])

    async def gather_crowd(self):
        """Asks everything; what it takes is what a member has that the coordinator does not have to know."""
        before = {each: resident(each) for each in self.members}
        began = time.monotonic()
        for number in range(self.options.crowd):
            home = self.members[number % len(self.members)]
            self.tasks.append(asyncio.ensure_future(self.ask_one(home)))
            if number % 100 == 99:
                await asyncio.sleep(0.01)
        waiting = self.options.crowd - self.options.limit
        await self.until_known(waiting, 120)
        print(f"{waiting} requests wait and {len(self.backend.active)} run after {time.monotonic() - began:.1f} s", flush=True)
        grown = {each: resident(each) - before[each] for each in self.members}
        coordinator = self.watch.coordinator
        other = statistics.median(grown[each] for each in self.members if each is not coordinator)
        each = len(self.members)
        print(f"memory: the coordinator {grown[coordinator]} KiB more, another member {other:.0f} KiB more for {self.options.crowd / each:.0f} clients: "
              f"{(grown[coordinator] - other) / self.options.crowd:.2f} KiB for each request that waits at the coordinator", flush=True)

    async def until_known(self, waiting, seconds):
        """Waits until the coordinator knows of so many waiting requests."""
        began, known = time.monotonic(), None
        while time.monotonic() - began < seconds:
            reading = await self.watch.coordinator.ask("/cluster", 5) if self.watch.coordinator else None
            if reading and reading["role"] == "coordinator":
                known = sum(entry["waiting"] or 0 for entry in reading["members"])
                if known == waiting:
                    return time.monotonic() - began
            await asyncio.sleep(0.02)
        self.ledger.violation("the coordinator does not know of all that waits", f"{known} in place of {waiting} after {seconds} s")
        return seconds

    # What members say

    async def ask_all(self):
        """Every member says the same of all."""
        waiting = self.options.crowd - self.options.limit
        took = []
        for each in self.members:
            began = time.monotonic()
            stats, reading = await each.ask("/queue/stats", 10), await each.ask("/cluster", 10)
            took.append(time.monotonic() - began)
            queued = stats and stats["models"]["m"]["queued_requests"]
            if queued != waiting or len(stats["members"]["answered"]) != len(self.members) or not reading:
                self.ledger.violation("a member does not answer for all", f"{each.name}: {queued} wait, {stats and stats['members']}")
        print(f"/queue/stats and /cluster of each member: median {statistics.median(took) * 1e3:.0f} ms, most {max(took) * 1e3:.0f} ms", flush=True)

    async def keep_asking(self, took):
        while self.is_changing:
            for each in self.members:
                if not each.is_up:
                    continue
                for path in ("/cluster", "/queue/stats"):
                    began = time.monotonic()
                    reading = await each.ask(path, 10)
                    took.append(time.monotonic() - began)
                    if reading is None and each.is_up:
                        self.ledger.violation("a member does not answer while the coordinator changes", f"{each.name}: {path}")

    # The change

    async def change_coordinator(self):
        """Kills the coordinator, whose own requests end with it; the slots that they had are given to others as soon as somebody leads."""
        old, term, took = self.watch.coordinator, self.watch.term, []
        self.is_changing = True
        asking = asyncio.ensure_future(self.keep_asking(took))
        starts = self.backend.started
        had = any(self.ledger.requests[token].member is old for token in self.backend.active.values())
        began = time.monotonic()
        old.kill()
        office = await self.until(lambda: self.watch.term > term, 20, "there is no other coordinator")
        first = None
        if had:
            await self.until(lambda: self.backend.started > starts, 20, "nothing starts at the next coordinator")
            first = time.monotonic() - began
        waiting = sum(request.outcome is None for request in self.ledger.requests.values()) - self.options.limit
        await self.until_known(waiting, 60)
        known = time.monotonic() - began
        self.is_changing = False
        await asking
        self.members.remove(old)
        print(f"{old.name} is killed with {waiting} others waiting: the next one is in office after {office:.2f} s, starts something after "
              f"{'–' if first is None else f'{first:.2f}'} s, and knows of all after {known:.2f} s (lease {self.options.lease:g} s); "
              f"meanwhile {len(took)} answers of /cluster and /queue/stats in {statistics.median(took) * 1e3:.0f} ms, at most {max(took) * 1e3:.0f} ms", flush=True)
        if first and first >= 2 * self.options.lease:
            self.ledger.violation("the change takes too long", f"{first:.2f} s")

    # The end

    async def let_go(self):
        coordinator = self.watch.coordinator
        left = sum(request.outcome is None for request in self.ledger.requests.values())
        began, used = time.monotonic(), cpu(coordinator)
        self.backend.gate.set()
        _, late = await asyncio.wait(self.tasks, timeout=300)
        if late:
            self.ledger.violation("requests do not end", f"{len(late)} after 300 s")
        seconds = time.monotonic() - began
        print(f"{left} requests end in {seconds:.1f} s, {left / seconds:.0f}/s; the coordinator takes {(cpu(coordinator) - used) / left * 1e6:.0f} µs of CPU "
              f"for each, its own ones included", flush=True)
        print(f"at most {self.backend.peak} at once of {self.options.limit}; {dict(self.ledger.outcomes)}", flush=True)


def resident(member):
    """The memory of a member's process, in KiB."""
    for line in pathlib.Path(f"/proc/{member.process.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def cpu(member):
    """The processor time of a member's process, in seconds."""
    fields = pathlib.Path(f"/proc/{member.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
