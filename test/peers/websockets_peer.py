"""Frames of Debian's python3-websockets: parses those it is given, and serialises its own.

stdin: a line of JSON each, {"serialise": {...}} or {"parse": hex, "mask": bool}; stdout: the answer, a line of JSON each.
"""
import json
import sys

from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader


def run(generator):
    try:
        while True:
            next(generator)
    except StopIteration as stop:
        return stop.value


for line in sys.stdin:
    task = json.loads(line)
    if "serialise" in task:
        it = task["serialise"]
        frame = Frame(Opcode(it["opcode"]), bytes.fromhex(it["payload"]), fin=it["fin"])
        answer = {"hex": frame.serialize(mask=it["mask"]).hex()}
    else:
        reader = StreamReader()
        reader.feed_data(bytes.fromhex(task["parse"]))
        reader.feed_eof()
        try:
            frame = run(Frame.parse(reader.read_exact, mask=task["mask"]))
            answer = {"opcode": int(frame.opcode), "fin": frame.fin, "payload": frame.data.hex()}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))
