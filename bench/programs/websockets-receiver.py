"""python3-websockets' own reading of frames, on a file of a client's frames. Usage: websockets-receiver.py FILE"""
import asyncio, sys
from websockets.legacy.framing import Frame

async def main():
    with open(sys.argv[1], "rb") as file:
        reader = asyncio.StreamReader(limit=2 ** 27)
        reader.feed_data(file.read())
        reader.feed_eof()
    frames = 0
    try:
        while True:
            await Frame.read(reader.readexactly, mask=True, max_size=None)
            frames += 1
    except EOFError:
        print(frames, "frames", file=sys.stderr)

asyncio.run(main())
