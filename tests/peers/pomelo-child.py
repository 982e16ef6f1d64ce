"""A server of pomelo's protocol in Python's standard library alone, as a child process: the
bytes of its standard input and output are packages. It has the routes of pomelo-child.js.

python pomelo-child.py
"""

import json
import os
import sys

HANDSHAKE, ACK, HEARTBEAT, DATA = 1, 2, 3, 4
REQUEST, NOTIFY, RESPONSE, PUSH = range(4)


def read(size):
    """Reads so many bytes. There are fewer at the end of the input alone."""
    data = sys.stdin.buffer.read(size)
    if len(data) < size:
        sys.exit(0)
    return data


def write(kind, body):
    sys.stdout.buffer.write(bytes([kind]) + len(body).to_bytes(3, "big") + body)
    sys.stdout.buffer.flush()


def encode(kind, head, value):
    """A message without a route's code, and with JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return bytes([kind << 1]) + head + body


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def decode(message):
    """Returns the id, the route and the JSON of a request."""
    kind, at, number, shift = message[0] >> 1 & 7, 1, 0, 0
    assert kind == REQUEST and not message[0] & 1, message[:20]
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    end = at + 1 + message[at]
    body = message[end:]
    return number, message[at + 1 : end].decode(), json.loads(body) if body else None


def answer(route, body):
    if route == "game.main.echo":
        return body
    if route == "game.main.process":
        return os.getpid()
    assert route == "game.main.push", route
    push = b"onPush"
    write(DATA, encode(PUSH, bytes([len(push)]) + push, body))
    return True


while True:
    head = read(4)
    body = read(int.from_bytes(head[1:], "big"))
    if head[0] == HANDSHAKE:
        write(HANDSHAKE, json.dumps({"code": 200, "sys": {"heartbeat": 0}}).encode())
    elif head[0] == DATA:
        number, route, value = decode(body)
        write(DATA, encode(RESPONSE, varint(number), answer(route, value)))
