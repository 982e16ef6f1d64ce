"""websockets 17.4 as a client of two echoes, one of bytes and one of text:

python websocket-client.py --binary ws://127.0.0.1:3010 --text ws://127.0.0.1:3011
"""

import argparse
import asyncio
import json

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

SIZES = [0, 1, 125, 126, 127, 65535, 65536, 100000, 1 << 20]
TEXTS = ["hello", "", "\0", "Hällo 世界 🌍", "\uffff\ufffd\U0010ffff", 'a\r\nb\u2028"\\']
LIMIT = 20


def dial(url):
    return connect(url, max_size=None, ping_interval=None, proxy=None)


async def texts_come_back(flags):
    async with dial(flags.text) as socket:
        assert socket.protocol.extensions == [], socket.protocol.extensions
        for text in [*TEXTS, "世界🌍 abc" * ((1 << 20) // 14)]:
            await socket.send(text)
            assert await socket.recv() == text, text[:20]


async def bytes_come_back(flags):
    async with dial(flags.binary) as socket:
        for size in SIZES:
            data = bytes(i % 251 for i in range(size))
            await socket.send(data)
            assert await socket.recv() == data, size


async def fragments_come_back_whole(flags):
    async with dial(flags.text) as socket:
        pong = await socket.ping("before")
        await socket.send(["Häl", "lo ", "", "世界 🌍"])
        assert await socket.recv() == "Hällo 世界 🌍"
        await pong


async def many_come_back_in_order(flags):
    async with dial(flags.text) as socket:

        async def send():
            for number in range(2000):
                await socket.send(str(number))

        sending = asyncio.create_task(send())
        for number in range(2000):
            assert await socket.recv() == str(number)
        await sending


async def codes_come_back(flags):
    for code in [1000, 1001, 1011, 3000, 4999]:
        socket = await dial(flags.text)
        await socket.close(code, "grün 世界")
        assert (socket.close_code, socket.close_reason) == (code, ""), socket.close_code


async def what_is_too_long_ends_the_connection(flags):
    socket = await dial(flags.binary)
    try:
        await socket.send(bytes((16 << 20) + 100))
        await socket.recv()
    except ConnectionClosed:
        pass
    assert socket.close_code == 1009, socket.close_code
    assert f"{(16 << 20) + 100} bytes" in socket.close_reason, socket.close_reason


async def the_first_protocol_is_answered(flags):
    url, offered = flags.text, ["game.v2", "game.v1"]
    async with connect(url, subprotocols=offered, ping_interval=None, proxy=None) as socket:
        assert socket.subprotocol == "game.v2", socket.subprotocol


CHECKS = [
    the_first_protocol_is_answered,
    texts_come_back,
    bytes_come_back,
    fragments_come_back_whole,
    many_come_back_in_order,
    codes_come_back,
    what_is_too_long_ends_the_connection,
]


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--text", required=True)
    flags = parser.parse_args()
    failures = []
    for check in CHECKS:
        try:
            await asyncio.wait_for(check(flags), LIMIT)
            print(f"ok {check.__name__}")
        except Exception as error:
            failures.append({"name": check.__name__, "error": repr(error)})
            print(f"not ok {check.__name__}: {error!r}")
    passed = len(CHECKS) - len(failures)
    summary = {"passed": passed, "failed": len(failures), "failures": failures, "skipped": 0}
    print(json.dumps(summary), flush=True)
    raise SystemExit(1 if failures else 0)


asyncio.run(main())
