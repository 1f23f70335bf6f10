"""What Debian's python3-websockets says is wrong with frames.

stdin: a line of JSON for each task, {"receiver": "client" or "server", "frames": hex, "deflate": permessage-deflate's
parameters or null}. stdout: for each a line of JSON, with the fault that is reported, or null, by the protocol without I/O
("frames") and by the one that websockets.connect and websockets.serve run ("socket"), which reads text too.
"""
import asyncio
import json
import logging
import socket
import sys

from websockets.connection import Connection, Side
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.legacy.protocol import WebSocketCommonProtocol

logging.disable(logging.CRITICAL)


def extensions(task):
    params = task["deflate"]
    if params is None:
        return []
    local = task["receiver"]
    remote = "client" if local == "server" else "server"
    return [
        PerMessageDeflate(
            remote_no_context_takeover=f"{remote}_no_context_takeover" in params,
            local_no_context_takeover=f"{local}_no_context_takeover" in params,
            remote_max_window_bits=int(params.get(f"{remote}_max_window_bits") or 15),
            local_max_window_bits=int(params.get(f"{local}_max_window_bits") or 15),
        )
    ]


def by_frames(task):
    connection = Connection(Side[task["receiver"].upper()], max_size=None)
    connection.extensions = extensions(task)
    connection.receive_data(bytes.fromhex(task["frames"]))
    connection.receive_eof()
    # That the connection ends between frames, without a Close, is no fault of a frame.
    fault = str(connection.parser_exc or "")
    return None if fault in ("", "unexpected end of stream") else fault


async def by_socket(task):
    ours, theirs = socket.socketpair()
    # The opening handshake is taken to be over.
    protocol = WebSocketCommonProtocol(ping_interval=None, close_timeout=0.01, max_size=None, max_queue=None)
    protocol.side = task["receiver"]
    protocol.is_client = protocol.side == "client"
    await asyncio.get_running_loop().create_connection(lambda: protocol, sock=ours)
    protocol.extensions = extensions(task)
    protocol.connection_open()
    peer_reader, peer_writer = await asyncio.open_connection(sock=theirs)
    peer_writer.write(bytes.fromhex(task["frames"]))
    peer_writer.write_eof()
    await asyncio.wait([protocol.transfer_data_task])
    fault = protocol.transfer_data_exc
    peer_writer.close()
    await protocol.close_connection_task
    between = isinstance(fault, asyncio.IncompleteReadError) and (len(fault.partial), fault.expected) == (0, 2)
    return None if fault is None or between else str(fault)


async def main():
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps({"frames": by_frames(task), "socket": await by_socket(task)}))


asyncio.run(main())
