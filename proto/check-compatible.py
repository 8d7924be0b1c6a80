#!/usr/bin/python3
"""Fails when the .proto files no longer understand what was released.

proto/released/*.binpb are descriptor sets of released protocol versions. In each of them every message, field, enum and
enum value must still be there, with its number, type, label and default. New ones may be added. The rules that hold for
every version are checked too: proto2, only `optional` and `repeated`, no recursive types.

    check-compatible.py            compares; status 1 and one line per difference when something was broken
    check-compatible.py --release  writes the set of the present version, creditd-N.binpb, when it is compatible
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

HERE = pathlib.Path(__file__).resolve().parent
RELEASED = HERE / "released"
PROTOCOL = 1  # version of the protocol that the .proto files describe
Field = descriptor_pb2.FieldDescriptorProto


def compile_protos(target):
    """Writes the descriptor set of the .proto files."""
    sources = sorted(path.name for path in HERE.glob("*.proto"))
    subprocess.run(["protoc", f"-I{HERE}", "--include_imports", f"--descriptor_set_out={target}", *sources], check=True,
                   cwd=HERE)


def read_set(path):
    """A descriptor set from a file."""
    return descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())


def walk(package, messages, enums, found):
    """Enters messages and enums, nested ones too, under their full names."""
    for enum in enums:
        found[1][f"{package}.{enum.name}"] = enum
    for message in messages:
        name = f"{package}.{message.name}"
        found[0][name] = message
        walk(name, message.nested_type, message.enum_type, found)


def types_of(descriptor_set):
    """({full name: message}, {full name: enum})"""
    found = ({}, {})
    for file in descriptor_set.file:
        walk("." + file.package, file.message_type, file.enum_type, found)
    return found


def shape(field):
    """What must stay as it is."""
    return {"name": field.name, "type": Field.Type.Name(field.type), "label": Field.Label.Name(field.label),
            "type name": field.type_name, "default": field.default_value}


def field_breaks(name, old, new):
    """Differences of one message."""
    now = {field.number: field for field in new.field}
    for field in old.field:
        if field.number not in now:
            yield f"{name}: field {field.number} ({field.name}) is gone"
            continue
        before, after = shape(field), shape(now[field.number])
        for what in before:
            if before[what] != after[what]:
                yield f"{name}: field {field.number} ({field.name}): {what} {before[what]!r} became {after[what]!r}"


def value_breaks(name, old, new):
    """Differences of one enum."""
    now = {value.number: value.name for value in new.value}
    for value in old.value:
        if value.number not in now:
            yield f"{name}: value {value.number} ({value.name}) is gone"
        elif now[value.number] != value.name:
            yield f"{name}: value {value.number} {value.name!r} became {now[value.number]!r}"


def breaks(released, present):
    """All that a released version would not understand any more."""
    for kind, compare in ((0, field_breaks), (1, value_breaks)):
        now = types_of(present)[kind]
        for name, old in types_of(released)[kind].items():
            if name in now:
                yield from compare(name, old, now[name])
            else:
                yield f"{name} is gone"


def reaches(messages, start):
    """Full names of the messages inside a message, at any depth."""
    seen, todo = set(), [start]
    while todo:
        for field in messages[todo.pop()].field:
            if field.type == Field.TYPE_MESSAGE and field.type_name not in seen:
                seen.add(field.type_name)
                todo.append(field.type_name)
    return seen


def rule_breaks(present):
    """What no version may hold."""
    for file in present.file:
        if file.syntax not in ("", "proto2"):
            yield f"{file.name}: syntax {file.syntax}, must be proto2"
    messages = types_of(present)[0]
    for name, message in messages.items():
        if name in reaches(messages, name):
            yield f"{name} holds itself"
        for field in message.field:
            if field.label == Field.LABEL_REQUIRED:
                yield f"{name}: field {field.number} ({field.name}) is required"
            if field.type == Field.TYPE_GROUP:
                yield f"{name}: field {field.number} ({field.name}) is a group"


def main():
    """See the module's text."""
    parser = argparse.ArgumentParser(description="compares the .proto files with what was released")
    parser.add_argument("--release", action="store_true", help="write the present set when it is compatible")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        made = pathlib.Path(directory) / "present.binpb"
        compile_protos(made)
        data = made.read_bytes()
    present = descriptor_pb2.FileDescriptorSet.FromString(data)
    sets = sorted(RELEASED.glob("*.binpb"))
    wrong = list(rule_breaks(present))
    for path in sets:
        wrong += [f"{path.name}: {line}" for line in breaks(read_set(path), present)]
    if not sets and not arguments.release:
        wrong.append(f"there is no released set in {RELEASED}")
    for line in wrong:
        print(line)
    if wrong:
        return 1
    if arguments.release:
        RELEASED.mkdir(exist_ok=True)
        (RELEASED / f"creditd-{PROTOCOL}.binpb").write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
