"""What the database holds, as plain values for the checker; bytes and keys survive a round trip through JSON."""
import contextlib
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


def _rows(connection, statement, customer=None):
    """Rows of a statement; `customer`, (home, number), leaves only his, where the statement has a WHERE for that."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {SCHEMA}")
        if customer is None:
            cursor.execute(statement)
        else:
            cursor.execute(statement + " WHERE home_id = %s AND customer_id = %s", customer)
        return cursor.fetchall()


@contextlib.contextmanager
def _snapshot(connection):
    """All reads of the block see one state; a transaction that is under way goes on as it is."""
    if not connection.autocommit:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


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


def _customers(connection, one):
    return {(home, i): {"number": number, "tier": TIERS[tier], "grade": model.GRADES[grade or 0],
                        "open_application": opened, "chain_seq": seq, "chain_hash": bytes(digest), "version": version,
                        "branch": branch, "since": since, "imports_open": imports,
                        "policy": policy, "computed": (model.GRADES[computed or 0], admits), "met_on": met,
                        "demoted": (demoted, model.GRADES[demoted_from or 0], demoted_policy),
                        "assessment": assessment, "overridden": until is not None, "override_ends_at": ends,
                        "override_from": model.GRADES[beneath], "noticed": noticed is not None,
                        "timer": None if timer is None else _uuid(timer)}
            for (home, i, number, tier, grade, opened, seq, digest, version, branch, since, imports, policy, computed,
                 admits, met, demoted, demoted_from, demoted_policy, assessment, until, ends, beneath, noticed, timer) in
            _rows(connection, """SELECT home_id, customer_id, number, tier, grade, open_application_id, chain_seq,
                                 chain_hash, version, branch_id, in_force_since::text, imports_open, evaluated_policy,
                                 computed_grade, computed_admits, criterion_met_on::text, demoted_on::text,
                                 demoted_from, demoted_policy, assessment_id, override_until, override_ends_at,
                                 coalesce(override_from, 0), noticed_on,
                                 evaluation_timer_id FROM customer""", one)}


def _applications(connection, one):
    return {(home, i): {"customer": customer, "version": version, "came_from": model.STATES[came_from],
                        "action": model.STEPS[action], "state": model.STATES[state],
                        "from_grade": model.GRADES[grade or 0], "to_grade": model.GRADES[to_grade],
                        "decided_grade": model.GRADES[decided or 0], "finding": model.FINDINGS[finding or 0],
                        "reason": reason, "hands": sorted(hands), "branch": branch, "region": region, "due_at": due,
                        "complete_by": whole, "timer": None if timer is None else _uuid(timer)}
            for (home, i, customer, version, came_from, action, state, grade, to_grade, decided, finding, reason, hands,
                 branch, region, due, whole, timer) in
            _rows(connection, """SELECT home_id, application_id, customer_id, version, came_from, action, state,
                                 from_grade, to_grade, decided_grade, finding, reason, hands, branch_id, region_id,
                                 due_at, complete_by, timer_id FROM application""", one)}


def _standings(connection, one):
    return [{"home": home, "customer": customer, "seq": seq, "tier": TIERS[tier], "grade": model.GRADES[grade or 0],
             "cause": cause, "application": application, "valid_from": valid_from, "recorded_at": recorded_at}
            for home, customer, seq, tier, grade, cause, application, valid_from, recorded_at in
            _rows(connection, """SELECT home_id, customer_id, seq, tier, grade, cause, coalesce(application_id, 0),
                                 valid_from::text, recorded_at FROM standing_history""", one)]


def _trades(connection, table, more, one):
    return [{"home": home, "document": document, "customer": customer, "version": version, "currency": currency,
             "amount": amount, "issued": issued, "due": due, "settled": settled, "cancelled": cancelled,
             "import": imported, "command": _uuid(command), "recorded_at": recorded, "superseded_at": superseded}
            for (home, document, customer, version, currency, amount, issued, due, settled, cancelled, imported,
                 command, recorded, superseded) in
            _rows(connection, f"""SELECT home_id, document, customer_id, version, currency, amount_minor,
                                  issued_on::text, due_on::text, settled_on::text, cancelled, coalesce(import_id, 0),
                                  command_id, recorded_at, {more} FROM {table}""", one)]


def _imports(connection):
    columns = ("home", "id", "user", "finished_at", "added", "changed", "unchanged", "refused", "customers_added",
               "customers", "evaluated", "demoted", "corrected", "criteria")
    return [dict(zip(columns, row)) for row in _rows(connection, """
        SELECT home_id, import_id, user_id, finished_at, added, changed, unchanged, refused, customers_added, customers,
        evaluated, demoted, corrected, criteria FROM trade_import""")]


def _import_customers(connection, one):
    return [{"home": home, "customer": customer, "import": imported, "command": _uuid(command), "result": result}
            for home, customer, imported, command, result in
            _rows(connection, """SELECT home_id, customer_id, import_id, command_id, result
                                 FROM import_customer""", one)]


def _timers(connection, one):
    return {(home, kind, subject): {"customer": customer, "timer": None if timer is None else _uuid(timer),
                                    "due_at": due}
            for home, kind, subject, customer, timer, due in
            _rows(connection, "SELECT home_id, kind, subject_id, customer_id, timer_id, due_at FROM timer", one)}


def _read_audit(connection):
    return [{"user": user, "method": method, "customers": list(zip(homes, customers))}
            for user, method, homes, customers in
            _rows(connection, "SELECT user_id, method, customer_home, customer_id FROM read_audit")]


def standing_still(connection):
    """Everything of take() but the clock, to see that nothing was changed."""
    held = take(connection)
    del held["now"]
    return held


def take(connection, customer=None):
    """Everything the checker looks at, as of one instant. `customer`, (home, number): of his rows only his, and no
    command, unit or user; the checker needs the whole."""
    with _snapshot(connection):
        mine = {"events": [_event(r) for r in _rows(connection, f"SELECT {EVENT_COLUMNS} FROM event", customer)],
                "customers": _customers(connection, customer), "applications": _applications(connection, customer),
                "standings": _standings(connection, customer), "timers": _timers(connection, customer),
                "trades": _trades(connection, "trade", "0", customer),
                "past_trades": _trades(connection, "trade_past", "superseded_at", customer),
                "import_customers": _import_customers(connection, customer)}
        if customer is not None:
            return mine
        return {**mine,
                "commands": [_command(r) for r in _rows(connection, f"SELECT {COMMAND_COLUMNS} FROM command")],
                "users": _users(connection), "units": _units(connection), "read_audit": _read_audit(connection),
                "imports": _imports(connection), "now": _rows(connection, "SELECT business_now()")[0][0],
                "policies": dict(_rows(connection, "SELECT version, text FROM policy_version")),
                "heads": {(0, chain): (seq, bytes(head)) for chain, seq, head in
                          _rows(connection, "SELECT chain, chain_seq, chain_hash FROM reference_head")}}


def everything(connection, but=("command", "session", "repeats")):
    """Every row of every table, as text, by table; without the tables that a refused or repeated command writes too."""
    with _snapshot(connection):
        tables = [name for name, in _rows(connection, f"SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}'")]
        return {name: sorted(text for text, in _rows(connection, f"SELECT t::text FROM {name} t"))
                for name in sorted(set(tables) - set(but))}


PORTRAIT = """
    SELECT json_build_array('customer', r.code, c.number, c.name, b.code, c.stage, c.tier, c.grade,
           c.criterion_detected_at IS NOT NULL, c.computed_grade, c.computed_admits)::text
    FROM customer c JOIN unit r ON r.home_id = c.home_id JOIN unit b ON b.unit_id = c.branch_id
    UNION ALL
    SELECT json_build_array('trade', r.code, t.document, c.number, t.version, t.currency, t.amount_minor, t.issued_on,
           t.due_on, t.settled_on, t.cancelled)::text
    FROM trade t JOIN unit r USING (home_id) JOIN customer c USING (home_id, customer_id)
    UNION ALL
    SELECT json_build_array('past', r.code, t.document, t.version, t.currency, t.amount_minor, t.issued_on, t.due_on,
           t.settled_on, t.cancelled)::text
    FROM trade_past t JOIN unit r USING (home_id)
    UNION ALL
    SELECT json_build_array('standing', r.code, c.number, row_number() OVER (PARTITION BY s.home_id, s.customer_id
           ORDER BY s.seq), s.tier, s.grade, s.cause)::text
    FROM standing_history s JOIN unit r USING (home_id) JOIN customer c USING (home_id, customer_id)"""


def portrait(connection):
    """What an import leaves, as one text: customers, trades, standings, without what differs by nature (ids of rows and
    commands, instants, the dates that are those of the import itself)."""
    return "\n".join(sorted(text for text, in _rows(connection, PORTRAIT))) + "\n"


def customer_of(connection, number):
    """(home, number) of the customer with that customer number."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT home_id, customer_id FROM {SCHEMA}.customer WHERE number = %s", (number,))
        found, = cursor.fetchall()
        return found


def stored(connection, command_ids):
    """Those of the command ids under which an outcome is stored."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT command_id FROM {SCHEMA}.command WHERE command_id = ANY (%s::uuid[])",
                       ([i.hex() for i in command_ids],))
        return {_uuid(found) for found, in cursor.fetchall()}


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
