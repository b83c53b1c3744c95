"""What the world outside knows: what was asked, what was acknowledged, and what has to be there after a kill."""
import collections
import threading


class Ledger:
    """Shared by the threads of a round. What was asked but not acknowledged before a kill may have happened or not."""

    def __init__(self):
        self.lock = threading.Lock()
        self.violations = []
        # By client and model: requests that were sent, and when those ended that were answered.
        self.sent = collections.Counter()
        self.answered = collections.Counter()
        self.recent = []
        # Keys by client, and the clients whose last change was not acknowledged.
        self.keys = {}
        self.revoked = {}
        self.unsure_keys = set()
        # Settings by key, and those whose last change was not acknowledged.
        self.settings = {}
        self.unsure_settings = set()
        # Contents of files by id; the custom ids of each batch by its id.
        self.files = {}
        self.batches = {}

    def violated(self, text):
        with self.lock:
            self.violations.append(text)
        print(f"  VIOLATION {text}", flush=True)

    def sends(self, client, model):
        with self.lock:
            self.sent[client, model] += 1

    def has_answered(self, client, model, moment):
        with self.lock:
            self.recent.append((moment, client, model))

    def killed(self, moment, grace):
        """What was answered so long before a kill has to be in the store."""
        with self.lock:
            for end, client, model in self.recent:
                if end < moment - grace:
                    self.answered[client, model] += 1
            self.recent = []
