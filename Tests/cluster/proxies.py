"""Links between members that can be held up, where the machine allows no network namespaces."""
import asyncio
import socket

HELLO = b"PADDOCK-LINK\n"


def bound(port=0):
    """A socket that keeps a port and refuses connections."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    plain.bind(("127.0.0.1", port))
    return plain


def sender_of(hello):
    """The name of the member that has sent the first step of a handshake: word, versions, cluster, id, name."""
    position = 2 + len(HELLO) + 2
    position += 1 + hello[position] + 8
    return hello[position + 1:position + 1 + hello[position]].decode()


class Proxies:
    """Every member is reached through a proxy, which holds back what a cut link would lose. The store cannot be cut off."""

    hub = "127.0.0.1"
    cuts = ("cut", "isolate", "unseen")

    def __init__(self, names):
        self.places = {name: bound() for name in names}
        self.targets, self.servers, self.tasks = {}, {}, set()
        self.rules = set()
        self.changed = asyncio.Condition()

    def host(self, _):
        """The address of a place."""
        return "127.0.0.1"

    def inside(self, _):
        """What a command that is to run there begins with."""
        return []

    def port(self, _):
        """A free port of the place of the store."""
        with bound() as plain:
            return plain.getsockname()[1]

    def link(self, name):
        """Where a member listens for others, and where others reach it if that is another address."""
        self.targets[name] = self.port(name)
        return f"127.0.0.1:{self.targets[name]}", f"127.0.0.1:{self.places[name].getsockname()[1]}"

    async def here(self, name):
        """The process of a member listens."""
        if name in self.targets:
            listener = bound(self.places[name].getsockname()[1])
            self.servers[name] = await asyncio.start_server(lambda reader, writer: self.serve(name, reader, writer), sock=listener)

    def gone(self, name):
        """The process of a member has ended: its port refuses connections."""
        server = self.servers.pop(name, None)
        if server:
            server.close()

    async def cut(self, sender, receiver):
        """Nothing that one place sends reaches the other any more."""
        self.rules.add((sender, receiver))

    async def heal(self, sender, receiver):
        """The link works again."""
        async with self.changed:
            self.rules.discard((sender, receiver))
            self.changed.notify_all()

    async def serve(self, name, reader, writer):
        self.tasks.add(asyncio.current_task())
        try:
            hello = await reader.readexactly(2)
            hello += await reader.readexactly(int.from_bytes(hello, "big"))
            sender = sender_of(hello)
            await self.passes(sender, name)
            back, forth = await asyncio.open_connection("127.0.0.1", self.targets[name])
            forth.write(hello)
            await asyncio.gather(self.copy(reader, forth, sender, name), self.copy(back, writer, name, sender))
        except (OSError, asyncio.IncompleteReadError, IndexError):
            pass
        finally:
            writer.close()
            self.tasks.discard(asyncio.current_task())

    async def passes(self, sender, receiver):
        async with self.changed:
            await self.changed.wait_for(lambda: (sender, receiver) not in self.rules)

    async def copy(self, reader, writer, sender, receiver):
        try:
            while data := await reader.read(65_536):
                await self.passes(sender, receiver)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def close(self):
        for task in self.tasks:
            task.cancel()
        for plain in self.places.values():
            plain.close()
