"""What the database holds, as plain values for the checker; bytes and keys survive a round trip through JSON."""
import json

from . import checker, model

SCHEMA = "creditd"
LEVELS = {1: "hq", 2: "region", 3: "branch"}
ROLES = {1: "submitter", 2: "verifier", 3: "approver", 4: "cmo", 5: "policy_maker", 6: "policy_checker", 7: "auditor",
         8: "administrator", 9: "sync_agent"}
TIERS = {1: "key", 2: "ordinary"}
COMMAND_COLUMNS = """home_id, command_id, user_id, request_hash, method, status, reason, field, arguments, entity,
    version, at"""
EVENT_COLUMNS = """home_id, customer_id, seq, coalesce(application_id, 0), kind, command_id, actor, at, from_state,
    to_state, version, payload::text, hash_prev, hash"""


def _rows(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {SCHEMA}")
        cursor.execute(statement)
        return cursor.fetchall()


def _uuid(text):
    return bytes.fromhex(str(text).replace("-", ""))


def _command(row):
    home, command, user, digest, method, status, reason, name, arguments, entity, version, at = row
    return {"home": home, "id": _uuid(command), "user": user, "hash": bytes(digest), "method": method,
            "status": status, "reason": reason, "reason_name": checker.reason_name(reason), "field": name,
            "arguments": arguments, "entity": entity, "version": version, "at": at}


def _event(row):
    home, customer, seq, application, kind, command, actor, at, before, after, version, payload, prev, digest = row
    return {"home": home, "customer": customer, "seq": seq, "application": application, "kind": kind,
            "command": _uuid(command), "actor": actor, "at": at, "from_state": before, "to_state": after,
            "version": version, "payload": payload, "hash_prev": bytes(prev), "hash": bytes(digest)}


def _units(connection):
    return {i: {"id": i, "parent": parent, "level": LEVELS[level], "home": home, "code": code, "zone": zone}
            for i, parent, level, home, code, zone in
            _rows(connection, "SELECT unit_id, parent_id, level, home_id, code, zone FROM unit")}


def _users(connection):
    return {i: {"id": i, "login": login, "unit": unit, "level": level,
                "roles": [name for bit, name in ROLES.items() if roles & 1 << bit]}
            for i, login, unit, level, roles in
            _rows(connection, "SELECT user_id, login, unit_id, job_level, roles FROM app_user")}


def _customers(connection):
    return {(home, i): {"number": number, "tier": TIERS[tier], "grade": model.GRADES[grade or 0],
                        "open_application": opened, "chain_seq": seq, "chain_hash": bytes(digest), "version": version}
            for home, i, number, tier, grade, opened, seq, digest, version in
            _rows(connection, """SELECT home_id, customer_id, number, tier, grade, open_application_id, chain_seq,
                                 chain_hash, version FROM customer""")}


def _applications(connection):
    return {(home, i): {"customer": customer, "version": version, "came_from": model.STATES[came_from],
                        "action": model.STEPS[action], "state": model.STATES[state], "to_grade": model.GRADES[to_grade],
                        "decided_grade": model.GRADES[decided or 0], "branch": branch, "region": region}
            for home, i, customer, version, came_from, action, state, to_grade, decided, branch, region in
            _rows(connection, """SELECT home_id, application_id, customer_id, version, came_from, action, state,
                                 to_grade, decided_grade, branch_id, region_id FROM application""")}


def _standings(connection):
    return [{"home": home, "customer": customer, "seq": seq, "tier": TIERS[tier], "grade": model.GRADES[grade or 0]}
            for home, customer, seq, tier, grade in
            _rows(connection, "SELECT home_id, customer_id, seq, tier, grade FROM standing_history")]


def take(connection):
    """Everything the checker looks at, in one snapshot when the connection is in a repeatable-read transaction."""
    head = _rows(connection, "SELECT chain_seq, chain_hash FROM organisation_head")[0]
    return {
        "commands": [_command(r) for r in _rows(connection, f"SELECT {COMMAND_COLUMNS} FROM command")],
        "events": [_event(r) for r in _rows(connection, f"SELECT {EVENT_COLUMNS} FROM event")],
        "customers": _customers(connection), "applications": _applications(connection),
        "standings": _standings(connection), "users": _users(connection), "units": _units(connection),
        "head": (head[0], bytes(head[1]))}


def integrity(connection):
    """Rows of the database's own integrity check: none, always."""
    return _rows(connection, "SELECT kind, home_id, id, detail FROM integrity_violation")


def _plain(value):
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, tuple):
        return {"tuple": [_plain(v) for v in value]}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {"map": [[_plain(k), _plain(v)] for k, v in value.items()]}
    return value


def _value(plain):
    if isinstance(plain, list):
        return [_value(v) for v in plain]
    if not isinstance(plain, dict):
        return plain
    if "hex" in plain:
        return bytes.fromhex(plain["hex"])
    if "tuple" in plain:
        return tuple(_value(v) for v in plain["tuple"])
    return {_value(k): _value(v) for k, v in plain["map"]}


def save(dump, path):
    """Writes a dump for a later replay."""
    path.write_text(json.dumps(_plain(dump)), encoding="utf-8")


def load(path):
    """A dump that was saved."""
    return _value(json.loads(path.read_text(encoding="utf-8")))
