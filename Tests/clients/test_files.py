"""Files of clients: uploads, lists, downloads and their end, with the openai package and as a stranger sends them."""
import os
import random
import signal
import socket
import subprocess
import threading
import time

import openai
import pytest
import requests
from conftest import raw, wait_until

KEYS = ("alice-has-a-key", "bob-has-a-key")


@pytest.fixture
def serve(start, sim, tmp_path):
    """Starts a gateway with a store of its own, again and again."""

    def serve(*flags, **environment):
        state = {"PADDOCK_STATE": str(tmp_path / "state"), **environment}
        return start("serve", "--port", "0", "--backend", sim.url, "--access-log", "off", *flags, environment=state)

    return serve


@pytest.fixture
def keyed(serve, tmp_path):
    """A gateway that asks for a key, and two clients."""
    config = tmp_path / "paddock.yaml"
    config.write_text(f"require_key: true\nclients:\n  alice: {{key: {KEYS[0]}}}\n  bob: {{key: {KEYS[1]}}}\n")
    gateway = serve("--config", str(config))
    return gateway, client(gateway, KEYS[0]), client(gateway, KEYS[1])


def client(gateway, key="none"):
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0)


def part(name, content, filename=None):
    disposition = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    return f"--XX\r\n{disposition}\r\n\r\n".encode() + content + b"\r\n"


FILE = part("file", b'{"custom_id":"1"}\n', "in.jsonl")
PURPOSE = part("purpose", b"batch")
END = b"--XX--\r\n"
HEAD = b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XX\r\n"


def with_length(body, head=HEAD):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def post(gateway, body, content_type="multipart/form-data; boundary=XX", **options):
    return requests.post(f"{gateway.url}/v1/files", data=body, headers={"Content-Type": content_type}, timeout=30, **options)


def kept(tmp_path):
    return sorted(os.listdir(tmp_path / "state" / "files"))


def test_the_openai_package_uploads_lists_reads_and_deletes(serve, tmp_path):
    files = client(serve()).files
    content = b"".join(b'{"custom_id":"%d"}\n' % i for i in range(20_000))
    made = files.create(file=("in.jsonl", content), purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600})
    assert (made.object, made.bytes, made.filename, made.purpose) == ("file", len(content), "in.jsonl", "batch")
    assert made.expires_at == made.created_at + 3600 and abs(made.created_at - time.time()) < 60
    assert files.retrieve(made.id) == made and files.wait_for_processing(made.id) == made
    assert files.content(made.id).read() == content
    others = [files.create(file=b"%d\n" % i, purpose="batch").id for i in range(4)]
    assert [file.id for file in files.list()] == [*reversed(others), made.id]
    first = files.list(limit=2, order="asc")
    assert [file.id for file in first.data] == [made.id, others[0]] and first.has_more
    # The package asks for the next pages by itself.
    assert [file.id for file in files.list(limit=2, order="asc")] == [made.id, *others]
    assert files.list(purpose="batch_output").data == [] and files.list(purpose="vision").data == []
    assert len(kept(tmp_path)) == 5
    gone = files.delete(made.id)
    assert (gone.id, gone.deleted, gone.object) == (made.id, True, "file")
    with pytest.raises(openai.NotFoundError):
        files.retrieve(made.id)
    with pytest.raises(openai.NotFoundError):
        files.content(made.id)
    assert len(kept(tmp_path)) == 4


def test_files_outlive_a_kill_and_a_broken_upload_does_not(serve, tmp_path):
    gateway = serve()
    made = client(gateway).files.create(file=("a", b"one\n"), purpose="batch")
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n" + PURPOSE + FILE[:-2])
        wait_until(lambda: len(kept(tmp_path)) == 2)
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait(30)
    assert len(kept(tmp_path)) == 2
    files = client(serve()).files
    assert files.list().data == [made] and kept(tmp_path) == [made.id]
    assert files.content(made.id).read() == b"one\n"


def test_each_client_has_its_own_files_and_needs_a_key(keyed):
    gateway, alice, bob = keyed
    made = alice.files.create(file=("a", b"one\n"), purpose="batch")
    assert bob.files.list().data == []
    for attempt in (lambda: bob.files.retrieve(made.id), lambda: bob.files.content(made.id), lambda: bob.files.delete(made.id),
                    lambda: bob.files.list(after=made.id)):
        with pytest.raises(openai.NotFoundError):
            attempt()
    stranger = client(gateway)
    for attempt in (lambda: stranger.files.create(file=b"x", purpose="batch"), lambda: stranger.files.list(),
                    lambda: stranger.files.retrieve(made.id), lambda: stranger.files.delete(made.id)):
        with pytest.raises(openai.AuthenticationError) as error:
            attempt()
        assert error.value.code == "unauthorized"
    assert alice.files.content(made.id).read() == b"one\n"


@pytest.mark.parametrize("field", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}], ids=str)
def test_a_page_of_another_origin_gets_nothing(serve, tmp_path, field):
    gateway = serve()
    made = client(gateway).files.create(file=("a", b"one\n"), purpose="batch")
    url = f"{gateway.url}/v1/files"
    answers = [
        requests.post(url, headers=field, files={"file": ("x", b"x")}, data={"purpose": "batch"}),
        requests.get(url, headers=field),
        requests.get(f"{url}/{made.id}/content", headers=field),
        requests.delete(f"{url}/{made.id}", headers=field),
    ]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [(403, "forbidden")] * 4
    assert kept(tmp_path) == [made.id]


def test_a_page_of_ours_may(serve):
    gateway = serve()
    answer = requests.post(f"{gateway.url}/v1/files", headers={"Origin": gateway.url}, files={"file": ("x", b"x")},
                           data={"purpose": "batch"})
    assert answer.status_code == 200


def test_without_a_folder_there_are_no_files(start, sim):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    for attempt in (lambda: client(gateway).files.create(file=b"x", purpose="batch"), lambda: client(gateway).files.list()):
        with pytest.raises(openai.InternalServerError) as error:
            attempt()
        assert (error.value.status_code, error.value.code) == (501, "not_kept") and "state" in error.value.message
        assert error.value.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    "body, says",
    [
        (FILE + END, "no purpose"),
        (PURPOSE + END, 'part "file"'),
        (PURPOSE + part("file", b"not sent as a file") + END, 'part "file"'),
        (PURPOSE + part("other", b"x", "a") + END, 'part "file"'),
        (PURPOSE + FILE + FILE + END, "more than one file"),
        (PURPOSE + PURPOSE + FILE + END, "twice"),
        (part("purpose", b"assistants") + FILE + END, "purpose must be batch"),
        (part("purpose", b"batch_output") + FILE + END, "purpose must be batch"),
        (part("purpose", b"b" * 2000) + FILE + END, "too long"),
        (part("purpose", b"\xff") + FILE + END, "not UTF-8"),
        (PURPOSE + part("file", b"", "empty") + END, "empty"),
        (PURPOSE + FILE + part("expires_after[seconds]", b"3600") + END, "expires_after"),
        (PURPOSE + FILE + part("expires_after[anchor]", b"created_at") + part("expires_after[seconds]", b"9") + END, "expires_after"),
        (PURPOSE + FILE, "closing boundary"),
        (PURPOSE + FILE[:-2], "closing boundary"),
        (PURPOSE + FILE + b"--XX garbage\r\n", "text after a boundary"),
        (PURPOSE + b"--XX\r\nno colon\r\n\r\nx\r\n" + END, "malformed header"),
        (PURPOSE + b"--XX\r\nX: " + b"y" * 20_000 + b"\r\n\r\nx\r\n" + END, "too long a header"),
        (PURPOSE * 1001 + END, "twice"),
        (part("x", b"") * 1001 + FILE + END, "too many parts"),
        (PURPOSE + FILE.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n") + END, "encoded"),
        (PURPOSE + part("file", b"x", "\x1b[2J") + END, "malformed header"),
        (b"", "closing boundary"),
        (b"not multipart at all", "closing boundary"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_form_that_is_not_right_is_400_and_leaves_nothing(serve, tmp_path, body, says):
    gateway = serve()
    answer = post(gateway, body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (400, "invalid_request", "invalid_request_error")
    assert says in error["message"], error
    wait_until(lambda: kept(tmp_path) == [])
    assert client(gateway).files.list().data == []


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 71, ""])
def test_what_is_no_form_is_400(serve, tmp_path, content_type):
    assert post(serve(), PURPOSE + FILE + END, content_type).status_code == 400
    assert kept(tmp_path) == []


@pytest.mark.parametrize("filename", ["../../../etc/passwd", 'a"b\\c', "x\r\ny", "grüße.jsonl", "a" * 5000, "\u202egnp.\u2028"], ids=ascii)
def test_the_name_of_a_file_is_text_and_no_path(serve, tmp_path, filename):
    files = client(serve()).files
    made = files.create(file=(filename, b"x\n"), purpose="batch")
    assert len(made.filename.encode()) <= 255 and made.filename.isprintable()
    assert kept(tmp_path) == [made.id] and files.list().data == [made]


@pytest.mark.parametrize("order", [[FILE, PURPOSE], [PURPOSE, FILE]], ids=["file first", "file last"])
@pytest.mark.parametrize("pieces", [1, 7, 4096])
def test_a_form_may_come_in_any_pieces(serve, order, pieces):
    gateway = serve()
    body = b"preamble\r\n" + b"".join(order) + END + b"epilogue"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = with_length(body)
        for start in range(0, len(data), pieces):
            connection.sendall(data[start:start + pieces])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    made = client(gateway).files.list().data[0]
    assert client(gateway).files.content(made.id).read() == b'{"custom_id":"1"}\n'


def chunked(body, size):
    pieces = [body[start:start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 1000])
def test_a_chunked_upload_and_a_request_behind_it(serve, size):
    gateway = serve()
    body = PURPOSE + part("file", b"line\r\n--X\r\n" * 500, "a") + END
    data = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body, size)
    reply = raw(gateway.port, data + b"GET /v1/files HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert reply.count(b"HTTP/1.1 200 OK\r\n") == 2 and reply.count(b'"bytes":5500') == 2
    assert b'"has_more":false' in reply


def test_uploads_may_be_pipelined_and_refused_ones_end_the_connection_only_if_they_are_not_whole(serve, tmp_path):
    gateway = serve()
    upload = with_length(PURPOSE + FILE + END)
    wrong = with_length(FILE + END)
    nobody = b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    last = b"GET /v1/files HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    reply = raw(gateway.port, upload + wrong + nobody + upload + last)
    assert reply.count(b"HTTP/1.1 200 OK\r\n") == 3 and reply.count(b"HTTP/1.1 400 Bad Request\r\n") == 2
    wait_until(lambda: len(kept(tmp_path)) == 2)


def test_expect_100_continue_is_answered_before_the_body_or_refused(serve):
    gateway = serve(PADDOCK_BATCH_FILE_BYTES="100KB")
    body = PURPOSE + FILE + END
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    for field in (b"Content-Length: 10000000\r\n", b"Origin: http://evil.example\r\nContent-Length: 10\r\n"):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
            connection.sendall(HEAD + b"Expect: 100-continue\r\n" + field + b"\r\n")
            reply = connection.recv(65536)
            assert reply.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 403 ")) and b"Connection: close" in reply


def test_an_upload_that_is_too_long_is_413_whether_it_says_so_or_not(serve, tmp_path):
    gateway = serve(PADDOCK_BATCH_FILE_BYTES="100KB")
    with pytest.raises(openai.APIStatusError) as error:
        client(gateway).files.create(file=b"x" * 200_000, purpose="batch")
    assert (error.value.status_code, error.value.code) == (413, "file_too_large")
    assert error.value.response.headers["x-should-retry"] == "false"
    body = PURPOSE + part("file", b"x" * 200_000, "a") + END
    reply = raw(gateway.port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body, 10_000), until=b"\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 413 ")
    # The form beside the file does not count.
    assert client(gateway).files.create(file=b"x" * 102_400, purpose="batch").bytes == 102_400
    wait_until(lambda: len(kept(tmp_path)) == 1)


def test_uploads_at_once_do_not_take_more_than_all_files_may(serve, tmp_path):
    gateway = serve(PADDOCK_BATCH_FILES_MAX="1MB")
    statuses = []

    def upload(seed):
        def pieces():
            yield PURPOSE + FILE[:FILE.index(b"\r\n\r\n") + 4]
            for _ in range(20):
                yield random.Random(seed).randbytes(10_000)
            yield b"\r\n" + END

        try:
            answer = post(gateway, pieces())
            statuses.append((answer.status_code, answer.json().get("error", {}).get("code")))
        except requests.exceptions.ConnectionError:
            # It was still sending when it was refused.
            statuses.append((507, "insufficient_storage"))

    threads = [threading.Thread(target=upload, args=(seed,)) for seed in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(statuses) <= {(200, None), (507, "insufficient_storage")} and len(statuses) == 20
    names = wait_until(lambda: [] if any(name.endswith(".part") for name in kept(tmp_path)) else kept(tmp_path))
    assert len(names) == statuses.count((200, None)) <= 5
    # What was refused counts for nothing.
    files = client(gateway).files
    for file in list(files.list()):
        files.delete(file.id)
    assert files.create(file=b"x" * 1_000_000, purpose="batch").bytes == 1_000_000
    with pytest.raises(openai.InternalServerError) as error:
        files.create(file=b"x" * 100_000, purpose="batch")
    assert (error.value.status_code, error.value.code) == (507, "insufficient_storage")
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_leaves_in_the_middle_leaves_nothing(serve, tmp_path, reset):
    gateway = serve()
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n" + PURPOSE + FILE[:-2] + b"x" * 100_000)
        wait_until(lambda: len(kept(tmp_path)) == 1)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_until(lambda: kept(tmp_path) == [])
    assert client(gateway).files.list().data == []


def test_a_length_that_is_too_short_makes_no_file_and_no_request_of_the_rest(serve, tmp_path):
    gateway = serve()
    body = PURPOSE + FILE + END
    reply = raw(gateway.port, HEAD + b"Content-Length: %d\r\n\r\n" % (len(body) - 30) + body + b"GET /smuggled HTTP/1.1\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 400 ") and b"closing boundary" in reply and b"smuggled" not in reply
    assert kept(tmp_path) == []


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"5\r\nabcdefgh\r\n", b"-5\r\n"])
def test_broken_chunks_end_an_upload(serve, tmp_path, chunk):
    start = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(PURPOSE + FILE[:-2], 1000)[:-5]
    assert raw(serve().port, start + chunk).startswith(b"HTTP/1.1 400 ")
    wait_until(lambda: kept(tmp_path) == [])


def test_a_slow_reader_delays_nobody_and_gets_everything(serve):
    gateway = serve()
    files = client(gateway).files
    content = random.Random(1).randbytes(20_000_000)
    made = files.create(file=("a", content), purpose="batch")
    slow = [socket.create_connection(("127.0.0.1", gateway.port), timeout=30) for _ in range(8)]
    for connection in slow:
        connection.sendall(b"GET /v1/files/%b/content HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % made.id.encode())
    for _ in range(20):
        assert files.retrieve(made.id) == made
    assert files.content(made.id).read() == content
    for connection in slow[:4]:
        connection.close()
    reply = b"".join(iter(lambda: slow[4].recv(1 << 20), b""))
    head, body = reply.split(b"\r\n\r\n", 1)
    assert b"Content-Length: 20000000" in head and body == content
    for connection in slow[4:]:
        connection.close()


def test_a_connection_outlives_its_downloads(serve, tmp_path):
    gateway = serve()
    files = client(gateway).files
    contents = [random.Random(1).randbytes(400_000), b"short"]
    made = [files.create(file=("a", content), purpose="batch") for content in contents]
    get = [b"GET /v1/files/%b/content HTTP/1.1\r\nHost: localhost\r\n\r\n" % one.id.encode() for one in made]
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
        stream = connection.makefile("rb")
        # All at once, so that each begins when the one before has ended.
        connection.sendall(get[0] + get[1] + get[0].replace(b"GET", b"HEAD") + get[0])
        for expected in (contents[0], contents[1], None, contents[0]):
            head = b"".join(iter(stream.readline, b"\r\n")).lower()
            assert head.startswith(b"http/1.1 200 ") and b"connection: close" not in head
            assert expected is None or stream.read(len(expected)) == expected
        # A download that breaks off ends the connection, as the client can know it by nothing else.
        with open(next((tmp_path / "state").rglob(made[0].id)), "r+b") as file:
            file.truncate(200_000)
        connection.sendall(get[0] + get[1])
        assert stream.read().count(b"HTTP/1.1 200 ") == 1
    # Without keep-alive it ends as before.
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
        connection.sendall(get[1].replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert connection.makefile("rb").read().endswith(b"\r\n\r\nshort")


def test_the_content_is_no_page(serve):
    gateway = serve()
    made = client(gateway).files.create(file=("a.html", b"<script>alert(1)</script>"), purpose="batch")
    url = f"{gateway.url}/v1/files/{made.id}/content"
    for answer in (requests.get(url), requests.head(url)):
        assert answer.headers["Content-Type"] == "application/octet-stream" and answer.headers["Content-Length"] == "25"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert requests.head(url).content == b""


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/v1/files/", 404), ("GET", "/v1/files/nothing", 404), ("GET", "/v1/files/nothing/content", 404),
        ("GET", "/v1/files/..%2fpaddock.db/content", 404), ("GET", "/v1/files/%2e%2e/content", 404),
        ("GET", "/v1/files/lock", 404), ("GET", "/v1/files/" + "x" * 5000, 404), ("GET", "/v1/files/a/b/c", 404),
        ("DELETE", "/v1/files/../paddock.db", 404), ("DELETE", "/v1/files", 405), ("PUT", "/v1/files/a", 405),
        ("GET", "/v1/files?limit=0", 400), ("GET", "/v1/files?limit=10001", 400), ("GET", "/v1/files?order=up", 400),
        ("GET", "/v1/files?after=nothing", 404), ("GET", "/v1/files?after=%27%20OR%201%3D1", 404),
    ],
)
def test_what_is_not_there_is_said_in_the_dialect(serve, method, path, status):
    reply = raw(serve().port, f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert reply.startswith(b"HTTP/1.1 %d " % status) and b'{"error":{"message":"' in reply


def test_a_reload_changes_the_bounds(serve, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("batch_file_bytes: 1KB\n")
    gateway = serve("--config", str(config))
    with pytest.raises(openai.APIStatusError):
        client(gateway).files.create(file=b"x" * 100_000, purpose="batch")
    config.write_text("batch_file_bytes: 1MB\n")
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: any("configuration reloaded" in line for line in gateway.lines))
    assert client(gateway).files.create(file=b"x" * 100_000, purpose="batch").bytes == 100_000


@pytest.fixture
def small_disk(make_disk):
    """A file system of 2 MiB."""
    return make_disk("2m")


def test_a_full_disk_is_507_and_leaves_nothing(serve, small_disk):
    gateway = serve(PADDOCK_STATE=str(small_disk))
    files = client(gateway).files
    made = files.create(file=("a", b"one\n"), purpose="batch")
    for _ in range(3):
        with pytest.raises(openai.InternalServerError) as error:
            files.create(file=b"x" * 3_000_000, purpose="batch")
        assert (error.value.status_code, error.value.code) == (507, "insufficient_storage")
    wait_until(lambda: os.listdir(small_disk / "files") == [made.id])
    assert files.list().data == [made] and files.content(made.id).read() == b"one\n"
    assert files.create(file=b"x" * 500_000, purpose="batch").bytes == 500_000
