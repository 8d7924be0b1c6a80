"""Hostile and broken peers (acceptance 8): whatever comes, the next good client is answered and memory stays
bounded."""
import random
import re
import resource
import select
import socket
import ssl
import statistics
import struct
import threading
import time
from pathlib import Path

import pytest

from harness import creditproto as wire
from harness import paths
from harness.creditproto import ANSWER, HEADER, METHODS, Client, Reply, frame, method_number
from harness.process import wait_until
from harness.server import limits

BEFORE_LOGIN_MAX, AFTER_LOGIN_MAX = 4096, 1024 * 1024
WHOAMI = method_number("whoami")
MEGABYTE = 1 << 20
# Freed memory is kept in quarantine by AddressSanitizer: growth then says nothing below its size.
QUARANTINE = 700 * MEGABYTE if "asan" in paths.BUILD.name else 0
SLOW_SOCKETS, SLOW_INSIDE = 1000, 30
SLOW_ADDRESSES = 40
ROUNDS = 5
PATIENCE_MS = 2000 if QUARANTINE else 500  # in which a good peer finishes its login
NOISE = 0.001  # seconds; what a busy machine adds to a p99 of this size


@pytest.fixture(autouse=True)
def answers_the_next_good_client(server, tokens):
    """After each test: a fresh connection works, and the server is the one that was started."""
    yield
    assert server.running()
    with server.client(tokens["sub11"]) as client:
        assert client.do("whoami")["login"] == "sub11"


def tls_socket(server, **options):
    """A TLS connection that has said nothing yet."""
    return Client(server.port, server.ca, greet=False, **options)


def ended(client, seconds=10):
    """Has the server closed, at the latest after so long? Answers that came before are passed over."""
    client.socket.settimeout(seconds)
    try:
        while client.socket.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


# ---- bytes that are no frames ----

LIES = {
    "garbage": random.Random(8).randbytes(65536),
    "http": b"GET / HTTP/1.1\r\nHost: creditd\r\n\r\n",
    "length 2^32-1": frame(WHOAMI, 1, b"", length=0xFFFFFFFF),
    "length 2^31": frame(WHOAMI, 1, b"", length=0x80000000),
    "kind 0": frame(WHOAMI, 1, b"", kind=0),
    "an answer": frame(WHOAMI, 1, b"", kind=ANSWER),
    "a push": frame(WHOAMI, 1, b"", kind=3),
    "a pong": frame(WHOAMI, 1, b"", kind=5),
    "kind 255": frame(WHOAMI, 1, b"", kind=255),
    "compressed": frame(WHOAMI, 1, b"", flags=1),
    "unknown flag": frame(WHOAMI, 1, b"", flags=0x80),
}


@pytest.mark.parametrize("logged_in", [False, True], ids=["anonymous", "logged in"])
@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_frame_ends_the_connection(server, tokens, lie, logged_in):
    with tls_socket(server) as client:
        if logged_in:
            client.do("hello", protocol_min=1, protocol_max=1)
            client.resume(tokens["sub11"])
        try:
            client.send_bytes(LIES[lie])
        except OSError:
            return
        assert ended(client), "the connection is still open"


@pytest.mark.parametrize("logged_in, limit", [(False, BEFORE_LOGIN_MAX), (True, AFTER_LOGIN_MAX)],
                         ids=["anonymous", "logged in"])
def test_the_limit_of_a_body(server, tokens, logged_in, limit):
    with tls_socket(server) as client:
        client.do("hello", protocol_min=1, protocol_max=1)
        if logged_in:
            client.resume(tokens["sub11"])
        request_id = client.reserve("whoami")
        client.send_bytes(frame(WHOAMI, request_id, b"\xff" * limit))
        assert client.wait(request_id).reason in ("MALFORMED", "NOT_LOGGED_IN"), "a body of the limit is read"
        client.send_bytes(frame(WHOAMI, client.reserve("whoami"), b"", length=limit + 1))
        assert ended(client), "one byte more ends the connection before the body comes"


def test_half_a_frame_and_away(server, tokens):
    body = wire.encode("application_submit", {"customer": "K11-01", "to_grade": "green", "reason": "half"})
    whole = frame(method_number("application_submit"), 9, body)
    for cut in (1, HEADER.size - 1, HEADER.size, HEADER.size + 5, len(whole) - 1):
        with server.client(tokens["sub11"]) as client:
            client.send_bytes(whole[:cut])
    with server.client(tokens["sub11"]) as client:
        shown = client.do("customer_show", customer="K11-01", purpose="t")["customer"]
        assert "open_application_id" not in shown, "a frame that was cut is not executed"


def test_frames_in_pieces_and_glued(server, tokens):
    with server.client(tokens["sub11"]) as client:
        first, second, third = (client.reserve("whoami") for _ in range(3))
        for byte in frame(WHOAMI, first, b""):
            client.send_bytes(bytes([byte]))
        assert client.wait(first).ok
        client.send_bytes(frame(WHOAMI, second, b"") + frame(WHOAMI, third, b""))
        assert client.wait(second).ok and client.wait(third).ok


# ---- frames that are no requests ----

def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, kind, payload):
    return varint(number << 3 | kind) + payload


def text(number, value):
    return field(number, 2, varint(len(value)) + value)


COMMAND_ID = text(1, b"0123456789abcdef")


def nested(depth):
    inner = b""
    for _ in range(depth):
        inner = text(6, inner)
        if len(inner) > 900_000:
            break
    return inner


BODIES = {
    "random bytes": ("customer_show", random.Random(9).randbytes(500)),
    "cut in the middle": ("customer_show", b"\x12\x20abc"),
    "an unknown field": ("customer_show", text(2, b"K11-01") + field(99, 0, b"\x01")),
    "a known field of another type": ("customer_show", field(2, 0, b"\x05")),
    "group wire type": ("customer_show", field(2, 3, b"") + field(2, 4, b"")),
    "wire type 7": ("customer_show", b"\x17\x00"),
    "field number 0": ("customer_show", b"\x02\x00"),
    "an overlong varint": ("customer_list", field(7, 0, b"\xff" * 11 + b"\x01")),
    "a number not in its shortest form": ("customer_list", field(7, 0, b"\x85\x00")),
    "a number out of range": ("customer_list", field(7, 0, varint(2**40))),
    "a field given twice": ("customer_show", text(2, b"K11-01") + text(2, b"K11-02")),
    "a length past the end": ("customer_show", field(2, 2, varint(2**31) + b"x")),
    "a length of 2^64-1": ("customer_show", field(2, 2, varint(2**64 - 1) + b"x")),
    "bad UTF-8": ("customer_show", text(2, b"\xff\xfe\xfd")),
    "overlong UTF-8": ("customer_show", text(2, b"\xc0\xaf")),
    "a surrogate": ("customer_show", text(2, b"\xed\xa0\x80")),
    "a NUL inside": ("customer_show", text(2, b"K11\x0001")),
    "10,000 levels": ("application_verify", COMMAND_ID + nested(10_000)),
    "100,000 empty items": ("application_verify", COMMAND_ID + text(6, b"") * 100_000),
    "100,000 unknown fields": ("application_verify", COMMAND_ID + field(99, 0, b"\x01") * 100_000),
    "a million bytes of text": ("application_return", COMMAND_ID + text(4, b"x" * 1_000_000)),
    "no command id": ("application_return", text(3, b"A-01-1")),
    "a short command id": ("application_return", text(1, b"short")),
    "a zero command id": ("application_return", text(1, bytes(16))),
}
NOT_MALFORMED = {"no command id": "FIELD_INVALID", "a short command id": "FIELD_INVALID",
                 "a zero command id": "FIELD_INVALID", "100,000 empty items": "LIMIT_EXCEEDED",
                 "a million bytes of text": "NOT_FOUND"}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_cannot_be_read_is_refused(server, tokens, case):
    name, body = BODIES[case]
    login = {"application_verify": "ver1", "application_return": "ver1"}.get(name, "sub11")
    before = server.rss()
    with server.client(tokens[login]) as client:
        reply = client.wait(client.post_body(name, body))
        assert reply.status == "rejected" and reply.executed is False
        expected = NOT_MALFORMED.get(case, "MALFORMED")
        assert reply.reason == expected, reply
        assert client.do("whoami")["login"] == login, "the connection goes on"
    assert server.rss() - before < 16 * MEGABYTE + QUARANTINE


@pytest.mark.parametrize("name, login, fields, bad", [
    ("application_submit", "sub11", {"customer": "K11-01", "to_grade": 99, "reason": "r"}, "to_grade"),
    ("application_verify", "ver1", {"application": "A-01-1", "finding": 7, "opinion": "o"}, "finding"),
    ("customer_list", "app", {"tier": 5}, "tier"),
    ("application_list", "app", {"state": 77}, "state"),
    ("user_grant", "admin", {"login": "sub11", "grant": [31]}, "grant"),
])
def test_an_unknown_enum_value_is_named(server, tokens, name, login, fields, bad):
    message = METHODS[name][0]
    numbers = {f.name: f.number for f in message.DESCRIPTOR.fields}
    known = wire.fill(message(), {k: v for k, v in fields.items() if k != bad})
    if wire.is_command(name):
        known.command_id = wire.new_command_id()
    value = fields[bad][0] if isinstance(fields[bad], list) else fields[bad]
    body = known.SerializeToString() + field(numbers[bad], 0, varint(value))
    with server.client(tokens[login]) as client:
        reply = client.wait(client.post_body(name, body))
        assert (reply.status, reply.reason) == ("rejected", "UNKNOWN_VALUE"), reply
        assert reply.field == bad


@pytest.mark.parametrize("number", [0, 9, 99, 100, 65535])
def test_unknown_methods(server, tokens, number):
    with server.client(tokens["admin"]) as client:
        request_id = client.reserve(None)
        client.send_bytes(frame(number, request_id, b""))
        while (found := client.take_frame()) is None:
            client.read_some()
        reply = Reply(None, found[4])
        assert (found[3], reply.reason, reply.executed) == (request_id, "UNKNOWN_METHOD", False)


# ---- TLS ----

def shake(server, **settings):
    """A handshake with other settings; the connected socket."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(server.ca)
    if "alpn" not in settings or settings["alpn"]:
        context.set_alpn_protocols(settings.get("alpn", [wire.ALPN]))
    if "maximum" in settings:
        context.maximum_version = settings["maximum"]
    plain = socket.create_connection(("127.0.0.1", server.port), 10)
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise


@pytest.mark.parametrize("settings", [{"maximum": ssl.TLSVersion.TLSv1_2}, {"alpn": []}, {"alpn": ["h2", "http/1.1"]}],
                         ids=["TLS 1.2", "no ALPN", "other ALPN"])
def test_other_tls_is_refused(server, settings):
    """In TLS 1.3 a refusal may reach the client only after its own handshake has ended: then nothing is answered."""
    try:
        with shake(server, **settings) as sock:
            sock.sendall(frame(method_number("hello"), 1, wire.encode("hello", {"protocol_min": 1,
                                                                               "protocol_max": 1})))
            assert sock.recv(100) == b"", "something was answered"
    except (ssl.SSLError, ConnectionError):
        pass


def test_plain_bytes_on_the_tls_port(server):
    with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
        sock.sendall(frame(method_number("hello"), 1, b""))
        try:
            while data := sock.recv(100):
                assert data[0] == 0x15, "only a TLS alert may come"
        except ConnectionError:
            pass


def test_the_certificate_is_verified(server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols([wire.ALPN])
    with socket.create_connection(("127.0.0.1", server.port), 10) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


def test_leaving_without_a_word(server, tokens):
    for _ in range(20):
        client = server.client(tokens["sub11"])
        client.post("customer_list", purpose="t")
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


# ---- peers that do not read, and many slow ones ----

def test_a_peer_that_asks_and_does_not_read(run, database, tokens, tmp_path):
    """The server stops reading it when its answers pile up; the others go on."""
    server = run.start(database, *limits(tmp_path, output_bytes_max=262144))
    good = server.client(tokens["sub11"])
    deaf = server.client(tokens["app"])
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    deaf.socket.setblocking(False)
    good.do("whoami")
    before, sent, most = server.rss(), 0, 32 * MEGABYTE
    asked = wire.encode("customer_list", {"purpose": "x" * 200})
    block = b"".join(frame(method_number("customer_list"), i, asked) for i in range(100))
    while sent < most:
        try:
            sent += deaf.socket.send(block[sent % len(block):])
        except ssl.SSLWantWriteError:
            if not select.select([], [deaf.socket], [], 0.5)[1]:
                break
        except OSError:
            break
        assert server.rss() - before < 32 * MEGABYTE + QUARANTINE
    assert 0 < sent < most, "the server read on although nobody took its answers"
    assert good.do("whoami")["login"] == "sub11"
    deaf.close()
    good.close()
    run.finish(server)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def p99_of(client, calls=250):
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        client.do("server_status")
        times.append(time.perf_counter() - start)
    return percentile(times, 0.99)


class SlowPeers:
    """Many connections from many addresses, each slow for as long as the block lasts: a thread gives every one a byte
    now and then. Most are in their TLS handshake; some have logged in and are inside a frame."""

    def __init__(self, server, tokens):
        self.server, self.token = server, tokens["sub11"]
        self.plain, self.inside = [], []
        self.sent = self.gone = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)

    def __enter__(self):
        hello = bytes.fromhex("16030100c8010000c40303")  # a record of 200 bytes begins
        for n in range(SLOW_SOCKETS - SLOW_INSIDE):
            sock = socket.socket()
            self.plain.append(sock)
            sock.bind((f"127.0.2.{n % SLOW_ADDRESSES + 1}", 0))
            sock.settimeout(10)
            sock.connect(("127.0.0.1", self.server.port))
            sock.setblocking(False)
            sock.send(hello[:5 + n % 7])
        for _ in range(SLOW_INSIDE):
            client = self.server.client(self.token)
            client.send_bytes(frame(WHOAMI, 9, b"", length=100_000))
            self.inside.append(client)
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._ending.set()
        self._thread.join(20)
        for peer in [*self.plain, *self.inside]:
            peer.close()

    def _drip(self):
        """A byte for each in turn, all of them about twice a second."""
        while not self._ending.is_set():
            for sock in [*self.plain, *(client.socket for client in self.inside)]:
                try:
                    self.sent += sock.send(b"\x00")
                except OSError:
                    self.gone += 1
                if self.sent % 25 == 0 and self._ending.wait(0.0125):
                    return


def memory_peak(server):
    """Most resident memory since the last `reset_memory_peak`."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE).group(1)) * 1024


def reset_memory_peak(server):
    Path(f"/proc/{server.pid}/clear_refs").write_text("5", encoding="ascii")


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = SLOW_SOCKETS + 200
    if hard != resource.RLIM_INFINITY and hard < need:
        pytest.skip(f"only {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, need), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.alone
def test_a_thousand_slow_sockets(many_descriptors, run, database, tokens, tmp_path):
    """Quiet and loaded in turn, a fixed number of times. The server is started with the larger limit of descriptors,
    and with deadlines that outlast a round: being cut would make the peers harmless."""
    server = run.start(database, *limits(tmp_path, handshake_timeout_ms=60000, frame_timeout_ms=60000))
    quiet, busy, peaks = [], [], []
    with server.client(tokens["sub11"]) as client:
        for _ in range(ROUNDS):
            quiet.append(p99_of(client))
            before = server.rss()
            reset_memory_peak(server)
            with SlowPeers(server, tokens) as peers:
                wait_until(lambda: client.do("server_status")["connections"] > SLOW_SOCKETS, 10, "the slow ones")
                dripped = peers.sent
                busy.append(p99_of(client))
                assert peers.sent > dripped and peers.gone == 0, "they were not slow but silent"
                with server.client(tokens["ver1"]) as another:
                    assert another.do("whoami")["login"] == "ver1", "the next good client is served too"
                assert client.do("server_status")["connections"] > SLOW_SOCKETS, "none was cut"
            peaks.append(memory_peak(server) - before)
            wait_until(lambda: client.do("server_status")["connections"] < 20, 10, "the end of the slow ones")
    quiet_p99, busy_p99 = statistics.median(quiet), statistics.median(busy)
    print(f"p99 quiet {quiet_p99 * 1000:.2f} ms, with {SLOW_SOCKETS} slow sockets {busy_p99 * 1000:.2f} ms, "
          f"memory {max(peaks) / MEGABYTE:.0f} MB more")
    run.finish(server)
    assert busy_p99 <= 2 * quiet_p99 + NOISE
    assert max(peaks) < 128 * MEGABYTE + QUARANTINE


# ---- deadlines ----

def test_slow_and_silent_peers_are_cut(run, database, tokens, tmp_path):
    """Whoever does not finish its handshake, its login or its frame is disconnected; who finishes is not."""
    server = run.start(database, *limits(tmp_path, handshake_timeout_ms=PATIENCE_MS, frame_timeout_ms=PATIENCE_MS))
    good = Client(server.port, server.ca)
    good.resume(tokens["sub11"])
    silent = socket.create_connection(("127.0.0.1", server.port), 10)
    half = socket.create_connection(("127.0.0.1", server.port), 10)
    half.send(b"\x16\x03\x01")
    mute = tls_socket(server)
    greeted = Client(server.port, server.ca)
    dripping = Client(server.port, server.ca)
    dripping.resume(tokens["sub11"])
    dripping.send_bytes(frame(WHOAMI, 77, b"x" * 100)[:30])
    deadline = time.monotonic() + 20
    waiting = {silent: "silent", half: "half a handshake", mute.socket: "no hello", greeted.socket: "no login",
               dripping.socket: "half a frame"}
    while waiting and time.monotonic() < deadline:
        readable, _, _ = select.select(list(waiting), [], [], 0.2)
        for sock in readable:
            try:
                gone = not sock.recv(1000)
            except ssl.SSLWantReadError:
                gone = False
            except OSError:
                gone = True
            if gone:
                del waiting[sock]
        assert good.do("whoami")["login"] == "sub11"
    assert not waiting, f"still connected: {sorted(waiting.values())}"
    good.close()
    for client in (mute, greeted, dripping):
        client.close()
    run.finish(server)


def test_too_many_in_flight_are_not_read(server, tokens):
    """A flood of requests on one connection is answered in full, each once; memory stays."""
    before = server.rss()
    with server.client(tokens["sub11"]) as client:
        client.arrived.clear()
        ids = [client.reserve("whoami") for _ in range(5000)]
        client.pump(b"".join(frame(WHOAMI, i, b"") for i in ids), lambda: len(client.arrived) >= len(ids))
        assert sorted(client.arrived) == ids
        assert all(client.wait(i).ok for i in ids)
    assert server.rss() - before < 32 * MEGABYTE + QUARANTINE
