"""The organisation that most tests start from, made through the real server.

HQ; region R1 (Asia/Shanghai) with branches B11 and B12 (Asia/Tokyo); region R2 (America/New_York) with branch B21.
"""
from dataclasses import dataclass

PASSWORD = "test password {login}"


@dataclass(frozen=True)
class Person:
    """A user of the seeded organisation."""
    login: str
    unit: str
    level: str
    roles: tuple

    @property
    def password(self):
        """Everybody's is made the same way; the administrator's own is random."""
        return PASSWORD.format(login=self.login)


UNITS = [
    {"code": "R1", "name": "华东大区", "level": "region", "parent": "HQ", "zone": "Asia/Shanghai"},
    {"code": "R2", "name": "Eastern Region", "level": "region", "parent": "HQ", "zone": "America/New_York"},
    {"code": "B11", "name": "上海分公司", "level": "branch", "parent": "R1"},
    {"code": "B12", "name": "东京分公司", "level": "branch", "parent": "R1", "zone": "Asia/Tokyo"},
    {"code": "B21", "name": "New York Branch", "level": "branch", "parent": "R2"},
]

PEOPLE = {p.login: p for p in [
    Person("sub11", "B11", "supervisor", ("submitter",)),
    Person("sub11b", "B11", "manager", ("submitter",)),
    Person("clerk11", "B11", "clerk", ("submitter",)),
    Person("sync11", "B11", "clerk", ("sync_agent",)),
    Person("sub12", "B12", "supervisor", ("submitter",)),
    Person("sub21", "B21", "supervisor", ("submitter",)),
    Person("ver1", "R1", "supervisor", ("verifier",)),
    Person("ver1b", "R1", "manager", ("verifier",)),
    Person("verclerk1", "R1", "clerk", ("verifier",)),
    Person("ver2", "R2", "supervisor", ("verifier",)),
    Person("aud1", "R1", "supervisor", ("auditor",)),
    Person("app", "HQ", "manager", ("approver",)),
    Person("appb", "HQ", "director", ("approver",)),
    Person("appclerk", "HQ", "clerk", ("approver",)),
    Person("cmo", "HQ", "director", ("cmo",)),
    Person("maker", "HQ", "manager", ("policy_maker",)),
    Person("checker", "HQ", "manager", ("policy_checker",)),
    Person("aud", "HQ", "supervisor", ("auditor",)),
    Person("admaud", "HQ", "manager", ("administrator", "auditor")),
]}

GRADES = ("green", "yellow", "red", "black")
# number, name, branch, opening grade
CUSTOMERS = (
    [(f"K11-{n:02}", f"上海第{n}贸易有限公司" if n % 2 else f"Shanghai Trading No. {n} Ltd", "B11", GRADES[n % 4])
     for n in range(1, 13)]
    + [(f"K12-{n:02}", f"東京商事 {n}", "B12", GRADES[n % 4]) for n in range(1, 5)]
    + [(f"K21-{n:02}", f"Hudson Supplies {n}", "B21", GRADES[n % 4]) for n in range(1, 5)]
    + [("O11-01", "普通客户一号", "B11", None)])


def plant(server, admin_password):
    """Makes units, users, sessions and customers; gives the session token of every login."""
    tokens = {}
    with server.client() as admin:
        tokens["admin"] = admin.login("admin", admin_password)
        for unit in UNITS:
            admin.do("unit_create", **unit)
        for p in PEOPLE.values():
            admin.do("user_add", login=p.login, name=f"User {p.login}", unit=p.unit, job_level=p.level,
                     roles=list(p.roles), password=p.password)
    for p in PEOPLE.values():
        with server.client() as client:
            tokens[p.login] = client.login(p.login, p.password)
    with server.client(tokens["app"]) as hq:
        waiting = [hq.post("customer_add", number=number, name=name, branch=branch, stage="existing",
                           opening_grade=grade)
                   for number, name, branch, grade in CUSTOMERS]
        for request_id in waiting:
            reply = hq.wait(request_id)
            assert reply.ok, reply
    return tokens
