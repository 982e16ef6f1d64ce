"""A plugin in Python's standard library alone, as a child process: a line of JSON on its
standard input or output is a message. It has the methods of remix-child.js.

python remix-child.py
"""

import asyncio
import itertools
import json
import os
import sys

PREFIX = "Error from IDE : "


class Plugin:
    """The plugin's side of the protocol, and the methods under test."""

    METHODS = [
        "echo", "add", "fail", "slow", "none", "whoCalled", "callOther", "callAndCancel",
        "emitEvent", "listenTo", "offFrom", "onceTo", "received", "pid",
    ]

    def __init__(self):
        self.ids = itertools.count(1)
        self.waiting = {}
        self.heard = {}
        self.listening = {}
        self.tasks = set()

    def send(self, **message):
        sys.stdout.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")
        sys.stdout.flush()

    def take(self, message):
        """Handles a message of the engine."""
        if message["action"] == "request":
            task = asyncio.create_task(self.answer(message))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        elif message["action"] == "response":
            waiting = self.waiting.pop(message["id"], None)
            if waiting and message.get("error"):
                waiting.set_exception(RuntimeError(PREFIX + message["error"]))
            elif waiting:
                waiting.set_result(message.get("payload"))
        elif message["action"] == "notification":
            event = (message["name"], message["key"])
            if self.listening.get(event):
                self.heard[event].append(message["payload"])
                if self.listening[event] == "once":
                    del self.listening[event]

    async def answer(self, request):
        answer = {key: request[key] for key in ("name", "key", "id") if key in request}
        if request["key"] == "handshake":
            self.send(action="response", payload=self.METHODS, **answer)
            return
        try:
            method = getattr(self, request["key"])
            payload = await method(*request.get("payload", []), info=request.get("requestInfo"))
            self.send(action="response", payload=payload, **answer)
        except Exception as error:
            self.send(action="response", error=str(error), **answer)

    def call(self, plugin, method, payload):
        number = next(self.ids)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        self.send(action="request", name=plugin, key=method, payload=payload, id=number)
        return self.waiting[number]

    def listen(self, plugin, event, action):
        self.heard[plugin, event] = []
        self.listening[plugin, event] = action
        self.send(action=action, name=plugin, key=event, id=0)
        return True

    async def echo(self, x, info):
        return x

    async def add(self, a, b, info):
        return a + b

    async def fail(self, text, info):
        raise RuntimeError(text)

    async def slow(self, milliseconds, value, info):
        await asyncio.sleep(milliseconds / 1000)
        return value

    async def none(self, info):
        return None

    async def whoCalled(self, info):
        return info

    async def callOther(self, plugin, method, *payload, info):
        return await self.call(plugin, method, payload)

    async def callAndCancel(self, milliseconds, plugin, method, *payload, info):
        call = self.call(plugin, method, payload)
        await asyncio.sleep(milliseconds / 1000)
        self.send(action="cancel", name=plugin, key=method)
        try:
            return await call
        except RuntimeError as error:
            return str(error).removeprefix(PREFIX)

    async def emitEvent(self, event, *payload, info):
        self.send(action="emit", key=event, payload=payload)
        return True

    async def listenTo(self, plugin, event, info):
        return self.listen(plugin, event, "on")

    async def onceTo(self, plugin, event, info):
        return self.listen(plugin, event, "once")

    async def offFrom(self, plugin, event, info):
        self.listening.pop((plugin, event), None)
        self.send(action="off", name=plugin, key=event, id=0)
        return True

    async def received(self, plugin, event, info):
        return self.heard.get((plugin, event), [])

    async def pid(self, info):
        return os.getpid()


async def main():
    plugin = Plugin()
    lines = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    # What Python itself prints is no message, and belongs on standard error.
    print("the child is up", file=sys.stderr, flush=True)
    plugin.send(action="request", key="handshake", id=-1)
    while line := await lines.readline():
        plugin.take(json.loads(line))


sys.stdout.reconfigure(encoding="utf-8")
asyncio.run(main())
