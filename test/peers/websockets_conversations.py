"""Conversations between a real server and a real client of Debian's python3-websockets, recorded by a relay between them.

stdin: a line of JSON for each, {"seed", "messages", "server", "client"}: the last two are permessage-deflate's parameters of
each side, null for none. stdout: a line of JSON for each: what each side "sent", in order, as opcode and hex, and what the
relay recorded, as side and hex.
"""
import asyncio
import json
import random
import sys

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory

# Words that come again, so that compressed messages copy from those before; of one to four bytes a character.
WORDS = ["wsframe ", "frame ", "Größe ", "世界", "👩‍🚀", "🙂 ", "naïve ", "\U0010ffff", "\0", '{"id":', "}, ", "\r\n"]


def message(dice):
    size = dice.randrange(dice.choice([1, 20, 130, 130, 600, 4000]) + 1)
    if dice.random() < 0.003:
        size = 70_000
    if dice.random() < 0.5:
        unlike = dice.choice([2, 16, 256])
        return bytes(dice.randrange(unlike) for _ in range(size))
    pick = lambda: dice.choice(WORDS) if dice.random() < 0.6 else chr(0x20 + dice.randrange(0x300))
    return "".join(pick() for _ in range(size // 4))


def cut(dice, whole):
    cuts = sorted(dice.randrange(len(whole) + 1) for _ in range(1 + dice.randrange(5)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)])]


async def talk(socket, dice, count):
    """Sends random messages, whole and in fragments, with pings before, between and behind; gives what it sent."""
    sent = []
    pongs = []

    async def maybe_ping(share):
        if dice.random() < share:
            # A ping must not be like another one that waits.
            pongs.append(await socket.ping(f"{len(pongs)}{'!' * dice.randrange(100)}"))

    async def fragments(whole):
        for part in cut(dice, whole):
            yield part
            await maybe_ping(0.3)

    async def receive():
        for _ in range(count):
            await socket.recv()

    receiving = asyncio.create_task(receive())
    for _ in range(count):
        whole = message(dice)
        await socket.send(whole if dice.random() < 0.6 else fragments(whole))
        await maybe_ping(0.05)
        sent.append([1, whole.encode().hex()] if isinstance(whole, str) else [2, whole.hex()])
    await asyncio.gather(receiving, *pongs)
    return sent


async def relayed(port, said):
    """A relay to a port: it keeps what each side says, before the other side has it."""

    async def pump(side, reader, writer):
        while data := await reader.read(65536):
            said.append([side, data.hex()])
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def connected(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump("client", reader, far_writer), pump("server", far_reader, writer))
        far_writer.close()
        writer.close()

    return await asyncio.start_server(connected, "127.0.0.1", 0)


async def converse(task):
    said = []
    served = asyncio.get_running_loop().create_future()
    both_done = asyncio.Event()

    async def serve(socket):
        try:
            served.set_result(await talk(socket, random.Random(task["seed"]), task["messages"]))
        except Exception as error:
            served.set_exception(error)
        await both_done.wait()
        await socket.wait_closed()

    usual = {"compression": None, "ping_interval": None, "max_size": None, "max_queue": None}
    offered = task["client"] is not None and [ClientPerMessageDeflateFactory(**task["client"])] or None
    accepted = task["server"] is not None and [ServerPerMessageDeflateFactory(**task["server"])] or None
    async with websockets.serve(serve, "127.0.0.1", 0, extensions=accepted, **usual) as server:
        relay = await relayed(server.sockets[0].getsockname()[1], said)
        port = relay.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}", extensions=offered, **usual) as socket:
            by_client = await talk(socket, random.Random(task["seed"] + 1), task["messages"])
            by_server = await served
            both_done.set()
            await socket.close(1000, "bye")
        relay.close()
    return {"sent": {"client": by_client, "server": by_server}, "said": said}


for line in sys.stdin:
    print(json.dumps(asyncio.run(converse(json.loads(line)))))
