"""What a client that listened may get, for each plan of its backend."""
import re
import time

import plans
import wire

LIFE = re.compile(rb': queued, position [0-9]+[^\n]*\n(?:event: ping\ndata: \{"type":"ping"\}\n)?\n')
OVERLOAD = {"queue_full", "would_time_out", "overloaded_error"}


class Verdicts:
    """Judges replies; what must not be is a violation in the ledger."""

    def __init__(self, world):
        self.world, self.ledger = world, world.ledger

    def is_overload(self, reply):
        return reply.status == 503 and reply.code in OVERLOAD

    def check_tokens(self, requests, data):
        allowed = {request.token.encode() for request in requests}
        for token in wire.TOKEN.findall(data):
            if token not in allowed:
                self.ledger.violation("a reply for somebody else", f"{requests[0]} got {token}: {bytes(data[:200])!r}")

    def judge(self, request, reply):
        """The outcome of a request whose client listened, which must be one of those its backend's plan allows."""
        self.check_tokens([request], reply.body)
        # Signs of life are not of the backend's reply.
        request.received = len(LIFE.sub(b"", reply.body) if self.world.shows_life else reply.body)
        ledger, plan = self.ledger, request.plan
        own = reply.code if reply.fields.get(b"x-token") is None else ""
        rid = reply.fields.get(b"x-request-id")
        if reply.end != "none" and rid != request.token.encode():
            ledger.violation("another request id", f"{request}: {rid!r} in {reply}")
        if reply.status >= 400 and reply.end == "whole" and (own or request.method == "HEAD" and b"x-token" not in reply.fields):
            return self.judge_error(request, reply, own)
        if reply.status == 200 and reply.end != "whole":
            return self.judge_broken(request, reply)
        if reply.end == "none" or reply.end in ("torn", "reset", "closed"):
            if ledger.is_draining:
                return "none while draining"
            is_broken = plan in plans.BROKEN_PLANS or request.is_cancelled or ledger.is_disturbed(request) or request.client == "slow_read"
            if reply.end == "none" and (request.version == "1.0" or plan in ("until_close", "http10")) and is_broken:
                # Without framing a broken reply can only end with a reset, and asyncio forgets what came before one.
                return "reset before it was read"
            if request.method == "HEAD" or reply.status == 0 or plan not in plans.BROKEN_PLANS:
                ledger.violation("no whole answer", f"{request}: {reply}")
            return "none"
        if plan in ("shed", "error"):
            if reply.status < 400:
                ledger.violation("a reply that its backend did not give", f"{request}: {reply}")
            return f"the backend's {reply.status}"
        if request.method == "HEAD" and plan not in plans.UNANSWERED_PLANS - {"bad_chunk_at_once"} | {"stall"}:
            return "completed"
        if reply.status == 200 and plan in plans.WHOLE_PLANS:
            marks = reply.body.count(request.token.encode())
            if plan not in ("big", "until_close", "http10") and marks != request.marks or not marks:
                ledger.violation("a whole reply with something missing", f"{request}: {marks} of {request.marks}: {reply}")
            return "completed"
        if reply.status == 200 and request.stream in ("openai", "responses", "anthropic") and self.world.shows_life and b"error" in reply.body:
            return "error in a stream"
        ledger.violation("whole although its backend broke off", f"{request}: {reply}")
        return "completed"

    def judge_error(self, request, reply, code):
        ledger = self.ledger
        if reply.status == 503 and request.is_cancelled and (code == "cancelled_by_admin" or b"an operator" in reply.body):
            return "503 cancelled"
        if request.method == "HEAD" and reply.status == 503:
            return "503 to HEAD"
        if self.is_overload(reply) or reply.status == 504:
            if reply.status == 503 and not 1 <= int(reply.fields.get(b"retry-after", b"0")) <= 60:
                ledger.violation("503 without Retry-After", f"{request}: {reply}")
            return f"{reply.status} {code}"
        if reply.status == 503 and ledger.is_draining and (code == "shutting_down" or request.method == "HEAD" or request.path == "/v1/messages"):
            return "503 shutting_down"
        if reply.status == 408 and request.is_hurried and request.is_split:
            return "408"
        if reply.status == 502:
            if request.plan in plans.UNANSWERED_PLANS | plans.BROKEN_PLANS | {"http10"} or ledger.is_disturbed(request):
                return "502 as planned"
            if request.token in ledger.swallows:
                return "502 of a kept connection"
            ledger.unexplained_502.append(f"{request}: {reply}")
            return "502 of a kept connection"
        ledger.violation("an error for nothing", f"{request}: {reply}")
        return f"{reply.status} {code}"

    def judge_broken(self, request, reply):
        ledger = self.ledger
        planned = request.plan in plans.BROKEN_PLANS | plans.UNANSWERED_PLANS
        excused = request.is_cancelled or ledger.is_disturbed(request) or ledger.is_draining or b'"timeout' in reply.body
        # All of this runs on one machine: where that is busy, an answer may take longer than it may.
        excused = excused or time.monotonic() - request.began >= self.world.settings["request_timeout"]
        if self.world.shows_life and b"error" in reply.body or request.is_hurried and request.stream is None:
            excused = True
        if not planned and not excused:
            ledger.violation("broken although its backend was not", f"{request}: {reply}")
        says_so = b"error" in reply.body or request.stream is None or request.version == "1.0" or ledger.is_draining
        if request.plan in ("reset_mid", "close_mid", "bad_chunk_mid", "stall_mid") and not says_so:
            ledger.violation("a broken stream that does not say so", f"{request}: {reply} {bytes(reply.body[-100:])!r}")
        return "broken off"
