"""Leaking clients: one address keeps its connections open, and another does not read the answers that it asked for."""
import socket
import threading

import pytest
from stage import wait_until

LEAK, READER = "127.0.0.7", "127.0.0.8"
HEAD = b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
BODY = b'{"model":"llama2","prompt":"all of it"}'


def answer(connection, request):
    """An answer that does not end as long as somebody reads it; short for anything else."""
    if b"all of it" not in request[1]:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        return None
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
    line = b'{"model":"llama2","response":"%s","done":false}\n' % (b"x" * 4000)
    while True:
        connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))


@pytest.fixture(scope="session")
def leaked(make_stage):
    """A gateway that may have 300 files and connections open."""
    stage = make_stage()
    stage.serve(stage.scripted(answer), open_files=300, ollama_num_parallel=4)
    assert stage.ask().status_code == 200
    stage.kept = []

    def connect(address):
        connection = socket.create_connection(("127.0.0.1", stage.gateway.port), timeout=10, source_address=(address, 0))
        stage.kept.append(connection)
        return connection

    def leak():
        # Each has had a request, as those of a pool that grows have.
        for _ in range(180):
            connect(LEAK).sendall(HEAD % 18 + b'{"model":"llama2"}')
        for _ in range(2):
            connect(READER).sendall(HEAD % len(BODY) + BODY)

    stage.begin(lambda: threading.Thread(target=leak, daemon=True).start())
    return stage


def address(stage, name):
    return next((entry for entry in stage.get("/queue/connections")["addresses"] if entry["address"] == name), None)


def test_it_is_told_whose_they_are(leaked):
    trouble = leaked.trouble("connections", client=LEAK)
    assert LEAK in trouble["text"]
    leaked.says(LEAK)
    assert address(leaked, LEAK)["connections"] > 100 and address(leaked, LEAK)["idle"] > 100
    assert leaked.metric("process_open_fds") > 150


def test_it_is_told_who_does_not_read(leaked):
    leaked.trouble("not_reading", client=READER)
    leaked.says(READER)
    stalled = [entry for entry in leaked.get("/queue/requests")["requests"] if entry["stalled"] == "client"]
    assert {entry["address"] for entry in stalled} == {READER} and all(entry["stalled_ms"] > 0 for entry in stalled)
    assert address(leaked, READER)["not_reading"] == 2


def test_the_page_leads_to_the_connections(leaked, page):
    page.open(leaked).is_bad()
    page.follow("#clients")
    page.shows("Connections by address", LEAK, "idle")
    page.go(LEAK)
    page.shows(LEAK)
    page.can("Pause…", "Cap…")


def test_the_page_leads_to_the_requests_that_nobody_reads(leaked, page):
    page.open(leaked).follow("#requests?client=127.0.0.8")
    page.shows(READER, "not read for")
    page.can("Cancel…")


def test_it_ends(leaked):
    for connection in leaked.kept:
        connection.close()


def test_it_is_over(leaked):
    leaked.is_over("connections", "not_reading", "files_nearly_used_up")
