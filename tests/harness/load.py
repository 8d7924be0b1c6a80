"""Load for the fault tests: clients that play changes at random, keep a journal, and settle what they did not hear of.

A worker writes `intent` (durable) before it sends and `result` after; when the connection breaks it connects again,
asks `outcome` or sends the same bytes again until the answer is definite.
"""
import random
import threading
import time

from . import creditproto as wire
from .creditproto import Client, Disconnected, Refused, Reply, method_number
from .journal import DEFINITE, Journal
from .process import pause

BROKEN = (Disconnected, OSError)
# What can be tried in a state, by whom: step, login.
NEXT = {
    None: [("submit", "sub11"), ("submit", "sub11b")],
    "submitted": [("verify", "ver1"), ("verify", "ver1b"), ("return", "ver1"), ("withdraw", "sub11b"),
                  ("verify", "ver1"), ("recall", "sub11")],
    "returned": [("resubmit", "sub11"), ("resubmit", "sub11b"), ("withdraw", "sub11")],
    "verified": [("approve", "app"), ("approve", "appb"), ("reject", "appb"), ("return", "app"), ("withdraw", "sub11"),
                 ("return_to_region", "app"), ("recall", "ver1")],
    "approved": [("record", "sub11"), ("record", "sub11b")],
}
EVERYTHING = sorted({pair for pairs in NEXT.values() for pair in pairs})
GRADES = ("green", "yellow", "red", "black")
CLOSED = {"recorded", "rejected", "withdrawn", "lapsed"}


def fields_of(step, random_source, customer, application):
    """A complete request of a step."""
    if step == "submit":
        return {"customer": customer, "to_grade": random_source.choice(GRADES),
                "reason": "load"}
    fields = {"application": application}
    if step == "verify":
        fields.update(finding=random_source.choice(["confirmed", "doubtful"]), opinion="seen by the region")
    elif step in ("return", "return_to_region", "reject"):
        fields["reason"] = "load"
    return fields


class Board:
    """What the workers believe of the customers they share: the open application and its state."""

    def __init__(self, customers):
        self.customers = list(customers)
        self.lock = threading.Lock()
        self.known = {c: (None, None, None) for c in self.customers}
        self.acknowledged = 0

    def learn(self, customer, shown):
        """Takes over what an answer showed of an application."""
        closed = shown["state"] in CLOSED
        with self.lock:
            self.known[customer] = (None, None, None) if closed else (shown["id"], shown["state"], shown["version"])

    def acked(self):
        """Counts a definite answer."""
        with self.lock:
            self.acknowledged += 1


class Target:
    """Where the server is now; the test moves it."""

    def __init__(self, port, ca, tokens):
        self.port, self.ca, self.tokens = port, ca, tokens


class Worker(threading.Thread):
    """One client. `stop` ends it after its current command is settled; `failure` holds what ended it early."""

    def __init__(self, number, seed, target, board, directory, patience=60):
        super().__init__(name=f"worker-{number}", daemon=True)
        self.random = random.Random(f"{seed}/{number}")
        self.target, self.board, self.patience = target, board, patience
        self.journal = Journal(directory / f"{number}.journal")
        self.stopping = threading.Event()
        self.failure = None
        self._clients = {}

    def stop(self):
        """Asks it to end."""
        self.stopping.set()

    def run(self):
        try:
            while not self.stopping.is_set():
                self._one()
        except BaseException as error:  # pylint: disable=broad-except
            self.failure = error
        finally:
            self._drop()
            self.journal.close()

    # ---- connections ----

    def _client(self, login):
        if login not in self._clients:
            self._clients[login] = self._connect(self.target.tokens[login])
        return self._clients[login]

    def _connect(self, token):
        """A connection with a session. A server that cannot do that now is one that cannot be reached."""
        try:
            client = Client(self.target.port, self.target.ca, timeout=15)
            try:
                client.resume(token)
            except BaseException:
                client.close()
                raise
        except Refused as refused:
            if refused.reply.status in DEFINITE and refused.reply.reason != "INTERNAL":
                raise
            raise Disconnected(str(refused)) from refused
        return client

    def _drop(self):
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    # ---- one command ----

    def _choose(self):
        customer = self.random.choice(self.board.customers)
        application, state, version = self.board.known[customer]
        if self.random.random() < 0.85:
            step, login = self.random.choice(NEXT[state])
        else:
            step, login = self.random.choice(EVERYTHING)
        if application is None and step != "submit":
            step, login = self.random.choice(NEXT[None])
        return step, login, customer, application, version

    def _fields(self, step, customer, application, version):
        """A complete request; sometimes for a certain version, sometimes a decision for another grade."""
        fields = fields_of(step, self.random, customer, application)
        if step != "submit" and version is not None and self.random.random() < 0.3:
            fields["if_version"] = version
        if step == "approve" and self.random.random() < 0.5:
            fields.update(grade=self.random.choice(GRADES), reason="another grade")
        return fields

    def _one(self):
        step, login, customer, application, version = self._choose()
        if application is not None and self.random.random() < 0.15:
            self._read(login, application)
            return
        name = "application_" + step
        command_id = wire.new_command_id()
        fields = {"command_id": command_id, **self._fields(step, customer, application, version)}
        body = wire.encode(name, fields)
        self.journal.intent(command_id, login, method_number(name), body)
        reply = self._settle(name, login, command_id, body)
        if reply is None:
            return
        self.board.acked()
        shown = reply.body.get("application")
        if reply.ok and shown:
            self.board.learn(customer, shown)
        elif not reply.ok:
            self._refused(customer, reply)

    def _refused(self, customer, reply):
        if reply.reason == "OPEN_APPLICATION_EXISTS":
            self._look(customer, reply.arguments["application"])
        elif reply.reason in ("STATE_CHANGED", "NOT_LAST_STEP", "ALREADY_DECIDED", "STALE_VERSION"):
            application = self.board.known[customer][0]
            if application is not None:
                self._look(customer, application)

    def _look(self, customer, application):
        shown = self._read("sub11", application)
        if shown is not None:
            self.board.learn(customer, shown)

    def _read(self, login, application):
        sent_at = time.monotonic_ns()
        try:
            reply = self._client(login).call("application_show", application=application, purpose="load")
        except BROKEN:
            self._drop()
            return None
        if not reply.ok:
            return None
        shown = reply.body["application"]
        self.journal.read(login, shown, sent_at)
        return shown

    def _settle(self, name, login, command_id, body):
        """Sends until the answer is definite; None when patience ended (the checker will say so)."""
        end = time.monotonic() + self.patience
        via, ask = "sent", False
        while time.monotonic() < end:
            try:
                reply = self._attempt(name, login, command_id, body, ask)
            except BROKEN:
                self.journal.lost(command_id)
                self._drop()
                via, ask = "resent", self.random.random() < 0.5
                pause(0.005)  # between attempts to reach a server that is down
                continue
            if reply is not None:
                self.journal.result(command_id, reply, "outcome" if ask else via)
                if reply.status in DEFINITE:
                    return reply
                pause(0.005)
            via, ask = "resent", not ask and reply is not None and self.random.random() < 0.3
        return None

    def _attempt(self, name, login, command_id, body, ask):
        client = self._client(login)
        if not ask:
            return client.wait(client.post_body(name, body))
        reply = client.call("outcome", command_id=command_id, home_id=1)
        if not reply.ok or not reply.message.known:
            return None
        return Reply(name, reply.message.outcome.SerializeToString())


def run_workers(count, seed, target, board, directory):
    """Starts workers; the caller stops them with `finish`."""
    workers = [Worker(n, seed, target, board, directory) for n in range(count)]
    for worker in workers:
        worker.start()
    return workers


def finish(workers, seconds=90):
    """Stops the workers and raises what ended one early."""
    for worker in workers:
        worker.stop()
    for worker in workers:
        worker.join(seconds)
        if worker.is_alive():
            raise AssertionError(f"{worker.name} did not end")
        if worker.failure is not None:
            raise worker.failure
