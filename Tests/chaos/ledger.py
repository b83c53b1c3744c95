"""What was sent, what reached a backend and what was returned; and every rule that was broken."""
import collections
import os
import socket
import time


class Ledger:
    """One for each gateway. Violations are kept with their first examples."""

    def __init__(self, name):
        self.name = name
        self.violations = collections.Counter()
        self.examples = {}
        self.outcomes = collections.Counter()
        self.requests = {}
        self.in_flight = {}
        self.seen = collections.Counter()
        self.active = collections.defaultdict(dict)
        self.limits = {}
        self.disturbances = []
        self.swallows = set()
        self.idle_closes = 0
        self.unexplained_502 = []
        self.rest = "not looked at"
        self.is_draining = False

    def violation(self, rule, detail):
        self.violations[rule] += 1
        self.examples.setdefault(rule, [])
        if len(self.examples[rule]) < 5:
            self.examples[rule].append(f"{time.strftime('%H:%M:%S')} {detail}")

    # From clients.

    def begin(self, request):
        request.began = time.monotonic()
        self.requests[request.token] = request
        self.in_flight[request.token] = request

    def end(self, request, outcome):
        request.ended = time.monotonic()
        request.outcome = outcome
        self.in_flight.pop(request.token, None)
        self.outcomes[outcome] += 1

    # From backends.

    def arrived(self, backend, token, request_head):
        """A backend has read a head with this token."""
        self.seen[token] += 1
        request = self.requests.get(token)
        if request is None:
            self.violation("a backend got what nobody asked", f"{token} at {backend}: {request_head[:200]!r}")
        elif self.seen[token] > 1:
            self.violation("sent twice", f"{request} at {backend}")
        elif request.never_forwarded:
            self.violation("a refused request reached a backend", f"{request} at {backend}: {request_head[:200]!r}")
        if request is not None:
            request.backend = backend
        return request

    def swallowed(self, backend, token):
        """A backend has read a request and closed without a word."""
        request = self.requests.get(token)
        if request is not None and token not in self.swallows:
            self.swallows.add(token)
            self.arrived(backend, token, b"")

    def enter(self, backend, request, connection, slots):
        """A backend begins to work; more at once than the limit or its slots allow are a fault, unless they have already left."""
        self.active[backend, request.model][request.token] = connection
        self._check_room(self.active[backend, request.model], self.limit(request.model), "the limit", f"{request} at {backend}")
        if slots is not None:
            everything = {token: other for (name, _), active in self.active.items() if name == backend for token, other in active.items()}
            self._check_room(everything, slots, "the slots of a backend", f"{request} at {backend}")

    def _check_room(self, active, most, what, detail):
        if len(active) > most:
            working = [token for token, other in active.items() if not is_gone(other)]
            if len(working) > most:
                self.violation(f"more at once than {what}", f"{detail}: {len(working)} of {most}: {working}")

    def leave(self, backend, request):
        self.active[backend, request.model].pop(request.token, None)

    # From operations.

    def limit(self, model):
        """The most that may have been allowed in the last seconds."""
        now = time.monotonic()
        return max(value for value, until in self.limits[model] if until is None or until > now)

    def set_limit(self, model, value, grace=3.0):
        """A new limit that is in force; those before it count for a while, as what started under them is on its way."""
        now = time.monotonic()
        before = [(old, now + grace if until is None else until) for old, until in self.limits.get(model, ())]
        self.limits[model] = [*(entry for entry in before if entry[1] > now), (value, None)]

    def disturb(self, seconds, why):
        """Requests of this time, and somewhat later, may fail through no fault of the gateway's."""
        now = time.monotonic()
        self.disturbances.append((now, now + seconds, why))

    def is_disturbed(self, request):
        end = request.ended or time.monotonic()
        return any(began < end + 0.5 and until + 2.5 > request.began for began, until, _ in self.disturbances[-40:])


def is_gone(writer):
    """Whether the other end has closed a connection that we have not looked at since."""
    plain = writer.get_extra_info("socket")
    if writer.is_closing() or plain is None or plain.fileno() < 0:
        return True
    try:
        with socket.socket(fileno=os.dup(plain.fileno())) as copy:
            return copy.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
