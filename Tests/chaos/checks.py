"""What must hold in every snapshot, and when everything is quiet again."""
import asyncio
import collections
import json

import wire

ENDS = ("processed", "rejected", "failed", "timed_out", "cancelled", "would_time_out")
# What may stay open: connections of the looks themselves, and timers of the kernel's.
SPARE_DESCRIPTORS = 8
SPARE_MIB = 24


def ends(model):
    return sum(model[f"total_{end}"] for end in ENDS)


def check_snapshot(ledger, name, model):
    """Contract section 6: the total is what ended and what is still there, of which a reset forgets some."""
    here = model["active_requests"] + model["queued_requests"]
    if not ends(model) <= model["total_requests"] <= ends(model) + here:
        ledger.violation("conservation", f"{name}: {model}")
    if any(isinstance(value, (int, float)) and value < 0 for value in model.values()):
        ledger.violation("a figure below zero", f"{name}: {model}")


async def check_quiet(world, rest):
    """No more requests are sent: everything must be back at rest within a time.

    `rest` is the descriptors and the memory after the warm-up.
    """
    ledger, gateway = world.ledger, world.gateway
    models = {}
    for _ in range(400):
        models = await gateway.stats()
        if all(model["active_requests"] + model["queued_requests"] == 0 for model in models.values()):
            break
        await asyncio.sleep(0.05)
    healthy = sum(backend["healthy"] for backend in json.loads((await gateway.ask("GET", "/health")).body)["backends"])
    for name, model in models.items():
        if model["active_requests"] or model["queued_requests"]:
            ledger.violation("active or queued although all clients are gone", f"{name}: {model}")
        elif model["total_requests"] != ends(model):
            ledger.violation("conservation at rest", f"{name}: {model}")
        elif healthy == len(world.backends) and model["available_slots"] != free_slots(world, model["parallel_limit"]):
            ledger.violation("slots are not free", f"{name}: {model}")
    for key, active in ledger.active.items():
        if active:
            ledger.violation("a backend still works", f"{key}: {sorted(active)}")
    if rest is None:
        return
    for _ in range(300):
        descriptors, kib = gateway.descriptors(), gateway.resident_kib()
        if descriptors <= rest[0] + SPARE_DESCRIPTORS:
            break
        await asyncio.sleep(0.1)
    if descriptors > rest[0] + SPARE_DESCRIPTORS:
        ledger.violation("descriptors are not back at rest", f"{descriptors} after {rest[0]}")
    if kib > rest[1] + SPARE_MIB * 1_024:
        ledger.violation("memory is not back at rest", f"{kib} KiB after {rest[1]}")
    ledger.rest = f"descriptors {rest[0]} and {descriptors}, resident MiB {rest[1] // 1024} and {kib // 1024}"


def free_slots(world, limit):
    return sum(min(limit, backend.slots or limit) for backend in world.backends)


async def check_memory_is_free(world):
    """Bodies that together nearly fill `max_queued_bytes` are taken: nothing of those before is still counted."""
    count = int(world.max_queued_bytes * 0.8 / world.max_body_bytes)
    model = world.models[0]
    await world.gateway.ask("POST", "/admin/queue/update", json.dumps({"model": model, "queue_limit": 1_000}).encode(), world.admin_fields)
    body = json.dumps({"model": model, "prompt": "x" * (world.max_body_bytes - 1_000)}).encode()

    key = f"Authorization: Bearer {world.keys[0]}\r\n" if world.keys else ""
    head = f"POST /api/generate HTTP/1.1\r\nHost: localhost\r\n{key}Content-Length: {len(body)}\r\n\r\n".encode()
    connections = [await wire.Connection.open(world.gateway.port) for _ in range(count)]
    for connection in connections:
        await asyncio.wait_for(connection.send(head + body[:-1]), 30)
    await asyncio.sleep(0.5)
    refused = [connection for connection in connections if await connection.surplus(0.01)]
    if refused:
        world.ledger.violation("memory of bodies is not given back", f"{len(refused)} of {count} bodies refused")
    for connection in connections:
        connection.leave("close")


def check_totals(world, metrics):
    """The counters, which no reset touches, against what clients and backends saw."""
    ledger = world.ledger
    asked, whole, unfinished = collections.Counter(), collections.Counter(), collections.Counter()
    for request in ledger.requests.values():
        if not request.is_queued:
            continue
        asked[request.model] += 1
        if request.outcome == "completed" or request.outcome.startswith("the backend's"):
            whole[request.model] += 1
        if request.outcome != "completed" or request.is_cancelled:
            unfinished[request.model] += 1
    for model in world.models:
        completed = metrics.get(("paddock_requests_total", model, "completed"), 0)
        arrived = metrics.get(("paddock_arrivals_total", model, None), 0)
        if completed < whole[model]:
            ledger.violation("completed requests are not counted", f"{model}: {completed} counted, {whole[model]} seen by clients")
        # A client that left with the final event of a stream has all of it.
        cancelled = metrics.get(("paddock_requests_total", model, "cancelled"), 0)
        if cancelled > unfinished[model]:
            ledger.violation("completed requests count as cancelled", f"{model}: {cancelled} counted, {unfinished[model]} left or failed")
        if arrived > asked[model]:
            ledger.violation("more arrivals than requests", f"{model}: {arrived} counted, {asked[model]} asked")


def check_log(world, path):
    """Each request has one line at most, and the line matches what its client got."""
    ledger, lines = world.ledger, collections.defaultdict(list)
    with open(path, encoding="ascii") as log:
        for number, text in enumerate(log, 1):
            try:
                line = json.loads(text)
            except ValueError:
                ledger.violation("a line of the log that is no JSON", f"line {number}: {text[:300]}")
                continue
            lines[line["id"]].append(line)
    for token, request in ledger.requests.items():
        found = lines.get(token, [])
        if len(found) > 1:
            ledger.violation("two lines in the log", f"{request}: {found}")
        if request.outcome == "completed" and request.client == "leave_at_end":
            # It has the final event of a stream, and left.
            if found and found[0]["outcome"] != "completed" and not request.is_cancelled:
                ledger.violation("a stream that was read to its final event is not completed", f"{request}: {found[0]}")
        elif request.outcome == "completed":
            if not found:
                ledger.violation("no line in the log", f"{request}")
            elif (found[0]["status"], found[0]["outcome"]) != (200, "completed") or found[0]["bytes_out"] != request.received:
                ledger.violation("a line that says something else", f"{request}, {request.received} bytes: {found[0]}")


def check_502(ledger):
    """An unplanned 502 is a request that was sent into the close of its kept connection; there are no more of them than closes."""
    found = ledger.unexplained_502
    if len(found) > ledger.idle_closes:
        ledger.violation("502 for nothing", f"{len(found)} of them, {ledger.idle_closes} closes; the last: {found[-1]}")
