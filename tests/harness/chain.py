"""The event chain verified without the server's code: SHA-256 over the fixed binary layout of PROTOCOL.md."""
import hashlib
import struct

DOMAIN = b"creditd/event/1"
LAYOUT = struct.Struct(">32shqqq16sqqhhhi32s")
START = bytes(32)


def event_hash(event):
    """What `hash` of an event (a dictionary of harness/dump.py) has to be."""
    payload = hashlib.sha256(event["payload"].encode()).digest()
    return hashlib.sha256(DOMAIN + LAYOUT.pack(
        event["hash_prev"], event["home"], event["customer"], event["seq"], event["application"], event["command"],
        event["actor"], event["at"], event["kind"], event["from_state"], event["to_state"], event["version"],
        payload)).digest()


def chains(events):
    """(home, customer) -> its events by seq; (0, 0) is the organisation."""
    out = {}
    for event in sorted(events, key=lambda e: (e["home"], e["customer"], e["seq"])):
        out.setdefault((event["home"], event["customer"]), []).append(event)
    return out


def first_fault(events):
    """(seq, why) of the first event of one chain that does not fit, or None; why: gap, link, hash."""
    before, hash_before = 0, START
    for event in events:
        if event["seq"] != before + 1:
            return event["seq"], "gap"
        if event["hash_prev"] != hash_before:
            return event["seq"], "link"
        if event["hash"] != event_hash(event):
            return event["seq"], "hash"
        before, hash_before = event["seq"], event["hash"]
    return None


def rehash(events):
    """Makes one chain fit again after a change, as a forger with the key to the database would."""
    before, hash_before = 0, START
    for event in events:
        before += 1
        event["seq"], event["hash_prev"] = before, hash_before
        event["hash"] = hash_before = event_hash(event)
