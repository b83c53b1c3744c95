"""Files and batch jobs of three gateways as one: any member answers for what another one keeps, with the openai package and for strangers."""
import hashlib
import json
import os
import random
import subprocess

import openai
import pytest
import requests
from conftest import PADDOCK, linked, raw, stopped, wait_until

NAMES = ("a", "b", "c")
CHAT = "/v1/chat/completions"
KEYS = {"alice": "alice-has-a-key", "bob": "bob-has-a-key"}
ADMIN = {"Authorization": "Bearer the-admin-token"}


@pytest.fixture
def grow(join, tmp_path):
    """Starts members, whose state folders stay; a name may be started again."""

    def grow(*names, flags=(), **environment):
        members = [join(name, *flags, environment={"PADDOCK_STATE": str(tmp_path / name), **environment}) for name in names]
        return members

    return grow


@pytest.fixture
def three(grow):
    members = grow(*NAMES)
    linked(members)
    return members


def client(member, key="none", retries=0):
    return openai.OpenAI(base_url=f"{member.url}/v1", api_key=key, max_retries=retries)


def line(custom_id):
    body = {"model": "llama2", "messages": [{"role": "user", "content": f"question {custom_id}"}]}
    return json.dumps({"custom_id": str(custom_id), "method": "POST", "url": CHAT, "body": body})


def upload(member, content=None, key="none"):
    content = content if content is not None else "\n".join(line(number) for number in range(3)).encode()
    return client(member, key).files.create(file=("in.jsonl", content), purpose="batch").id


def create(member, file, key="none"):
    return client(member, key).batches.create(input_file_id=file, endpoint=CHAT, completion_window="24h")


def ended(member, batch, key="none"):
    def look():
        now = client(member, key).batches.retrieve(batch)
        return now if now.status in ("completed", "failed", "cancelled", "expired") else None

    return wait_until(look, 60)


def get(member, path, status=200, **options):
    reply = requests.get(member.url + path, timeout=20, **options)
    assert reply.status_code == status, reply.text
    return reply.json()


def test_any_member_answers_for_a_job_from_its_upload_to_its_end(three):
    a, b, c = three
    file = upload(a)
    assert client(b).files.retrieve(file) == client(a).files.retrieve(file)
    made = create(b, file)
    assert made.input_file_id == file and client(a).batches.retrieve(made.id).id == made.id
    done = ended(c, made.id)
    assert done.status == "completed" and done.request_counts.completed == 3
    output = [client(member).files.content(done.output_file_id).read() for member in three]
    assert len(output[0].splitlines()) == 3 and output[0] == output[1] == output[2]
    for member in three:
        assert [job.id for job in client(member).batches.list()] == [made.id]
        assert sorted(entry.id for entry in client(member).files.list()) == sorted([file, done.output_file_id])
        with pytest.raises(openai.ConflictError) as refused:
            client(member).batches.cancel(made.id)
        # The package would ask again for a conflict.
        assert refused.value.code == "batch_ended" and refused.value.response.headers["x-should-retry"] == "false"
    # It ran where its file is, and nowhere else.
    assert [len(get(member, "/v1/batches?scope=member")["data"]) for member in three] == [1, 0, 0]
    assert client(c).files.delete(file).deleted
    for member in three:
        with pytest.raises(openai.NotFoundError) as absent:
            client(member).files.retrieve(file)
        assert absent.value.code == "not_found" and f"there is no file {file}: GET" in str(absent.value)
        with pytest.raises(openai.NotFoundError):
            create(member, file)


def test_a_job_is_cancelled_from_any_member(join, tmp_path, backend):
    def silent(connection, request):
        connection.recv(1)

    held = backend(silent)
    members = [join(name, backend=held, environment={"PADDOCK_STATE": str(tmp_path / name)}) for name in NAMES]
    linked(members)
    made = create(members[2], upload(members[0]))
    wait_until(lambda: client(members[1]).batches.retrieve(made.id).status == "in_progress")
    with pytest.raises(openai.ConflictError) as refused:
        client(members[1]).files.delete(made.input_file_id)
    assert refused.value.code == "file_in_use"
    assert client(members[1]).batches.cancel(made.id).status in ("cancelling", "cancelled")
    assert ended(members[2], made.id).status == "cancelled"


def test_lists_are_of_all_members_page_by_page(three):
    # Some of one second, some of another.
    files = [upload(random.choice(three), b"%d\n" % number) for number in range(12)]
    made = {}
    for member in three:
        for entry in client(member).files.list():
            made[entry.id] = entry.created_at
    assert set(made) == set(files)
    orders = []
    for member in three:
        for order in ("desc", "asc"):
            whole = client(member).files.list(order=order).data
            times = [entry.created_at for entry in whole]
            assert len(whole) == 12 and times == sorted(times, reverse=order == "desc")
            for limit in (1, 5, 12):
                # The package asks for the next pages by itself.
                assert [entry.id for entry in client(member).files.list(order=order, limit=limit)] == [entry.id for entry in whole]
            orders.append((order, [entry.id for entry in whole]))
    # Whichever member is asked.
    assert len(set((order, tuple(ids)) for order, ids in orders)) == 2
    page = get(three[0], "/v1/files?limit=5")
    assert page["has_more"] and page["first_id"] == page["data"][0]["id"] and page["last_id"] == page["data"][4]["id"]
    assert sorted(page["members"]["answered"]) == list(NAMES) and page["members"]["missing"] == []
    assert set(page["data"][0]) == set(get(three[0], "/v1/files?scope=member&limit=1")["data"][0])
    assert get(three[1], "/v1/files?purpose=batch_output")["data"] == get(three[1], "/v1/files?purpose=vision")["data"] == []
    assert get(three[1], "/v1/files?after=file-unknown", 404)["error"]["code"] == "not_found"
    assert get(three[1], "/v1/files?limit=0", 400)["error"]["code"] == "invalid_request"

    jobs = [create(random.choice(three), file).id for file in files]
    for member in three:
        listed = [job.id for job in client(member).batches.list(limit=5)]
        assert sorted(listed) == sorted(jobs) and listed == [job.id for job in client(three[0]).batches.list(limit=100)]


def test_a_file_is_read_through_another_member_piece_by_piece(three):
    content = random.Random(7).randbytes(60_000_000)
    file = upload(three[0], content)
    before = peak(three[1])
    assert hashlib.sha256(client(three[1]).files.content(file).read()).digest() == hashlib.sha256(content).digest()
    assert peak(three[1]) - before < 30_000
    head = requests.head(f"{three[1].url}/v1/files/{file}/content", timeout=20)
    assert head.status_code == 200 and head.headers["Content-Length"] == str(len(content))
    assert head.headers["X-Content-Type-Options"] == "nosniff" and head.headers["Content-Disposition"] == "attachment"


def peak(member):
    """The most memory that a process had, in KiB."""
    with open(f"/proc/{member.process.pid}/status") as status:
        return next(int(entry.split()[1]) for entry in status if entry.startswith("VmHWM"))


def test_a_download_goes_on_when_its_member_is_back(three, grow):
    content = random.Random(8).randbytes(40_000_000)
    file = upload(three[2], content)
    with requests.get(f"{three[0].url}/v1/files/{file}/content", stream=True, timeout=60) as reply:
        pieces = reply.iter_content(1_000_000)
        read = [next(pieces)]
        three[2].stop()
        grow("c")
        read += pieces
    assert b"".join(read) == content


def test_a_download_of_a_member_that_is_gone_is_not_whole(three):
    file = upload(three[2], bytes(60_000_000))
    with requests.get(f"{three[0].url}/v1/files/{file}/content", stream=True, timeout=60) as reply:
        three[2].stop()
        with pytest.raises(requests.exceptions.RequestException):
            assert sum(len(piece) for piece in reply.iter_content(1_000_000)) < 60_000_000
            raise requests.exceptions.ConnectionError


def test_what_a_member_keeps_that_does_not_answer_is_told_as_that(three, grow):
    a, b, c = three
    mine, theirs = upload(a), upload(c)
    made = create(a, theirs)
    ended(a, made.id)

    def is_told(member):
        for ask in (
            lambda: client(member).batches.retrieve(made.id), lambda: client(member).files.retrieve(theirs), lambda: client(member).files.content(theirs),
            lambda: client(member).files.delete(theirs), lambda: client(member).batches.cancel(made.id), lambda: create(member, theirs),
            lambda: client(member).files.list(after=theirs),
        ):
            with pytest.raises(openai.InternalServerError) as refused:
                ask()
            assert (refused.value.status_code, refused.value.code) == (503, "member_silent")
            assert "kept by c of the cluster, which does not answer" in str(refused.value) and refused.value.response.headers["Retry-After"] == "5"
        # What was never there is not known to be at c.
        absent = requests.get(f"{member.url}/v1/files/file-{'x' * 24}", timeout=20)
        assert absent.status_code == 404
        assert client(member).files.retrieve(mine).id == mine
        return absent.json()["error"]["message"]

    with stopped(c):
        for member in (a, b):
            assert "c of the cluster, which may have it, does not answer" in is_told(member)
            listed = get(member, "/v1/files")
            assert [entry["id"] for entry in listed["data"]] == [mine] and listed["members"]["missing"] == ["c"]
            told = get(member, "/v1/batches")["members"]
            assert sorted(told["answered"]) == ["a", "b"] and told["missing"] == ["c"]
    wait_until(lambda: get(a, "/v1/files")["members"]["missing"] == [])
    assert client(a).batches.retrieve(made.id).id == made.id
    c.stop()
    wait_until(lambda: len(get(a, "/cluster")["members"]) == len(get(b, "/cluster")["members"]) == 2)
    for member in (a, b):
        is_told(member)
        assert get(member, "/v1/files")["members"]["missing"] == []
    # It is found again where it always was.
    linked([a, b, *grow("c")])
    assert client(b).batches.retrieve(made.id).status == "completed"


def test_files_from_before_the_cluster_are_found(start, sim, grow, tmp_path):
    alone = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_STATE": str(tmp_path / "b")})
    file = upload(alone)
    batch = create(alone, file)
    done = ended(alone, batch.id)
    alone.stop()
    a, b = grow("a", "b")
    linked([a, b])
    assert client(a).batches.retrieve(batch.id) == done and len(client(a).files.content(done.output_file_id).text.splitlines()) == 3
    assert [entry.id for entry in client(a).files.list(limit=1)] == [entry.id for entry in client(b).files.list()]
    again = create(a, file)
    assert ended(a, again.id).status == "completed"
    # What one knows of another is in no folder of its own.
    assert get(a, f"/v1/batches/{batch.id}?scope=member", 404) and get(b, f"/v1/batches/{batch.id}?scope=member")


def test_a_client_sees_its_own_only_whichever_member_is_asked(grow, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("require_key: true\nclients:\n" + "".join(f"  {name}: {{key: {key}}}\n" for name, key in KEYS.items()))
    members = grow(*NAMES, flags=("--config", str(config)), PADDOCK_ADMIN_TOKEN="the-admin-token")
    linked(members)
    file = upload(members[0], key=KEYS["alice"])
    batch = create(members[1], file, key=KEYS["alice"]).id
    ended(members[2], batch, key=KEYS["alice"])
    bob = {"Authorization": f"Bearer {KEYS['bob']}"}
    for member in members:
        # As if it were not there.
        for path, known in ((f"files/{file}", file), (f"files/{file}/content", file), (f"batches/{batch}", batch), (f"files?after={file}", file), (f"batches?after={batch}", batch)):
            refused, unknown = (
                requests.get(f"{member.url}/v1/{path.replace(known, asked)}", headers=bob, timeout=20) for asked in (known, known[:-8] + "zz" + known[-6:]))
            assert refused.status_code == unknown.status_code == 404
            assert refused.text.replace(known, "") == unknown.text.replace(known[:-8] + "zz" + known[-6:], "")
        for ask in (lambda: create(member, file, KEYS["bob"]), lambda: client(member, KEYS["bob"]).files.delete(file), lambda: client(member, KEYS["bob"]).batches.cancel(batch)):
            with pytest.raises(openai.NotFoundError):
                ask()
        assert get(member, "/v1/files", headers=bob)["data"] == get(member, "/v1/batches", headers=bob)["data"] == []
        assert get(member, f"/v1/files/{file}", 401) and get(member, "/v1/files", 401) and get(member, "/admin/batches", 401, headers=bob)
        # Operators see the jobs of all.
        listed = get(member, "/admin/batches", headers=ADMIN)["data"]
        assert [(job["id"], job["owner"], job["member"]) for job in listed] == [(batch, "alice", "a")]
        assert get(member, f"/admin/batches/{batch}", headers=ADMIN)["owner"] == "alice"
        cancelled = requests.post(f"{member.url}/admin/batches/cancel", json={"id": batch}, headers=ADMIN, timeout=20)
        assert (cancelled.status_code, cancelled.json()["code"]) == (409, "batch_ended")


def test_ids_that_nobody_has_made_are_not_there(three):
    tag = upload(three[1])[-6:]
    ids = [
        "file-", "file-" + "x" * 24 + tag, "file-" + "x" * 24 + "zzzzzz", "file-" + "x" * 59, "batch_" + "x" * 24 + tag, "x" * 64, "x" * 65, "x" * 7_000,
        "..", "%2e%2e", "%00", "file-%0a", "%ff", "file-%C3%A4", "a%2Fb", "*", "file-%22%7D", "file-' OR 1=1 --".replace(" ", "%20"),
    ]
    for member in three:
        for known in ids:
            for method, path in (
                ("GET", f"files/{known}"), ("DELETE", f"files/{known}"), ("GET", f"files/{known}/content"), ("GET", f"batches/{known}"),
                ("POST", f"batches/{known}/cancel"), ("GET", f"files?after={known}"), ("GET", f"batches?after={known}"),
            ):
                target = f"{method} /v1/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
                assert raw(member.port, target).split(b" ")[1] in (b"400", b"404"), target
        for known in ("x" * 1_000_000, "x" * 9_000, "batch_" + "x" * 24 + tag, "", "\0"):
            status = 413 if len(known) > 65_536 else 404
            assert requests.post(f"{member.url}/admin/batches/cancel", json={"id": known}, timeout=20).status_code == status
            with pytest.raises(openai.APIStatusError) as refused:
                create(member, known)
            assert refused.value.status_code == status
    # Nobody has asked anybody for anything that could not be, and all answer.
    assert get(three[0], "/queue/stats")["members"]["missing"] == []


def test_the_command_line_shows_the_jobs_of_all(three):
    made = [create(member, upload(member)).id for member in three]
    for batch in made:
        ended(three[0], batch)

    def paddock(*words, member=three[1]):
        run = subprocess.run([os.path.abspath(PADDOCK), "batch", *words, "--url", member.url], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        return run.stdout

    for words in (("list",), ("list", "--all")):
        assert all(batch in paddock(*words) for batch in made)
    assert "completed" in paddock("show", made[2])
    with stopped(three[2]):
        assert "c does not answer: its jobs are not listed" in paddock("list")
