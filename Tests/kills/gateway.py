"""A gateway that is killed and started again on one folder, and the simulated host behind it."""
import http.client
import json
import os
import re
import signal
import subprocess
import threading


class Refused(Exception):
    """The gateway answered with a status that was not expected."""


class Process:
    """A `paddock` that prints the address it listens on."""

    def __init__(self, binary, *arguments, log, **environment):
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("OLLAMA_", "PADDOCK_"))}
        self.child = subprocess.Popen(
            [binary, *arguments], stderr=subprocess.PIPE, text=True, env={**inherited, "PADDOCK_STATE": "off", **environment})
        self.port = None
        ready = threading.Event()

        def read():
            with open(log, "a", encoding="utf-8") as copy:
                for line in self.child.stderr:
                    copy.write(line)
                    copy.flush()
                    found = re.search(r"(?:listens on|address +)\s*http://[^ ]*:(\d+)", line)
                    if found and not self.port:
                        self.port = int(found[1])
                        ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        if not ready.wait(60) or not self.port:
            self.kill()
            raise RuntimeError(f"{' '.join(arguments)} did not start: see {log}")

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(30)

    def ask(self, method, path, body=None, key=None, content_type="application/json"):
        """The status and the bytes of one answer, on a connection of its own."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        headers = {"Content-Type": content_type} if body else {}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def read(self, method, path, *arguments, **options):
        """The JSON of an answer that has to be a success."""
        status, body = self.ask(method, path, *arguments, **options)
        if status != 200:
            raise Refused(f"{method} {path}: {status} {body[:300]}")
        return json.loads(body)


def multipart(name, content):
    """A form with a file for batch jobs, and its type."""
    boundary = "a-line-between-the-parts"
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{content}\r\n'
        f"--{boundary}--\r\n"
    )
    return parts, f"multipart/form-data; boundary={boundary}"
