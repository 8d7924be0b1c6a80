"""Are the answers those of a serial execution? Exact for commands on one customer.

What was accepted has an order: its events in the customer's chain. What was refused changed nothing, so it may stand
anywhere between its neighbours of the same connection; there must be a place where the model refuses it for the same
reason. Requests of one connection are decided in the order they were sent, and answered in the order of the decisions.
"""
from collections import namedtuple

from . import model

# One command: connection, place on it, step, login, (unit level, role), application asked for (None: submit), the grade
# that a submission asks for, answer, and the place of that answer among those of the connection.
Sent = namedtuple("Sent", "connection place step login level role application to_grade reply command_id answered")


class NotSerial(AssertionError):
    """No serial order gives these answers."""


def _states(start, accepted):
    """The case after 0, 1, 2 ... accepted commands; each must be accepted by the model too, with that answer."""
    states = [start]
    for sent in accepted:
        before = states[-1]
        if sent.step != "submit" and sent.application != before.application:
            raise NotSerial(f"{sent.step} on {sent.application} was accepted while {before.application} was current")
        reason, after = model.take(before, sent.step, sent.login, sent.level, sent.role, sent.to_grade)
        if reason is not None:
            raise NotSerial(f"{sent} was accepted, the model says {reason} in {before}")
        if sent.step == "submit":
            after = model.replace(after, application=sent.reply.entity)
        if (sent.reply.entity, sent.reply.version) != (after.application, after.version):
            raise NotSerial(f"{sent} was answered {sent.reply}, the model has {after}")
        states.append(after)
    return states


def _refused_so(case, sent, closed):
    """Would the model refuse it like this in that state?"""
    if sent.step != "submit" and sent.application != case.application:
        if sent.application not in closed:
            return False  # not yet submitted then
        case = closed[sent.application]
    reason, _ = model.take(case, sent.step, sent.login, sent.level, sent.role, sent.to_grade)
    if reason != sent.reply.reason:
        return False
    if reason in ("STATE_CHANGED", "ALREADY_DECIDED"):
        return sent.reply.arguments.get("state") == case.state
    return reason != "OPEN_APPLICATION_EXISTS" or sent.reply.arguments.get("application") == case.application


def check(start, sent, order):
    """`start`: the case before; `order`: command ids of the accepted steps as the chain has them. Raises NotSerial."""
    by_id = {s.command_id: s for s in sent}
    told = {s.command_id for s in sent if s.reply.ok}
    if told != set(order) or len(order) != len(set(order)):
        raise NotSerial(f"accepted and in the chain differ: {len(told)} told, {len(order)} there")
    states = _states(start, [by_id[c] for c in order])
    place_of = {c: n for n, c in enumerate(order)}
    last_of = [{} for _ in states]  # last state of every application that came before, at each point
    for n in range(1, len(states)):
        last_of[n] = {**last_of[n - 1], states[n - 1].application: states[n - 1]}
    for connection in {s.connection for s in sent}:
        at = 0
        mine = sorted((s for s in sent if s.connection == connection), key=lambda s: s.place)
        if sorted(mine, key=lambda s: s.answered) != mine:
            raise NotSerial(f"connection {connection} was answered in another order than it was served")
        for s in mine:
            if s.reply.ok:
                if place_of[s.command_id] < at:
                    raise NotSerial(f"{s} overtook an earlier command of its connection")
                at = place_of[s.command_id] + 1
                continue
            while at < len(states) and not _refused_so(states[at], s, last_of[at]):
                at += 1
            if at == len(states):
                raise NotSerial(f"{s} has no place where it would be refused so")
    return states[-1]
