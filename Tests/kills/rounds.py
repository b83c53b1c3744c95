"""One round: start, compare what is there with the ledger, work, kill."""
import hashlib
import json
import random
import sqlite3
import threading
import time

import gateway as gateways

MODELS = ("llama2", "mistral", "qwen3")
GRACE = 2.0
"""A commit begins within a second of a request's end, and takes as long as the disk takes."""
BATCH_CLIENT = "night"


class Round:
    """A gateway from its start to its kill."""

    def __init__(self, world, number):
        self.world = world
        self.ledger = world.ledger
        self.random = random.Random(f"{world.options.seed} {number}")
        self.number = number
        self.stops = threading.Event()

    def run(self):
        self.check_integrity()
        self.gateway = self.world.start()
        try:
            self.check_store()
            workers = [threading.Thread(target=self.work, args=(work,), daemon=True)
                       for work in (self.send, self.send, self.send, self.operate, self.submit)]
            for worker in workers:
                worker.start()
            time.sleep(self.random.choice((self.random.uniform(0, 0.3), self.random.uniform(0.3, 3))))
        finally:
            killed = time.monotonic()
            self.gateway.kill()
            self.stops.set()
        for worker in workers:
            worker.join(60)
        self.ledger.killed(killed, GRACE)

    def work(self, step):
        choose = random.Random(self.random.random())
        while not self.stops.is_set():
            try:
                step(choose)
            except (OSError, gateways.http.client.HTTPException):
                return

    # What clients and operators do

    def send(self, choose):
        with self.ledger.lock:
            keys = [(name, key) for name, key in self.ledger.keys.items() if name not in self.ledger.unsure_keys]
        name, key = choose.choice(keys) if keys and choose.random() < 0.8 else ("127.0.0.1", None)
        model = choose.choice(MODELS)
        self.ledger.sends(name, model)
        body = {"model": model, "prompt": "Hello", "stream": choose.random() < 0.5}
        status, _ = self.gateway.ask("POST", "/api/generate", body, key=key)
        with self.ledger.lock:
            was_changed = key and self.ledger.keys.get(name) != key
        if status == 200 and not was_changed:
            self.ledger.has_answered(name, model, time.monotonic())
        elif status != 200:
            self.ledger.violated(f"round {self.number}: a request was answered with {status}")

    def operate(self, choose):
        choose.choice((self.add_key, self.rotate_key, self.revoke_key, self.set_limit))(choose)
        time.sleep(choose.uniform(0, 0.05))

    def add_key(self, choose):
        name = f"client-{choose.randrange(1_000_000)}"
        self.change(name, lambda: self.gateway.read("POST", "/admin/keys/add", {"name": name, "weight": 2})["key"])

    def rotate_key(self, choose):
        name = self.known(choose)
        if name:
            self.change(name, lambda: self.gateway.read("POST", "/admin/keys/rotate", {"name": name, "grace": 0})["key"])

    def revoke_key(self, choose):
        name = self.known(choose)
        if name and len(self.ledger.keys) > 5:
            def revoke():
                self.gateway.read("POST", "/admin/keys/revoke", {"name": name})
            self.change(name, revoke)

    def known(self, choose):
        with self.ledger.lock:
            names = [name for name in self.ledger.keys if name != BATCH_CLIENT and name not in self.ledger.unsure_keys]
        return choose.choice(names) if names else None

    def change(self, name, act):
        """The key of a client changes to what is returned; without an answer it may have changed or not."""
        with self.ledger.lock:
            self.ledger.unsure_keys.add(name)
        key = act()
        with self.ledger.lock:
            old = self.ledger.keys.pop(name, None)
            if key:
                self.ledger.keys[name] = key
            else:
                self.ledger.revoked[name] = old
            self.ledger.unsure_keys.discard(name)

    def set_limit(self, choose):
        model, limit = choose.choice(MODELS), choose.randint(2, 9)
        key = f"models.{model}.parallel_limit"
        with self.ledger.lock:
            self.ledger.unsure_settings.add(key)
        self.gateway.read("POST", "/admin/queue/update", {"model": model, "parallel_limit": limit})
        with self.ledger.lock:
            self.ledger.settings[key] = str(limit)
            self.ledger.unsure_settings.discard(key)

    def submit(self, choose):
        key = self.ledger.keys[BATCH_CLIENT]
        if sum(1 for batch in self.ledger.batches.values() if not batch["done"]) < 4:
            count = choose.randint(1, 60)
            ids = [f"{self.number}-{choose.randrange(10**9)}-{line}" for line in range(count)]
            lines = [json.dumps({
                "custom_id": name, "method": "POST", "url": "/v1/chat/completions",
                "body": {"model": choose.choice(MODELS), "messages": [{"role": "user", "content": "Hi " * choose.randint(1, 40)}]},
            }) for name in ids]
            content = "\n".join(lines) + choose.choice(("", "\n"))
            form, content_type = gateways.multipart("night.jsonl", content)
            file = self.gateway.read("POST", "/v1/files", form, key=key, content_type=content_type)["id"]
            with self.ledger.lock:
                self.ledger.files[file] = hashlib.sha256(content.encode()).hexdigest()
            batch = self.gateway.read("POST", "/v1/batches", {
                "input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h",
            }, key=key)
            with self.ledger.lock:
                self.ledger.batches[batch["id"]] = {"ids": ids, "done": False}
        self.note_done()
        self.stops.wait(choose.uniform(0, 0.3))

    def note_done(self):
        for name, batch in list(self.ledger.batches.items()):
            if not batch["done"]:
                status = self.gateway.read("GET", f"/v1/batches/{name}", key=self.ledger.keys[BATCH_CLIENT])
                if status["status"] == "completed":
                    batch["done"] = True
                elif status["status"] not in ("validating", "in_progress", "finalizing"):
                    batch["done"] = True
                    self.ledger.violated(f"{name} is {status['status']}: {status.get('errors')}")

    # What has to be there

    def check_integrity(self):
        if not self.world.database.exists():
            return
        with sqlite3.connect(f"file:{self.world.database}?mode=ro", uri=True) as database:
            verdict = database.execute("PRAGMA integrity_check").fetchall()
        if verdict != [("ok",)]:
            self.ledger.violated(f"round {self.number}: the database is damaged: {verdict[:3]}")

    def check_store(self):
        self.check_keys()
        self.check_settings()
        self.check_usage()
        self.check_files()

    def check_keys(self):
        stored = {client["name"] for client in self.gateway.read("GET", "/admin/keys")["keys"]}
        ledger = self.ledger
        # What was on its way at the kill has happened or not; now it is known.
        for name in list(ledger.unsure_keys):
            ledger.keys.pop(name, None)
            if name in stored:
                self.gateway.read("POST", "/admin/keys/revoke", {"name": name})
        ledger.unsure_keys.clear()
        for name in ledger.keys:
            if name not in stored:
                ledger.violated(f"round {self.number}: the client {name} is gone")
        for name in ledger.revoked:
            if name in stored:
                ledger.violated(f"round {self.number}: the client {name} was revoked and is back")
        names = self.random.sample(sorted(ledger.keys), min(3, len(ledger.keys)))
        for name in names:
            status, _ = self.gateway.ask("GET", "/usage", key=ledger.keys[name])
            if status != 200:
                ledger.violated(f"round {self.number}: the key of {name} is not known: {status}")
        for name in self.random.sample(sorted(ledger.revoked), min(3, len(ledger.revoked))):
            status, _ = self.gateway.ask("GET", "/usage", key=ledger.revoked[name])
            if status != 401:
                ledger.violated(f"round {self.number}: the key of {name}, which was revoked, is good: {status}")

    def check_settings(self):
        stored = {one["key"]: str(one["value"]) for one in self.gateway.read("GET", "/admin/settings")["settings"]}
        for key, value in self.ledger.settings.items():
            if key not in self.ledger.unsure_settings and stored.get(key) != value:
                self.ledger.violated(f"round {self.number}: {key} is {stored.get(key)}, and {value} was set")
        self.ledger.settings.update({key: stored[key] for key in self.ledger.unsure_settings if key in stored})
        self.ledger.unsure_settings.clear()

    def check_usage(self):
        rows = self.gateway.read("GET", "/admin/usage?by=client,model")["usage"]
        stored = {(row["client"], row["model"].removesuffix(":latest")): row["requests"] for row in rows}
        for pair in set(stored) | set(self.ledger.sent):
            if pair[0] == BATCH_CLIENT:
                continue
            least, most, count = self.ledger.answered[pair], self.ledger.sent[pair], stored.get(pair, 0)
            if not least <= count <= most:
                self.ledger.violated(f"round {self.number}: {pair} has {count} requests; {least} to {most} were made")
            # From here on what is stored is known.
            self.ledger.answered[pair] = self.ledger.sent[pair] = count

    def check_files(self):
        key = self.ledger.keys.get(BATCH_CLIENT)
        for name in self.random.sample(sorted(self.ledger.files), min(3, len(self.ledger.files))):
            status, body = self.gateway.ask("GET", f"/v1/files/{name}/content", key=key)
            if status != 200 or hashlib.sha256(body).hexdigest() != self.ledger.files[name]:
                self.ledger.violated(f"round {self.number}: the file {name} is not what was sent: {status}")
