"""websockets 17.4 as an echo: python websocket-server.py [--port 0]

Prints `READY <port>`, and `CLOSED <code>` when a connection ends; ends when
stdin closes. Some texts are not sent back but ask for something:

ping         a ping, and the pong's payload in a text
pieces       a text in three frames
many         a thousand texts, one behind the other
close CODE   a close frame with this code, and a reason
"""

import argparse
import asyncio
import contextlib
import sys

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def answer(socket, message):
    match message.split(" ") if isinstance(message, str) else []:
        case ["ping"]:
            await (await socket.ping("payload"))
            await socket.send("pong payload")
        case ["pieces"]:
            await socket.send(["Häl", "lo 世", "界 🌍"])
        case ["many"]:
            for number in range(1000):
                await socket.send(str(number))
        case ["close", code]:
            await socket.close(int(code), "grün 世界")
        case _:
            await socket.send(message)


async def handle(socket):
    # A code that is no good end is an exception here.
    with contextlib.suppress(ConnectionClosed):
        async for message in socket:
            await answer(socket, message)
    await socket.wait_closed()
    print(f"CLOSED {socket.close_code}", flush=True)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    flags = parser.parse_args()
    async with serve(handle, "127.0.0.1", flags.port, max_size=None, ping_interval=None) as server:
        print(f"READY {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
