"""Python's protobuf beside a testee of the conformance suite, on random messages.

    python protobuf-random.py TESTEE FOLDER COUNT INCLUDE..

The schemas of FOLDER have a message `Root` each. For each of COUNT random messages of it, the
testee's JSON has to be Python's, and what either writes the other one has to read.
"""

import json
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

INTEGERS = {
    "int32": (-(2**31), 2**31 - 1),
    "sint32": (-(2**31), 2**31 - 1),
    "sfixed32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "fixed32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "sint64": (-(2**63), 2**63 - 1),
    "sfixed64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "fixed64": (0, 2**64 - 1),
}
TYPES = [
    None, "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string",
    "group", "message", "bytes", "uint32", "enum", "sfixed32", "sfixed64", "sint32", "sint64",
]
TEXTS = ["", "a", "Grüße, 世界 😀", '"\\/\b\f\n\r\t\x01', "null", "0", "x" * 300]


class Random:
    """Random messages of one schema."""

    def __init__(self, pool, seed, messages):
        self.pool = pool
        self.random = random.Random(seed)
        self.messages = messages

    def fill(self, message, depth):
        chosen = {
            oneof.name: self.random.choice(oneof.fields)
            for oneof in message.DESCRIPTOR.oneofs
            if self.random.random() < 0.8
        }
        for field in message.DESCRIPTOR.fields:
            of = field.containing_oneof
            if of is not None and chosen.get(of.name) is not field:
                continue
            if field.is_required or self.random.random() < 0.6:
                self.set(message, field, depth)

    def set(self, message, field, depth):
        entries = field.message_type is not None and field.message_type.GetOptions().map_entry
        count = self.random.choice([0, 1, 3])
        if entries:
            key, value = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
            if value.message_type is not None and depth == 0:
                return
            held = getattr(message, field.name)
            for _ in range(count):
                if value.message_type is not None:
                    self.message(held[self.scalar(key)], depth - 1)
                else:
                    held[self.scalar(key)] = self.scalar(value)
        elif field.message_type is not None:
            if depth == 0:
                return
            if field.is_repeated:
                for _ in range(count):
                    self.message(getattr(message, field.name).add(), depth - 1)
            else:
                held = getattr(message, field.name)
                held.SetInParent()
                self.message(held, depth - 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(self.scalar(field) for _ in range(count))
        else:
            setattr(message, field.name, self.scalar(field))

    def message(self, message, depth):
        name = message.DESCRIPTOR.full_name
        pick = self.random
        if name == "google.protobuf.Timestamp":
            message.seconds = pick.choice([0, -62135596800, 253402300799, pick.randrange(2**32)])
            message.nanos = pick.choice([0, 1, 1000, 1000000, 999999999])
        elif name == "google.protobuf.Duration":
            sign = pick.choice([1, -1])
            message.seconds = sign * pick.choice([0, 1, 315576000000])
            message.nanos = sign * pick.choice([0, 1, 1000, 1000000, 999999999])
        elif name == "google.protobuf.FieldMask":
            message.paths.extend(pick.sample(["a", "b.c_d", "user.display_name"], 2))
        elif name == "google.protobuf.Value":
            self.value(message, depth)
        elif name == "google.protobuf.ListValue":
            for _ in range(2):
                self.value(message.values.add(), depth)
        elif name == "google.protobuf.Struct":
            for key in pick.sample(TEXTS, 2):
                self.value(message.fields[key], depth)
        elif name == "google.protobuf.Any":
            of = pick.choice([*self.messages, "google.protobuf.Duration", "google.protobuf.Any"])
            inner = message_factory.GetMessageClass(self.pool.FindMessageTypeByName(of))()
            self.message(inner, max(depth - 1, 0))
            message.Pack(inner)
        else:
            self.fill(message, depth)

    def value(self, message, depth):
        kind = self.random.choice(["null", "number", "text", "bool", "list"])
        if kind == "null":
            message.null_value = 0
        elif kind == "number":
            message.number_value = self.random.choice([0.0, 1.5, -1e300, 2.0**53])
        elif kind == "text":
            message.string_value = self.random.choice(TEXTS)
        elif kind == "bool":
            message.bool_value = self.random.random() < 0.5
        else:
            message.list_value.SetInParent()
            if depth > 0:
                self.value(message.list_value.values.add(), depth - 1)

    def scalar(self, field):
        pick, kind = self.random, TYPES[field.type]
        if kind in INTEGERS:
            least, most = INTEGERS[kind]
            return pick.choice([0, 1, least, most, pick.randint(least, most)])
        if kind == "bool":
            return pick.random() < 0.5
        if kind == "string":
            return pick.choice(TEXTS)
        if kind == "bytes":
            return pick.randbytes(pick.choice([0, 1, 2, 3, 100]))
        if kind == "enum":
            numbers = [value.number for value in field.enum_type.values]
            return pick.choice(numbers if field.enum_type.is_closed else [*numbers, 123456])
        wide = pick.choice([0.0, 1.0, -2.5, float("inf"), float("-inf"), pick.uniform(-1e30, 1e30)])
        return struct.unpack("f", struct.pack("f", wide))[0] if kind == "float" else wide


class Testee:
    """The program, which answers each request with a response."""

    def __init__(self, program, pool):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        find = lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        self.request, self.response = find("conformance.ConformanceRequest"), find("conformance.ConformanceResponse")

    def ask(self, **fields):
        request = self.request(**fields).SerializeToString()
        self.process.stdin.write(len(request).to_bytes(4, "little") + request)
        self.process.stdin.flush()
        length = int.from_bytes(self.process.stdout.read(4), "little")
        response = self.response.FromString(self.process.stdout.read(length))
        kind = response.WhichOneof("result")
        assert kind in ("protobuf_payload", "json_payload"), f"{response}"
        return getattr(response, kind)


def compiled(folder, includes):
    """The files of a folder in a pool, as protoc compiles them."""
    names = sorted(path.name for path in Path(folder).glob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        google = str(Path(protoc.__file__).parent / "_proto")
        arguments = [f"-I{include}" for include in [folder, *includes, google]] + ["--include_imports"]
        arguments += [f"--descriptor_set_out={out.name}", *names, "conformance/conformance.proto"]
        assert protoc.main(["protoc", *arguments]) == 0, "protoc has refused the schemas"
        files = descriptor_pb2.FileDescriptorSet.FromString(Path(out.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool, [name.removesuffix(".proto") for name in names]


def messages(descriptor):
    """The names of a message and of those in it."""
    yield descriptor.full_name
    for inner in descriptor.nested_types:
        if not inner.GetOptions().map_entry:
            yield from messages(inner)


def check(testee, pool, name, message):
    as_json = lambda message: json.loads(json_format.MessageToJson(message, descriptor_pool=pool))
    data, wanted = message.SerializeToString(), as_json(message)
    parse = type(message).FromString
    text = testee.ask(message_type=name, protobuf_payload=data, requested_output_format=2)
    assert json.loads(text) == wanted, f"JSON differs:\n{text}\n{json.dumps(wanted, ensure_ascii=False)}"
    again = testee.ask(message_type=name, protobuf_payload=data, requested_output_format=1)
    assert parse(again) == message, f"protobuf differs:\n{again}\n{data}"
    for text in (text, json.dumps(wanted)):
        read = testee.ask(message_type=name, json_payload=text, requested_output_format=1)
        # The bytes in an `Any` may be in another order.
        assert as_json(parse(read)) == wanted, f"{text}\nis read as\n{parse(read)}"


def main(program, folder, count, *includes):
    pool, packages = compiled(folder, includes)
    testee = Testee(program, pool)
    for package in packages:
        name = f"{package}.Root"
        root = pool.FindMessageTypeByName(name)
        own = pool.FindFileByName(f"{package}.proto").message_types_by_name.values()
        names = [inner for message in own for inner in messages(message)]
        values = Random(pool, package, names)
        for index in range(int(count)):
            message = message_factory.GetMessageClass(root)()
            values.fill(message, index % 5)
            check(testee, pool, name, message)
    print(f"{len(packages)} schemas, {int(count) * len(packages)} messages")


if __name__ == "__main__":
    main(*sys.argv[1:])
