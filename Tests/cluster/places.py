"""Where members and the store run, and how they are cut off from each other."""
import os
import shutil
import subprocess
import sys

INSIDE = "PADDOCK_CLUSTER_TEST_INSIDE"


def enter_namespace(seed, required):
    """Starts this program again in a network namespace of its own, as root there; whether it is inside one now.

    Returns False if the machine allows none.
    """
    if os.environ.get(INSIDE):
        return True
    if shutil.which("ip") and shutil.which("unshare") and shutil.which("nsenter"):
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        inside = ["unshare", *user, "--net"]
        works = subprocess.run([*inside, "sh", "-c", "ip link add end0 type veth peer name end1 && ip rule add from 10.77.1.2 to 10.77.2.2 blackhole"],
                               capture_output=True, check=False)
        if works.returncode == 0:
            arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--seed=")]
            os.environ[INSIDE] = "1"
            sys.stdout.flush()
            os.execvp("unshare", [*inside, sys.executable, sys.argv[0], *arguments, f"--seed={seed}"])
    if required:
        sys.exit("this machine allows no network namespaces, or has no iproute2")
    return False


def command(*words):
    subprocess.run(words, check=True, capture_output=True)


class Namespaces:
    """Each place is a network namespace with an address of its own; this one routes between them.

    A cut link loses packets, as a cable that is pulled does: connections stay open on both sides and say nothing.
    """

    hub = "10.77.0.1"
    cuts = ("cut", "isolate", "store-cut", "unseen")

    def __init__(self, names):
        self.numbers = {name: number for number, name in enumerate(names, 1)}
        self.holders = {}
        self.rules = set()
        command("ip", "link", "set", "lo", "up")
        command("ip", "address", "add", f"{self.hub}/32", "dev", "lo")
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as forward:
            forward.write("1")
        for name, number in self.numbers.items():
            holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"], stdout=subprocess.PIPE)
            holder.stdout.readline()
            self.holders[name] = holder
            pid = str(holder.pid)
            command("ip", "link", "add", f"m{number}", "type", "veth", "peer", "name", "eth0", "netns", pid)
            command("ip", "address", "add", f"10.77.{number}.1/24", "dev", f"m{number}")
            command("ip", "link", "set", f"m{number}", "up")
            for words in ("link set lo up", f"address add 10.77.{number}.2/24 dev eth0", "link set eth0 up",
                          f"route add default via 10.77.{number}.1"):
                command("nsenter", "--target", pid, "--net", "ip", *words.split())

    def host(self, name):
        """The address of a place."""
        return f"10.77.{self.numbers[name]}.2"

    def inside(self, name):
        """What a command that is to run there begins with."""
        return ["nsenter", "--target", str(self.holders[name].pid), "--net"]

    async def cut(self, sender, receiver):
        """Nothing that one place sends reaches the other any more."""
        pair = (self.host(sender), self.host(receiver))
        if pair not in self.rules:
            self.rules.add(pair)
            command("ip", "rule", "add", "from", pair[0], "to", pair[1], "blackhole")

    async def heal(self, sender, receiver):
        """The link works again."""
        pair = (self.host(sender), self.host(receiver))
        if pair in self.rules:
            self.rules.discard(pair)
            command("ip", "rule", "del", "from", pair[0], "to", pair[1], "blackhole")

    def port(self, name):
        """A free port of the place of the store."""
        return {"store": 6379, "peers": 2380}[name]

    def link(self, name):
        """Where a member listens for others, and where others reach it if that is another address."""
        return f"{self.host(name)}:8081", None

    async def here(self, name):
        """The process of a member listens."""

    def gone(self, name):
        """The process of a member has ended."""

    def close(self):
        for holder in self.holders.values():
            holder.kill()
            holder.wait()
