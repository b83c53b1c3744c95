"""What was asked, what became of it, and which rules were broken."""
import collections
import time

KILLED = 0.05
"""How long, in seconds, connections of a process that was just killed may count as open: the kernel closes one after the other."""


class Request:
    """One request on its way through one process of a member."""

    def __init__(self, token, client, member):
        self.token, self.client, self.member = token, client, member
        self.process = member.process
        self.asked = time.monotonic()
        self.started = None
        self.starts = 0
        self.outcome = None

    def __str__(self):
        return f"{self.token} of {self.client} on {self.member.name}"


class Ledger:
    """Shared by clients, the backend and the faults."""

    def __init__(self, limit):
        self.limit = limit
        self.began = time.monotonic()
        self.requests = {}
        self.outcomes = collections.Counter()
        self.violations = collections.Counter()
        self.examples = collections.defaultdict(list)
        self.phase = "start"
        # Slot-seconds and seconds of each phase; slot-seconds of each client in the calm one.
        self.used, self.length = collections.Counter(), collections.Counter()
        self.service = collections.Counter()
        self.last = time.monotonic()
        self.count = 0
        self.longest = 0.0
        # When processes were killed.
        self.kills = []

    def violation(self, rule, text):
        self.violations[rule] += 1
        if len(self.examples[rule]) < 8:
            self.examples[rule].append(f"at {time.monotonic() - self.began:.2f} s: {text}")
        print(f"  {time.monotonic() - self.began:6.1f} s  VIOLATION {rule}: {text}", flush=True)

    # The backend

    def passes(self, count):
        """So many requests have run since the last call."""
        now = time.monotonic()
        self.used[self.phase] += (now - self.last) * count
        self.length[self.phase] += now - self.last
        self.last = now

    def runs(self, token):
        request = self.requests.get(token)
        if request is None:
            return self.violation("a backend got what nobody asked", token)
        request.starts += 1
        if request.starts > 1:
            self.violation("a request ran twice", str(request))
        request.started = time.monotonic()
        self.longest = max(self.longest, request.started - request.asked)

    def stops(self, token):
        request = self.requests.get(token)
        if request and request.started and self.phase == "calm":
            self.service[request.client] += time.monotonic() - request.started

    def exceeded(self, began, seconds, tokens):
        """More than the limit ran, for so long."""
        if seconds < KILLED and any(0 <= began - kill < 1 for kill in self.kills):
            return
        parts = [f"{self.requests[token]} since {began - self.requests[token].started:.2f} s" for token in tokens if token in self.requests]
        self.violation("more than the limit ran", f"{len(tokens)} for {seconds:.3f} s: {'; '.join(parts)}")

    # Clients

    def asks(self, token, client, member):
        request = self.requests[token] = Request(token, client, member)
        return request

    def ends(self, request, status, is_whole, text):
        """A request has ended for its client: status 0 without a reply."""
        if request.outcome:
            self.violation("a request ended twice", str(request))
        is_own_death = request.member.is_dying(request.process)
        if status == 200 and is_whole:
            request.outcome = "completed"
            if request.starts == 0:
                self.violation("a reply that no backend gave", str(request))
        elif is_own_death and (status in (0, 200) or status == 503 and "shutting_down" in text):
            request.outcome = "ended with its member" if status in (0, 200) else "rejected by a member that stops"
        else:
            request.outcome = f"status {status}" if status else "no reply"
            self.violation("a request failed although its member lives", f"{request}: {status} {'whole' if is_whole else 'torn'} {text[:200]!r}")
        self.outcomes[request.outcome] += 1

    def utilisation(self, phase):
        return self.used[phase] / (self.length[phase] * self.limit) if self.length[phase] else 0

    def jain(self):
        """Jain's index of the service of all clients in the calm phase: 1 if all got the same."""
        shares = list(self.service.values())
        return sum(shares) ** 2 / (len(shares) * sum(share * share for share in shares)) if shares else 0
