"""What the members say about their cluster, and when it changes."""
import asyncio
import time


class Watch:
    """Asks every member again and again who coordinates."""

    def __init__(self, world):
        self.world = world
        # When a term was first seen in office, and by which member.
        self.terms = {}
        self.coordinator = None
        self.task = None

    def start(self):
        self.task = asyncio.ensure_future(self.look())

    def stop(self):
        self.task.cancel()

    @property
    def term(self):
        return max(self.terms, default=0)

    async def look(self):
        await asyncio.gather(*(self.follow(member) for member in self.world.members))

    async def follow(self, member):
        while True:
            await asyncio.sleep(0.03)
            if not member.is_up or member.is_frozen:
                continue
            reading = await member.ask("/cluster", 1)
            if reading and reading.get("role") == "coordinator" and reading["term"]:
                if reading["term"] not in self.terms:
                    self.terms[reading["term"]] = (time.monotonic(), member.name)
                if reading["term"] == self.term:
                    self.coordinator = member

    async def disagreement(self):
        """Why the members do not agree that all is well; empty if they do."""
        members = self.world.members
        readings = await asyncio.gather(*(member.ask("/cluster") for member in members))
        healths = await asyncio.gather(*(member.ask("/health") for member in members))
        for member, reading, health in zip(members, readings, healths):
            if not reading or not health:
                return f"{member.name} does not answer"
            part = health.get("cluster") or {}
            if not reading["store"]["ok"] or part.get("store") != "ok":
                return f"{member.name} does not reach the store: {reading['store']}"
            same = ("role", "term", "coordinator")
            if [reading[key] for key in same] != [part.get(key) for key in same]:
                return f"{member.name}: /cluster {[reading[key] for key in same]} and /health {part}"
            names = sorted(entry["name"] for entry in reading["members"])
            if names != sorted(other.name for other in members) or part.get("members") != len(members):
                return f"{member.name} lists {names} and {part.get('members')}"
            unlinked = [entry["name"] for entry in reading["members"] if not entry["linked"]]
            if unlinked:
                return f"{member.name} is not linked with {unlinked}"
        roles = sorted(reading["role"] for reading in readings)
        if roles != ["coordinator"] + ["member"] * (len(members) - 1):
            return f"roles {roles}"
        if len({(reading["term"], reading["coordinator"]) for reading in readings}) != 1:
            return f"terms and coordinators {[(reading['term'], reading['coordinator']) for reading in readings]}"
        return ""

    async def agree(self, seconds):
        """Waits until the members agree; how long it took, and what was wrong last if they never did."""
        began = time.monotonic()
        while True:
            wrong = await self.disagreement()
            if not wrong or time.monotonic() - began > seconds:
                return time.monotonic() - began, wrong
            await asyncio.sleep(0.05)
