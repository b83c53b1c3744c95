"""Connections of clients: how many there may be, and for how long."""
import contextlib
import os
import resource
import socket

import pytest
import requests
from conftest import wait_until

PROMPT = {"model": "llama2", "prompt": "hello", "stream": False}


def connect(gateway):
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=20)


def test_clients_that_only_connect_leave_room_for_others_and_for_backends(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--event-loops", "2", open_files=256)
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(connect(gateway))
        for _ in range(10):
            reply = requests.post(f"{gateway.url}/api/generate", json=PROMPT, timeout=20)
            assert reply.status_code == 200
        assert requests.get(f"{gateway.url}/health", timeout=20).json()["backends"][0]["healthy"] is True


def test_busy_clients_make_newcomers_wait_and_nobody_fails(backend, start):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    scripted = backend(script)
    gateway = start("serve", "--port", "0", "--backend", scripted.url, open_files=256)
    head = b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n"
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(gateway)) for _ in range(300)]
        for client in clients:
            client.sendall(head)
        # More than there are places for: the later ones are served when the earlier ones have ended.
        for client in clients:
            client.sendall(b'{"model":"llama2"}')
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
            client.close()


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(backend, start):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    scripted = backend(script)
    gateway = start(
        "serve", "--port", "0", "--backend", scripted.url, environment={"PADDOCK_IDLE_TIMEOUT": "2"}
    )
    with connect(gateway) as idle, connect(gateway) as busy:
        busy.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n")
        assert idle.recv(1) == b""
        busy.sendall(b'{"model":"llama2"}')
        assert busy.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert busy.recv(1) == b""


def test_a_connection_that_is_closed_for_idleness_costs_nothing(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_IDLE_TIMEOUT": "3"})

    def descriptors():
        return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))

    before = descriptors()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(gateway))
        # Its own connections to the backend come and go.
        wait_until(lambda: descriptors() >= before + 40)
        wait_until(lambda: descriptors() <= before + 10)


@pytest.mark.parametrize("path", ["/api/generate", "/api/pull", "/v1/chat/completions"])
def test_our_shortage_is_not_the_backends_fault(sim, start, path):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    pid = gateway.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    with requests.Session() as session:
        session.get(f"{gateway.url}/health/live", timeout=20)
        # As many as it has open: the next one, to the backend, is one too many.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, hard))
        reply = session.post(gateway.url + path, json={"model": "llama2", "messages": []}, timeout=20)
        assert reply.status_code == 503 and reply.headers["Retry-After"] == "1"
        assert "out_of_resources" in reply.text and "open files" in reply.text
        # Before anything else: the answer may have closed the connection, and health may need a new one.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
        assert session.get(f"{gateway.url}/health", timeout=20).json()["backends"][0]["healthy"] is True
        reply = session.post(f"{gateway.url}/api/generate", json=PROMPT, timeout=20)
        assert reply.status_code == 200
