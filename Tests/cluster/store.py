"""The store of the cluster: a Redis or an etcd, and what can happen to it."""
import asyncio
import os
import shutil
import signal
import subprocess

PASSWORD = "secret-of-the-store"


class Store:
    """One process after the other in one place, each of them empty."""

    def __init__(self, world):
        self.engine, self.places = world.options.store, world.places
        self.folder = os.path.join(world.options.folder, "store")
        self.host = self.places.host("store")
        self.port = self.places.port("store")
        self.url = (f"redis://:{PASSWORD}@{self.host}:{self.port}/0" if self.engine == "redis" else f"etcd://{self.host}:{self.port}") + "?prefix=test"
        self.process = None
        program = "redis-server" if self.engine == "redis" else "etcd"
        if not shutil.which(program):
            raise RuntimeError(f"there is no {program}")

    async def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        if self.engine == "redis":
            command = ["redis-server", "--port", str(self.port), "--bind", self.host, "--save", "", "--appendonly", "no", "--requirepass", PASSWORD,
                       "--dir", self.folder]
        else:
            url, peers = f"http://{self.host}:{self.port}", f"http://{self.host}:{self.places.port('peers')}"
            command = ["etcd", "--data-dir", self.folder, "--listen-client-urls", url, "--advertise-client-urls", url,
                       "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", f"default={peers}"]
        with open(self.folder + ".log", "ab") as log:
            self.process = subprocess.Popen([*self.places.inside("store"), *command], stdout=log, stderr=log)
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection(self.host, self.port)
                return writer.close()
            except OSError:
                await asyncio.sleep(0.02)
        raise RuntimeError(f"{self.engine} does not start: see {self.folder}.log")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)
