"""A client of the creditd protocol, written from proto/PROTOCOL.md and the .proto files alone.

A frame is 16 bytes of header, big endian (u32 body length, u8 kind, u8 flags, u16 method, u64 request id), and one
protobuf message. Requests may be pipelined; answers come in any order.
"""
import os
import select
import socket
import ssl
import struct
import sys
import time
import uuid

from . import paths
from .process import pause

sys.path.insert(0, str(paths.generated_classes()))
import admin_pb2  # noqa: E402
import application_pb2  # noqa: E402
import assessment_pb2  # noqa: E402
import auth_pb2  # noqa: E402
import base_pb2  # noqa: E402
import customer_pb2  # noqa: E402
import org_pb2  # noqa: E402
import policy_pb2  # noqa: E402
import report_pb2  # noqa: E402
import standing_pb2  # noqa: E402
import trade_pb2  # noqa: E402

HEADER = struct.Struct(">IBBHQ")
REQUEST, ANSWER, PUSH, PING, PONG = 1, 2, 3, 4, 5
ALPN = "creditd/1"

_a, _b = application_pb2, base_pb2
METHODS = {
    "hello": (auth_pb2.HelloRequest, auth_pb2.HelloAnswer),
    "login": (auth_pb2.LoginRequest, auth_pb2.SessionAnswer),
    "resume": (auth_pb2.ResumeRequest, auth_pb2.SessionAnswer),
    "logout": (auth_pb2.LogoutRequest, None),
    "whoami": (auth_pb2.WhoamiRequest, auth_pb2.SessionAnswer),
    "unit_create": (org_pb2.UnitCreateRequest, None),
    "unit_list": (org_pb2.UnitListRequest, org_pb2.UnitListAnswer),
    "unit_move": (org_pb2.UnitMoveRequest, None),
    "unit_edit": (org_pb2.UnitEditRequest, None),
    "unit_close": (org_pb2.UnitCloseRequest, None),
    "unit_merge": (org_pb2.UnitMergeRequest, None),
    "user_add": (org_pb2.UserAddRequest, None),
    "user_list": (org_pb2.UserListRequest, org_pb2.UserListAnswer),
    "user_disable": (org_pb2.UserDisableRequest, None),
    "user_password": (org_pb2.UserPasswordRequest, None),
    "user_grant": (org_pb2.UserGrantRequest, None),
    "customer_add": (customer_pb2.CustomerAddRequest, standing_pb2.CustomerShowAnswer),
    "customer_list": (customer_pb2.CustomerListRequest, customer_pb2.CustomerListAnswer),
    "customer_show": (customer_pb2.CustomerShowRequest, standing_pb2.CustomerShowAnswer),
    "customer_edit": (standing_pb2.CustomerEditRequest, standing_pb2.CustomerShowAnswer),
    "customer_move": (standing_pb2.CustomerMoveRequest, standing_pb2.CustomerShowAnswer),
    "customer_history": (standing_pb2.CustomerHistoryRequest, standing_pb2.CustomerHistoryAnswer),
    "application_submit": (_a.SubmitRequest, _a.ApplicationAnswer),
    "application_verify": (_a.VerifyRequest, _a.ApplicationAnswer),
    "application_return": (_a.ReturnRequest, _a.ApplicationAnswer),
    "application_resubmit": (_a.ResubmitRequest, _a.ApplicationAnswer),
    "application_approve": (_a.ApproveRequest, _a.ApplicationAnswer),
    "application_reject": (_a.RejectRequest, _a.ApplicationAnswer),
    "application_withdraw": (_a.WithdrawRequest, _a.ApplicationAnswer),
    "application_record": (_a.RecordRequest, _a.ApplicationAnswer),
    "application_show": (_a.ApplicationShowRequest, _a.ApplicationAnswer),
    "application_list": (_a.ApplicationListRequest, _a.ApplicationListAnswer),
    "application_history": (_a.ApplicationHistoryRequest, _a.ApplicationHistoryAnswer),
    "application_explain": (_a.ApplicationExplainRequest, _a.ApplicationExplainAnswer),
    "inbox": (_a.InboxRequest, _a.ApplicationListAnswer),
    "route_explain": (policy_pb2.RouteExplainRequest, policy_pb2.RouteExplainAnswer),
    "inbox_watch": (_a.InboxWatchRequest, _a.InboxWatchAnswer),
    "criterion_list": (standing_pb2.CriterionListRequest, standing_pb2.CriterionListAnswer),
    "assessment_form": (assessment_pb2.AssessmentFormRequest, assessment_pb2.AssessmentFormAnswer),
    "assessment_enter": (assessment_pb2.AssessmentEnterRequest, assessment_pb2.AssessmentAnswer),
    "assessment_list": (assessment_pb2.AssessmentListRequest, assessment_pb2.AssessmentListAnswer),
    "customer_override": (customer_pb2.CustomerOverrideRequest, standing_pb2.CustomerShowAnswer),
    "customer_emergency": (customer_pb2.CustomerEmergencyRequest, standing_pb2.CustomerShowAnswer),
    "emergency_answer": (customer_pb2.EmergencyAnswerRequest, standing_pb2.CustomerShowAnswer),
    "customer_review": (customer_pb2.CustomerReviewRequest, standing_pb2.CustomerShowAnswer),
    "customer_appeal": (customer_pb2.CustomerAppealRequest, standing_pb2.CustomerShowAnswer),
    "measure_apply": (customer_pb2.MeasureApplyRequest, standing_pb2.CustomerShowAnswer),
    "application_policy": (_a.ApplicationPolicyRequest, _a.ApplicationAnswer),
    "extension_ask": (_a.ExtensionAskRequest, _a.ApplicationAnswer),
    "extension_answer": (_a.ExtensionAnswerRequest, _a.ApplicationAnswer),
    "application_recall": (_a.RecallRequest, _a.ApplicationAnswer),
    "application_return_to_region": (_a.ReturnToRegionRequest, _a.ApplicationAnswer),
    "application_return_to_node": (_a.ReturnToNodeRequest, _a.ApplicationAnswer),
    "application_countersign": (_a.CountersignRequest, _a.ApplicationAnswer),
    "application_assist": (_a.AssistRequest, _a.ApplicationAnswer),
    "application_opinion": (_a.OpinionRequest, _a.ApplicationAnswer),
    "application_claim": (_a.ClaimRequest, _a.ApplicationAnswer),
    "application_release": (_a.ReleaseRequest, _a.ApplicationAnswer),
    "application_transfer": (_a.TransferRequest, _a.ApplicationAnswer),
    "delegation_grant": (org_pb2.DelegationGrantRequest, None),
    "delegation_revoke": (org_pb2.DelegationRevokeRequest, None),
    "delegation_list": (org_pb2.DelegationListRequest, org_pb2.DelegationListAnswer),
    "calendar_set": (org_pb2.CalendarSetRequest, None),
    "calendar_list": (org_pb2.CalendarListRequest, org_pb2.CalendarListAnswer),
    "application_pause": (_a.ApplicationPauseRequest, _a.ApplicationAnswer),
    "application_resume": (_a.ApplicationResumeRequest, _a.ApplicationAnswer),
    "application_urge": (_a.ApplicationUrgeRequest, _a.ApplicationAnswer),
    "due_list": (_a.DueListRequest, _a.DueListAnswer),
    "scoreboard": (report_pb2.ScoreboardRequest, report_pb2.ScoreboardAnswer),
    "task_list": (customer_pb2.TaskListRequest, customer_pb2.TaskListAnswer),
    "policy_list": (policy_pb2.PolicyListRequest, policy_pb2.PolicyListAnswer),
    "policy_show": (policy_pb2.PolicyShowRequest, policy_pb2.PolicyAnswer),
    "policy_check": (policy_pb2.PolicyCheckRequest, policy_pb2.PolicyCheckAnswer),
    "policy_propose": (policy_pb2.PolicyProposeRequest, policy_pb2.PolicyAnswer),
    "policy_publish": (policy_pb2.PolicyPublishRequest, policy_pb2.PolicyAnswer),
    "policy_simulate": (policy_pb2.PolicySimulateRequest, policy_pb2.PolicySimulateAnswer),
    "policy_roll_back": (policy_pb2.PolicyRollBackRequest, policy_pb2.PolicyAnswer),
    "trade_import_begin": (trade_pb2.TradeImportBeginRequest, trade_pb2.TradeImportAnswer),
    "trade_import_chunk": (trade_pb2.TradeImportChunkRequest, trade_pb2.TradeImportChunkAnswer),
    "trade_import_finish": (trade_pb2.TradeImportFinishRequest, trade_pb2.TradeImportAnswer),
    "trade_import_show": (trade_pb2.TradeImportShowRequest, trade_pb2.TradeImportAnswer),
    "trade_list": (trade_pb2.TradeListRequest, trade_pb2.TradeListAnswer),
    "trade_show": (trade_pb2.TradeShowRequest, trade_pb2.TradeShowAnswer),
    "trade_correct": (trade_pb2.TradeCorrectRequest, trade_pb2.TradeShowAnswer),
    "trade_cancel": (trade_pb2.TradeCancelRequest, trade_pb2.TradeShowAnswer),
    "outcome": (admin_pb2.OutcomeRequest, admin_pb2.OutcomeAnswer),
    "audit_verify": (admin_pb2.AuditVerifyRequest, admin_pb2.AuditVerifyAnswer),
    "clock_advance": (admin_pb2.ClockAdvanceRequest, None),
    "server_status": (admin_pb2.ServerStatusRequest, admin_pb2.ServerStatusAnswer),
}


def method_number(name):
    """METHOD_INBOX for "inbox"."""
    return _b.Method.Value("METHOD_" + name.upper())


def is_command(name):
    """Does the method change something, so that it carries a command id?"""
    return "command_id" in METHODS[name][0].DESCRIPTOR.fields_by_name


def new_command_id():
    """A version 7 UUID: time-ordered."""
    milliseconds = time.time_ns() // 1_000_000
    raw = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return bytes(raw)


def enum_prefix(enum):
    """What all values of an enum begin with: "JOB_LEVEL_"."""
    return os.path.commonprefix([v.name for v in enum.values]).rpartition("_")[0] + "_"


def word_of(enum, number):
    """snake_case name of an enum value; the number as text when it is not known."""
    value = enum.values_by_number.get(number)
    return str(number) if value is None else value.name.removeprefix(enum_prefix(enum)).lower()


def number_of(enum, word):
    """Number of a snake_case name; numbers pass through."""
    return word if isinstance(word, int) else enum.values_by_name[enum_prefix(enum) + word.upper()].number


def _set_field(message, name, value):
    field = message.DESCRIPTOR.fields_by_name[name]
    repeated = field.label == field.LABEL_REPEATED
    if field.message_type is not None:
        for item in value:
            fill(getattr(message, name).add(), item)
    elif field.enum_type is not None and repeated:
        getattr(message, name).extend(number_of(field.enum_type, v) for v in value)
    elif field.enum_type is not None:
        setattr(message, name, number_of(field.enum_type, value))
    elif repeated:
        getattr(message, name).extend(value)
    else:
        setattr(message, name, value)


def fill(message, fields):
    """Sets fields from a dictionary; enums by their snake_case names, None leaves a field out."""
    for name, value in fields.items():
        if value is not None:
            _set_field(message, name, value)
    return message


def as_dict(message):
    """A message as a dictionary of what is present; enums by their snake_case names."""
    out = {}
    for field, value in message.ListFields():
        repeated = field.label == field.LABEL_REPEATED
        values = list(value) if repeated else [value]
        if field.message_type is not None:
            values = [as_dict(v) for v in values]
        elif field.enum_type is not None:
            values = [word_of(field.enum_type, v) for v in values]
        out[field.name] = values if repeated else values[0]
    return out


def encode(name, fields):
    """Body bytes of a request; a command id is made when the method needs one and none is given."""
    message = METHODS[name][0]()
    if is_command(name) and "command_id" not in fields:
        fields = {"command_id": new_command_id(), **fields}
    return fill(message, fields).SerializeToString()


def frame(method, request_id, body, kind=REQUEST, flags=0, length=None):
    """A whole frame; `length` lies about the body when given."""
    return HEADER.pack(len(body) if length is None else length, kind, flags, method, request_id) + body


class Reply:
    """An answer, decoded."""

    def __init__(self, name, body):
        self.raw = body
        self.answer = _b.Answer.FromString(body)
        self.status = word_of(_b.Status.DESCRIPTOR, self.answer.status)
        self.reason = _b.Reason.Name(self.answer.reason).removeprefix("REASON_") if self.answer.reason else None
        self.field = self.answer.field or None
        self.arguments = {a.name: a.value for a in self.answer.arguments}
        self.executed = self.answer.executed if self.answer.HasField("executed") else None
        self.retryable = self.answer.retryable
        self.entity = self.answer.entity_id or None
        self.version = self.answer.version if self.answer.HasField("version") else None
        kind = METHODS[name][1] if name in METHODS else None
        self.message = kind.FromString(self.answer.body) if kind and self.answer.HasField("body") else None

    @property
    def ok(self):
        """Was it done?"""
        return self.status == "ok"

    @property
    def body(self):
        """The method's answer as a dictionary; {} when there is none."""
        return as_dict(self.message) if self.message is not None else {}

    def __repr__(self):
        return f"<{self.status} {self.reason or ''} {self.field or ''} {self.arguments or ''} {self.body}>"


class Refused(AssertionError):
    """`do` was answered with something else than OK."""

    def __init__(self, name, reply):
        super().__init__(f"{name}: {reply!r}")
        self.reply = reply


class Disconnected(ConnectionError):
    """The server closed the connection."""


_contexts = {}


def tls_context(ca):
    """Verifying, TLS 1.3 only, with the protocol's ALPN name."""
    if ca not in _contexts:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(str(ca))
        context.set_alpn_protocols([ALPN])
        _contexts[ca] = context
    return _contexts[ca]


class Client:
    """One connection. `greet` False leaves out the Hello; then nothing else will be answered."""

    def __init__(self, port=None, ca=None, unix=None, timeout=20.0, greet=True):
        if unix is not None:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(timeout)
            self.socket.connect(str(unix))
        else:
            plain = socket.create_connection(("127.0.0.1", port), timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self.socket = tls_context(ca).wrap_socket(plain, server_hostname="localhost")
            except BaseException:
                plain.close()
                raise
        self._buffer = bytearray()
        self._next_id = 1
        self._names = {}
        self._replies = {}
        self.arrived = []  # request ids in the order their answers came
        self.token = None
        if greet:
            try:
                self.do("hello", protocol_min=1, protocol_max=1, client="creditproto 1", language="en")
            except BaseException:
                self.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Closes the socket, as a client that has gone."""
        self.socket.close()

    def fileno(self):
        """For select."""
        return self.socket.fileno()

    # ---- frames ----

    def send_bytes(self, data):
        """Anything at all."""
        self.socket.sendall(data)

    def take_frame(self):
        """The next whole frame that has already arrived, as (kind, flags, method, id, body), or None."""
        if len(self._buffer) < HEADER.size:
            return None
        length, kind, flags, method, request_id = HEADER.unpack_from(self._buffer)
        if len(self._buffer) < HEADER.size + length:
            return None
        body = bytes(self._buffer[HEADER.size:HEADER.size + length])
        del self._buffer[:HEADER.size + length]
        return kind, flags, method, request_id, body

    def read_some(self):
        """Reads once from the socket."""
        try:
            data = self.socket.recv(262144)
        except ssl.SSLWantReadError:
            raise  # a socket that does not block has nothing now
        except (ssl.SSLError, ConnectionError) as error:
            raise Disconnected(str(error)) from error
        if not data:
            raise Disconnected("end of stream")
        self._buffer += data

    def next_frame(self):
        """The next whole frame."""
        while True:
            found = self.take_frame()
            if found is not None:
                return found
            self.read_some()

    # ---- requests ----

    def post_body(self, name, body):
        """Sends an encoded request; gives its id."""
        request_id = self.reserve(name)
        try:
            self.send_bytes(frame(method_number(name), request_id, body))
        except (ssl.SSLError, ConnectionError) as error:
            raise Disconnected(str(error)) from error
        return request_id

    def reserve(self, name):
        """The next request id, noted as one of that method."""
        request_id = self._next_id
        self._next_id += 1
        self._names[request_id] = name
        return request_id

    def post(self, name, /, **fields):
        """Sends a request without waiting; gives its id."""
        return self.post_body(name, encode(name, fields))

    def absorb(self):
        """Takes every whole answer that has arrived; gives their ids in order of arrival."""
        came = []
        while (found := self.take_frame()) is not None:
            kind, _, _, request_id, body = found
            if kind == ANSWER:
                self._replies[request_id] = Reply(self._names.get(request_id), body)
                self.arrived.append(request_id)
                came.append(request_id)
        return came

    def wait(self, request_id):
        """The answer to a request."""
        while request_id not in self._replies:
            self.absorb()
            if request_id not in self._replies:
                self.read_some()
        return self._replies.pop(request_id)

    def pump(self, data, enough, seconds=20):
        """Sends `data` and takes answers at the same time, until `enough()`; leaves the socket blocking."""
        end = time.monotonic() + seconds
        patience = self.socket.gettimeout()
        self.socket.setblocking(False)
        while not enough():
            if time.monotonic() > end:
                raise TimeoutError("nothing moves")
            select.select([self.socket], [self.socket] if data else [], [], 0.1)
            try:
                if data:
                    data = data[self.socket.send(data[:65536]):]
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
            try:
                self.read_some()
            except ssl.SSLWantReadError:
                pass
            self.absorb()
        self.socket.settimeout(patience)

    def call(self, name, /, **fields):
        """Sends a request and gives its answer, whatever it is."""
        return self.wait(self.post(name, **fields))

    def do(self, name, /, **fields):
        """Sends a request that must succeed; gives the method's answer as a dictionary. RETRY means that nothing was
        done: the same bytes are sent again."""
        body = encode(name, fields)
        reply = self.wait(self.post_body(name, body))
        end = time.monotonic() + 10
        while reply.status == "retry" and reply.reason != "SHUTTING_DOWN" and time.monotonic() < end:
            pause(reply.answer.retry_after_ms / 1000)
            reply = self.wait(self.post_body(name, body))
        if not reply.ok:
            raise Refused(name, reply)
        return reply.body

    def login(self, login, password):
        """Logs in; the token is kept and given."""
        self.token = self.do("login", login=login, password=password)["token"]
        return self.token

    def resume(self, token):
        """Takes up a session on this connection."""
        self.token = token
        return self.do("resume", token=token)

    def ping(self, payload=b""):
        """Round trip without a method."""
        request_id = self._next_id
        self._next_id += 1
        self.send_bytes(frame(0, request_id, payload, kind=PING))
        while True:
            kind, _, _, got, body = self.next_frame()
            if kind == PONG:
                return got == request_id and body == b""
            if kind == ANSWER:
                self._replies[got] = Reply(self._names.get(got), body)


def id_text(command_id):
    """UUID text of a command id."""
    return str(uuid.UUID(bytes=bytes(command_id)))
