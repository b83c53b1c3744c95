"""The members with their store, backend and clients, from the start to the last check."""
import asyncio
import os
import random
import time

import backend
import faults
import ledger
import load
import member
import places
import proxies
import store
import watch

CALM = 0.25
"""The part of the time without faults, which is at its beginning."""

USED = 0.85
"""The part of the slots that has to be in use, over the time with faults, if these come at a rate that was asked for."""


class World:
    """Everything there is."""

    clients = 8

    def __init__(self, options):
        self.options = options
        names = [chr(ord("a") + number) for number in range(options.members)]
        kind = places.Namespaces if options.links == "namespaces" else proxies.Proxies
        self.places = kind([*names, "store"])
        self.ledger = ledger.Ledger(options.limit)
        self.secret = os.path.join(options.folder, "secret")
        with open(self.secret, "w", encoding="ascii") as file:
            file.write("the-secret-of-the-cluster-under-test\n")
        self.backend = backend.Backend(self.ledger, options.limit)
        self.store = store.Store(self)
        self.members = [member.Member(self, name) for name in names]
        self.watch = watch.Watch(self)
        self.load = load.Load(self)
        # How long the members took to agree after each fault, and how long there was no new coordinator.
        self.heals, self.changes = [], []

    async def run(self):
        """The whole story; returns the ledger."""
        seconds = self.options.minutes * 60
        try:
            await self.backend.start(self.places.hub)
            await self.store.start()
            await asyncio.gather(*(each.start() for each in self.members))
            took, wrong = await self.watch.agree(30)
            if wrong:
                raise RuntimeError(f"the members do not come together: {wrong}\n" + "\n".join(each.last_messages() for each in self.members))
            print(f"the members agree after {took:.1f} s", flush=True)
            self.watch.start()
            self.load.start()
            await asyncio.sleep(3)
            self.begin("calm")
            await asyncio.sleep(max(15, seconds * CALM))
            self.begin("faults")
            await self.break_things(time.monotonic() + seconds * (1 - CALM))
            self.begin("end")
            await self.load.stop(60)
            await self.check_rest()
        finally:
            await self.finish()
        self.report()
        return self.ledger

    def begin(self, phase):
        self.ledger.passes(len(self.backend.active))
        self.ledger.phase = phase

    async def break_things(self, end):
        rng = random.Random(f"{self.options.seed}/faults")
        source = faults.Faults(self, rng)
        while time.monotonic() < end:
            text, acts = source.next()
            began, term = time.monotonic(), self.watch.term
            await asyncio.gather(*acts)
            took, wrong = await self.watch.agree(self.options.grace + 20)
            self.heals.append(took)
            line = f"{began - self.ledger.began:6.1f} s  {text}: agreed {took:.1f} s after it"
            later = [moment for number, (moment, _) in self.watch.terms.items() if number > term]
            if later:
                change = min(later) - began
                self.changes.append(change)
                line += f", coordinator {self.watch.coordinator.name} of term {self.watch.term} after {change:.1f} s"
            print(line, flush=True)
            if wrong:
                self.ledger.violation("the members do not agree", f"{wrong}, {took:.0f} s after: {text}")
            for each in self.members:
                if each.process.poll() is not None:
                    self.ledger.violation("a member died", f"{each.name}: {each.process.returncode} {each.last_messages()[-1500:]}")
                    await each.start()
            pause = rng.uniform(0.5, 4)
            if self.options.every:
                pause = max(pause, self.options.every - (time.monotonic() - began))
            await asyncio.sleep(min(pause, max(0, end - time.monotonic())))

    async def check_rest(self):
        """Without clients nothing is active or waits anywhere."""
        for _ in range(100):
            readings = await asyncio.gather(*(each.ask("/cluster") for each in self.members))
            busy = [f"{reader.name} says of {entry['name']}: {entry}" for reader, reading in zip(self.members, readings) if reading
                    for entry in reading["members"] if entry.get("active") or entry.get("waiting") or entry.get("held")]
            if all(readings) and not busy:
                return
            await asyncio.sleep(0.1)
        self.ledger.violation("slots are held although all clients are gone", "; ".join(busy[:4]) or "no answer")

    async def finish(self):
        if self.watch.task:
            self.watch.stop()
        for each in self.members:
            if each.process and each.process.poll() is None:
                each.kill()
        if self.store.process:
            self.store.kill()
        self.backend.close()
        self.places.close()

    def report(self):
        book = self.ledger
        print(f"\n{len(book.requests)} requests, at most {self.backend.peak} at once of {self.options.limit}, longest wait {book.longest:.1f} s")
        for outcome, count in book.outcomes.most_common():
            print(f"  {count:8} {outcome}")
        jain = book.jain()
        print(f"utilisation: calm {book.utilisation('calm'):.3f}, with {len(self.heals)} faults {book.utilisation('faults'):.3f}; "
              f"Jain over clients in the calm phase {jain:.3f}")
        if self.options.every and book.utilisation("faults") < USED:
            book.violation("slots stand empty", f"utilisation {book.utilisation('faults'):.3f} with a fault every {self.options.every:g} s")
        if self.changes:
            changes = sorted(self.changes)
            print(f"{len(changes)} changes of coordinator, from the fault to the next in office: median {changes[len(changes) // 2]:.1f} s, "
                  f"most {changes[-1]:.1f} s (lease {self.options.lease:g} s)")
        if self.heals:
            heals = sorted(self.heals)
            print(f"members agree after a fault: median {heals[len(heals) // 2]:.1f} s, most {heals[-1]:.1f} s")
        if jain < 0.9:
            book.violation("clients are not served alike", f"Jain index {jain:.3f} in the calm phase: {dict(book.service)}")
