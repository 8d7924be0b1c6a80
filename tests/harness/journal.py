"""Client journals of the load: what was about to be sent is on disk before it is sent, what came back afterwards."""
import json
import os
import time

DEFINITE = ("ok", "rejected")


class Journal:
    """One client's file: a JSON object a line."""

    def __init__(self, path):
        self.path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _write(self, record, durable):
        os.write(self._fd, (json.dumps(record) + "\n").encode())
        if durable:
            os.fdatasync(self._fd)

    def intent(self, command_id, login, method, body):
        """Before the first send; durable."""
        self._write({"t": "intent", "id": command_id.hex(), "login": login, "method": method, "body": body.hex(),
                     "at": time.monotonic_ns()}, True)

    def result(self, command_id, reply, via):
        """An answer; `via`: sent, resent, outcome."""
        self._write({"t": "result", "id": command_id.hex(), "status": reply.status, "reason": reply.reason,
                     "field": reply.field, "arguments": reply.arguments, "entity": reply.entity,
                     "version": reply.version, "via": via, "at": time.monotonic_ns()}, False)

    def lost(self, command_id):
        """No answer came."""
        self._write({"t": "lost", "id": command_id.hex(), "at": time.monotonic_ns()}, False)

    def read(self, login, shown, sent_at):
        """A read of an application and what it showed."""
        self._write({"t": "read", "login": login, "application": shown["id"], "version": shown["version"],
                     "state": shown["state"], "grades": "to_grade" in shown, "sent_at": sent_at,
                     "at": time.monotonic_ns()}, False)

    def close(self):
        """Closes the file."""
        os.close(self._fd)


def load(paths):
    """(operations, reads) of several journals. An operation: id, login, method, body, sent_at, `results` in order,
    `lost`: when a connection broke before the answer."""
    operations, reads = {}, []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if record["t"] == "intent":
                    operations[record["id"]] = {
                        "id": bytes.fromhex(record["id"]), "login": record["login"], "method": record["method"],
                        "body": bytes.fromhex(record["body"]), "sent_at": record["at"], "results": [], "lost": []}
                elif record["t"] == "result":
                    operations[record["id"]]["results"].append(record)
                elif record["t"] == "lost":
                    operations[record["id"]]["lost"].append(record["at"])
                else:
                    reads.append(record)
    return list(operations.values()), reads


def definite(operation):
    """The first definite answer of an operation, or None."""
    return next((r for r in operation["results"] if r["status"] in DEFINITE), None)
