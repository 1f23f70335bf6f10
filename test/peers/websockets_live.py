"""A client or a server of Debian's python3-websockets.

Arguments: client or server, and a line of JSON with options. stdin, of a client: a line of JSON each, {"send": text},
{"hex": bytes}, {"ping": text}, {"close": [code, reason]}. stdout: what happens, a line of JSON each.
"""
import asyncio
import json
import sys

import websockets

kind, given = sys.argv[1], json.loads(sys.argv[2])


def tell(what):
    print(json.dumps(what), flush=True)


def options():
    known = {"compression": given.get("compression")}
    if "subprotocols" in given:
        known["subprotocols"] = given["subprotocols"]
    return known


def opened(socket):
    tell({"open": socket.path, "subprotocol": socket.subprotocol, "compressed": bool(socket.extensions)})


async def hear(socket):
    try:
        async for message in socket:
            tell({"message": message} if isinstance(message, str) else {"hex": message.hex()})
            if kind == "server":
                await socket.send(message)
    except websockets.ConnectionClosedError:
        pass
    tell({"closed": socket.close_code, "reason": socket.close_reason})


async def client():
    try:
        socket = await websockets.connect(given["url"], **options())
    except Exception as error:
        tell({"refused": f"{type(error).__name__}: {error}"})
        return
    opened(socket)
    hearing = asyncio.ensure_future(hear(socket))
    loop = asyncio.get_running_loop()

    async def obey():
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            task = json.loads(line)
            if "send" in task:
                await socket.send(task["send"])
            elif "hex" in task:
                await socket.send(bytes.fromhex(task["hex"]))
            elif "fragments" in task:
                await socket.send(task["fragments"])
            elif "ping" in task:
                await (await socket.ping(task["ping"]))
                tell({"pong": task["ping"]})
            elif "close" in task:
                await socket.close(*task["close"])

    obeying = asyncio.ensure_future(obey())
    await hearing
    obeying.cancel()


async def server():
    async def handler(socket):
        opened(socket)
        tell({"headers": dict(socket.request_headers)})
        if "ping" in given:
            await (await socket.ping(given["ping"]))
            tell({"pong": given["ping"]})
        await hear(socket)

    protocol = {}
    if "credentials" in given:
        protocol["create_protocol"] = websockets.basic_auth_protocol_factory("here", tuple(given["credentials"]))
    async with websockets.serve(handler, "127.0.0.1", 0, **options(), **protocol) as serving:
        tell({"port": serving.sockets[0].getsockname()[1]})
        await asyncio.Future()


asyncio.run(client() if kind == "client" else server())
