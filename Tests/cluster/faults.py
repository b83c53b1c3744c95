"""What happens to members, links and the store; each takes less than `grace`."""
import asyncio

WEIGHTS = {"kill": 3, "freeze": 3, "upgrade": 2, "store-lost": 2, "store-frozen": 1, "cut": 2, "isolate": 2, "store-cut": 1, "unseen": 1}


class Faults:
    """One fault after the other, sometimes two at once, from one seed."""

    def __init__(self, world, rng):
        self.world, self.rng = world, rng
        chosen = world.options.faults.split(",") if world.options.faults else list(WEIGHTS)
        cuts = {"cut", "isolate", "store-cut", "unseen"} - set(world.places.cuts)
        chosen = [kind for kind in chosen if kind not in cuts]
        self.kinds = chosen
        self.seconds = (1.0, min(8.0, world.options.grace - 3))

    def next(self):
        """What happens next, as a text for the operator, and the coroutines that do it."""
        kinds = [self.kind()]
        if self.rng.random() < 0.25:
            kinds.append(self.kind())
        taken, texts, acts = set(), [], []
        for kind in kinds:
            text, act = self.make(kind, taken)
            if act is not None:
                texts.append(text)
                acts.append(act)
        return " + ".join(texts), acts

    def kind(self):
        return self.rng.choices(self.kinds, [WEIGHTS[kind] for kind in self.kinds])[0]

    def victim(self, taken):
        """Half of the time the coordinator."""
        free = [member for member in self.world.members if member not in taken]
        coordinator = self.world.watch.coordinator
        member = coordinator if coordinator in free and self.rng.random() < 0.5 else self.rng.choice(free)
        taken.add(member)
        return member

    def make(self, kind, taken):
        seconds = self.rng.uniform(*self.seconds)
        if kind.startswith("store-"):
            if "store" in taken:
                return "", None
            taken.add("store")
        if kind == "store-lost":
            seconds = self.rng.choice((0, seconds))
            return f"the store is killed, and back without its memory after {seconds:.1f} s", self.store_lost(seconds)
        if kind == "store-frozen":
            return f"the store hangs for {seconds:.1f} s", self.store_frozen(seconds)
        if all(member in taken for member in self.world.members):
            return "", None
        member = self.victim(taken)
        name = member.name + ("*" if member is self.world.watch.coordinator else "")
        others = [other.name for other in self.world.members if other is not member]
        if kind == "kill":
            seconds = self.rng.choice((0, self.rng.uniform(0, 4)))
            return f"{name} is killed, and started again after {seconds:.1f} s", self.kill(member, seconds)
        if kind == "freeze":
            return f"{name} hangs for {seconds:.1f} s", self.freeze(member, seconds)
        if kind == "upgrade":
            return f"{name} is stopped and started again", self.upgrade(member)
        if kind == "cut":
            other = self.rng.choice(others)
            pairs, way = self.directions([(member.name, other)])
            return f"{name} {way} {other} cut for {seconds:.1f} s", self.cut(pairs, seconds)
        if kind == "unseen":
            dying = self.rng.choice([other for other in self.world.members if other is not member])
            if dying in taken:
                return "", None
            taken.add(dying)
            pairs = [(other, member.name) for other in [*others, "store"]]
            return f"{name} hears nothing for {seconds:.1f} s, and {dying.name} is killed and started again meanwhile", self.unseen(pairs, dying, seconds)
        if kind == "isolate":
            pairs, way = self.directions([(member.name, other) for other in [*others, "store"]])
            return f"{name} {way} everybody cut for {seconds:.1f} s", self.cut(pairs, seconds)
        pairs, way = self.directions([(member.name, "store")])
        return f"{name} {way} the store cut for {seconds:.1f} s", self.cut(pairs, seconds)

    def directions(self, pairs):
        turned = [(receiver, sender) for sender, receiver in pairs]
        return self.rng.choice(((pairs + turned, "<->"), (pairs, "->"), (turned, "<-")))

    async def kill(self, member, seconds):
        member.kill()
        await asyncio.sleep(seconds)
        await member.start()

    async def unseen(self, pairs, member, seconds):
        await asyncio.gather(self.cut(pairs, seconds), self.kill(member, 0.5))

    async def freeze(self, member, seconds):
        member.freeze()
        await asyncio.sleep(seconds)
        member.thaw()

    async def upgrade(self, member):
        await member.stop()
        await member.start()

    async def store_lost(self, seconds):
        self.world.store.kill()
        await asyncio.sleep(seconds)
        await self.world.store.start()

    async def store_frozen(self, seconds):
        self.world.store.freeze()
        await asyncio.sleep(seconds)
        self.world.store.thaw()

    async def cut(self, pairs, seconds):
        for sender, receiver in pairs:
            await self.world.places.cut(sender, receiver)
        await asyncio.sleep(seconds)
        for sender, receiver in pairs:
            await self.world.places.heal(sender, receiver)
