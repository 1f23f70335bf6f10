"""What Debian's python3-websockets says is wrong with opening handshakes.

stdin: a line of JSON for each task: "request" and "response" in hex, either may be null, and what the client of the response
had sent: "key", "subprotocols", "deflate" (permessage-deflate's parameters, null for no offer). stdout: for each a line of
JSON, with the fault that its server reports in the request, and its client in the response.
"""
import json
import logging
import sys

from websockets.client import ClientConnection
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.server import ServerConnection
from websockets.uri import parse_uri

logging.disable(logging.CRITICAL)


def in_request(task):
    server = ServerConnection(extensions=[ServerPerMessageDeflateFactory()], subprotocols=["chat", "superchat"])
    try:
        server.receive_data(bytes.fromhex(task["request"]))
        for request in server.events_received():
            server.accept(request)
    except Exception as error:
        return str(error)
    return server.handshake_exc and str(server.handshake_exc)


def in_response(task):
    params = task["deflate"]
    bits = lambda name: int(params[name]) if params.get(name) else name in params or None
    try:
        offer = params is not None and [
            ClientPerMessageDeflateFactory(
                "server_no_context_takeover" in params,
                "client_no_context_takeover" in params,
                bits("server_max_window_bits"),
                bits("client_max_window_bits"),
            )
        ]
    except ValueError:
        # An offer that it does not make, so that it has no answer to judge.
        return None
    client = ClientConnection(
        parse_uri("ws://server.example.com/chat"), extensions=offer or None, subprotocols=task["subprotocols"] or None
    )
    client.key = task["key"]
    client.connect()
    try:
        client.receive_data(bytes.fromhex(task["response"]))
        client.receive_eof()
    except Exception as error:
        return str(error)
    return client.handshake_exc and str(client.handshake_exc)


for line in sys.stdin:
    task = json.loads(line)
    request = None if task["request"] is None else in_request(task)
    response = None if task["response"] is None else in_response(task)
    print(json.dumps({"request": request, "response": response}))
