"""creditd as its operators meet it: options and their errors, starts and ends, reload, what it refuses to serve, the
embedded cluster."""
import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import psycopg2
import pytest

from harness import paths
from harness import creditproto as wire
from harness.creditproto import Client
from harness.held import commits_held, locked, setting_changed
from harness.process import open_files, wait_until
from harness.server import Server

USAGE, CONFIG, DEPENDENCY = 64, 78, 69


def creditd(*options):
    """Runs creditd to its end: (exit code, stdout, stderr)."""
    done = subprocess.run([paths.CREDITD, *map(str, options)], capture_output=True, text=True, timeout=30, cwd="/",
                          check=False, env={"PATH": os.environ["PATH"]})
    return done.returncode, done.stdout, done.stderr


def on(run, database, *options):
    """Options that start on a database, if nothing else is wrong."""
    return ["--database", run.cluster.conninfo(database, "creditd_app"), "--owner-database",
            run.cluster.conninfo(database), "--listen", "127.0.0.1:0", "--tls-certificate",
            run.certificates.certificate, "--tls-key", run.certificates.key, "--migrations", paths.MIGRATIONS,
            "--policy", paths.POLICY, *options]


# ---- options and configuration ----

def test_version_and_help():
    code, out, _ = creditd("--version")
    assert code == 0 and out.startswith("creditd ")
    code, out, _ = creditd("--help")
    assert code == 0
    for option in ("--embedded", "--database", "--owner-database", "--listen", "--unix", "--policy", "--test-clock",
                   "--check-config", "--ready-file", "--migrate", "--failpoint"):
        assert option in out


@pytest.mark.parametrize("options", [["--colour"], ["--listen"], ["--test-clock=soon"], ["surplus"]])
def test_usage_errors(options):
    code, _, said = creditd(*options)
    assert code == USAGE and said


@pytest.mark.parametrize("text, words", [
    ("limits = { frame_timeout_ms = 1; };", ["frame_timeout_ms", ":1"]),
    ("listen = \"127.0.0.1:0\";\nlimit = { };", ["limit", ":2"]),
    ("listen = 7;", ["listen", ":1"]),
    ("listen = ", [":2"]),
])
def test_errors_of_the_configuration_name_file_line_and_key(tmp_path, text, words):
    path = tmp_path / "creditd.conf"
    path.write_text(text + "\n", encoding="ascii")
    code, out, said = creditd("--config", path, "--check-config")
    assert code == CONFIG
    assert str(path) in out + said and all(word in out + said for word in words), out + said


def test_check_config(run, tmp_path):
    code, out, said = creditd(*on(run, "no_such_database"), "--check-config")
    assert (code, out.strip()) == (0, "ok"), said
    policy = tmp_path / "policy.cfg"
    policy.write_text(paths.POLICY.read_text(encoding="utf-8").replace("verify_days = 3", "verify_days = -3"),
                      encoding="utf-8")
    code, out, said = creditd(*on(run, "x"), "--policy", policy, "--check-config")
    assert code == CONFIG and "verify_days" in out + said and str(policy) in out + said
    code, out, said = creditd(*on(run, "x"), "--tls-key", run.certificates.ca, "--check-config")
    assert code == CONFIG


# ---- what it refuses to serve ----

def refused(run, database, *options):
    """The message of a start that must not succeed, and its exit code."""
    code, _, said = creditd(*on(run, database, *options))
    return code, said


def test_no_database(run):
    code, said = refused(run, "no_such_database")
    assert code == DEPENDENCY and "no_such_database" in said


@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_a_database_that_is_not_durable(run, setting):
    database = run.vacant()
    run.cluster.execute(f'ALTER DATABASE "{database}" SET {setting} = off')
    code, said = refused(run, database)
    assert code == DEPENDENCY and setting in said
    run.cluster.drop(database)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_cluster_that_is_not_durable(run, setting):
    database = run.vacant()

    with setting_changed(run.cluster, setting, "off", "on"):
        code, said = refused(run, database)
    assert code == DEPENDENCY and setting in said
    run.cluster.drop(database)


def test_a_changed_migration(run, tmp_path):
    database = run.vacant()
    changed = tmp_path / "migrations"
    shutil.copytree(paths.MIGRATIONS, changed)
    first = sorted(changed.iterdir())[0]
    first.write_text(first.read_text(encoding="utf-8") + "-- changed afterwards\n", encoding="utf-8")
    code, said = refused(run, database, "--migrations", changed)
    assert code == DEPENDENCY and first.name in said and "checksum" in said, said
    run.cluster.drop(database)


def test_a_newer_schema(run, tmp_path):
    database = run.vacant()
    newer = tmp_path / "migrations"
    shutil.copytree(paths.MIGRATIONS, newer)
    (newer / "0099_later.sql").write_text("CREATE TABLE later (x int);\n", encoding="ascii")
    code, said = refused(run, database, "--migrations", newer)
    assert code == DEPENDENCY and "0099_later.sql" in said and "newer" in said, said
    run.cluster.execute("INSERT INTO creditd.schema_migration (number, name, sha256) "
                        "SELECT 99, '0099_later.sql', sha256 FROM creditd.schema_migration LIMIT 1", database)
    code, said = refused(run, database)
    assert code == DEPENDENCY and "99" in said and "newer" in said, said
    run.cluster.drop(database)


def test_a_migration_that_fails_leaves_nothing(run, tmp_path):
    database = run.cluster.create("half")
    broken = tmp_path / "migrations"
    shutil.copytree(paths.MIGRATIONS, broken)
    first = sorted(broken.iterdir())[0]
    first.write_text(first.read_text(encoding="utf-8") + "\nSELECT 1 / 0;\n", encoding="utf-8")
    code, said = refused(run, database, "--migrations", broken)
    assert code == DEPENDENCY and "division by zero" in said, said
    connection = run.cluster.connect(database)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('creditd.customer'), to_regclass('creditd.event')")
        assert cursor.fetchone() == (None, None)
    connection.close()
    run.finish(run.start(database, "--test-clock"))
    run.cluster.drop(database)


def test_two_migrators_at_once(run):
    database = run.cluster.create("twice")
    files = [run.directory / f"twice-{n}.password" for n in range(2)]
    both = [run.start(database, "--test-clock", "--admin-password-file", file, wait=False) for file in files]
    for server in both:
        server.wait_ready()
    password, = [file.read_text(encoding="utf-8").strip() for file in files if file.exists()]
    with both[1].client() as client:
        client.login("admin", password)
        assert len(client.do("user_list")["users"]) == 1
    for server in both:
        run.finish(server)
    run.cluster.drop(database)


@pytest.mark.parametrize("option", [["--cheap-passwords"], ["--failpoint", "load_stamp=error@1"]])
def test_a_real_clock_knows_no_test_options(run, option):
    database = run.cluster.create("real")
    try:
        code, said = refused(run, database, *option)
        assert code == CONFIG and option[0] in said
    finally:
        run.cluster.drop(database)


def test_a_real_clock_is_not_moved(run):
    database = run.cluster.create("unmoved")
    password = run.directory / "unmoved.password"
    server = Server(on(run, database, "--admin-password-file", password), run.directory, ca=run.certificates.ca)
    try:
        server.wait_ready()
        with server.client() as client:
            assert client.do("hello", protocol_min=1, protocol_max=1)["test_clock"] is False
            client.login("admin", password.read_text(encoding="utf-8").strip())
            assert client.call("clock_advance", by_us=1_000_000).reason == "TEST_CLOCK_OFF"
    finally:
        server.stop()
        run.cluster.drop(database)


@pytest.mark.parametrize("spec", ["no_such_statement=error@1", "load_stamp=explode@1", "load_stamp", "load_stamp=error@0",
                                  "load_stamp=error@1,", "load_stamp=error@1,load_head=conflict@2x",
                                  ",".join(["load_stamp=error@1"] * 33)])
def test_a_failpoint_that_is_none(run, spec):
    code, said = refused(run, "no_such_database", "--failpoint", spec)
    assert code in (USAGE, CONFIG) and spec.split("=")[0] in said


# ---- running ----

def test_ready_means_that_it_answers(run, database, tokens):
    for _ in range(3):
        server = run.start(database)
        with Client(server.port, server.ca) as client:
            reply = client.call("resume", token=tokens["sub11"])
            assert reply.ok, reply
        run.finish(server)


def test_the_first_host_of_a_list_is_away(run, database, tokens):
    """`host=a,b`: each connection takes the one that answers."""
    def options(user):
        return run.cluster.conninfo(database, user).replace("host=", "host=/nonexistent,", 1)
    server = run.start(database, "--database", options("creditd_app"), "--owner-database", options("postgres"))
    with server.client(tokens["sub11"]) as client:
        assert client.do("customer_list", purpose="t")["customers"]
        assert client.call("application_submit", customer="K11-08", to_grade="green", reason="r",
                           if_version=99).reason == "STALE_VERSION"
    run.finish(server)


def test_sigterm_answers_what_is_in_flight(run, database, tokens, pg):
    """Forty commands wait for a database that does not commit when the signal comes."""
    server = run.start(database)
    with server.client(tokens["sub11"]) as client:
        with commits_held(pg.owner):
            ids = [client.post("application_submit", customer="K11-07", to_grade="green", reason="r", if_version=99)
                   for _ in range(40)]
            assert client.ping(), "all have been read"
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "ending on" in server.log(), 10, "the signal to be taken")
        replies = [client.wait(i) for i in ids]
        assert {r.reason for r in replies} == {"STALE_VERSION"}, replies
        with pytest.raises(wire.Disconnected):
            client.next_frame()
    run.finish(server)


def test_sigterm_while_the_organisation_is_read_anew(run, database, tokens, pg):
    """Nobody waits for that, so the end does not either."""
    def reads_again():
        return run.cluster.execute("SELECT bool_and(wait_event_type = 'Lock') FROM pg_stat_activity "
                                   f"WHERE datname = '{database}' AND application_name = 'watch'") == [(True,)]
    ending, other = run.start(database), run.start(database)
    with other.client(tokens["admin"]) as client, locked(pg.owner, "delegation", "ACCESS EXCLUSIVE"):
        client.post("unit_create", command_id=wire.new_command_id(), code="RN", name="N", level="branch", parent="R1")
        wait_until(reads_again, 10, "all servers to read it")
        run.finish(ending)
    run.finish(other)


def test_sighup_takes_new_limits_and_certificates_or_keeps_the_old(run, database, tokens, tmp_path):
    conf = tmp_path / "creditd.conf"
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    shutil.copy(run.certificates.certificate, certificate)
    shutil.copy(run.certificates.key, key)
    conf.write_text("limits = { handshake_timeout_ms = 5000; };\n", encoding="ascii")
    server = run.start(database, "--config", conf, "--tls-certificate", certificate, "--tls-key", key)
    good = server.client(tokens["sub11"])

    def reload_says(word):
        before = server.log().count(word)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.log().count(word) > before, 10, word)

    conf.write_text("limits = { handshake_timeout_ms = 0; };\n", encoding="ascii")
    reload_says("nothing was changed")
    conf.write_text("limits = { handshake_timeout_ms = 1000; };\n", encoding="ascii")
    key.write_bytes(run.certificates.ca.read_bytes())
    reload_says("nothing was changed")
    shutil.copy(run.certificates.key, key)
    reload_says("reload: done")
    with Client(server.port, server.ca) as idle:
        idle.socket.settimeout(5)
        assert idle.socket.recv(1) == b"", "the new deadline holds"
    assert good.do("whoami")["login"] == "sub11", "old connections go on"
    good.close()
    run.finish(server)


def test_the_unix_socket_speaks_plain_frames(run, database, tokens, tmp_path):
    path = tmp_path / "s"
    server = run.start(database, "--unix", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Client(unix=path) as client:
        client.resume(tokens["sub11"])
        assert client.do("whoami")["login"] == "sub11"
        assert client.ping()
    run.finish(server)
    assert not path.exists()


def test_descriptors_come_back(server, tokens):
    with server.client(tokens["sub11"]) as client:
        client.do("whoami")
        before = open_files(server.pid)
        for _ in range(100):
            with server.client(tokens["sub11"]):
                pass
        wait_until(lambda: client.do("server_status")["connections"] == 1, 10, "the end of the others")
        wait_until(lambda: open_files(server.pid) <= before, 10, "descriptors as before")


# ---- embedded ----

def owner_of(path):
    return path.stat().st_uid


def values(server, *statements):
    """First values of statements on the server's own database."""
    connection = psycopg2.connect(server.ready["owner_conninfo"])
    try:
        with connection.cursor() as cursor:
            out = []
            for statement in statements:
                cursor.execute(statement)
                out.append(cursor.fetchone()[0])
            return out
    finally:
        connection.close()


def socket_directory(server):
    """Where the embedded cluster's socket is; closed to everybody else."""
    path = Path(re.search(r"host=(\S+)", server.ready["owner_conninfo"]).group(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    return path


def embedded(directory):
    """creditd --embedded in a directory."""
    return Server(["--embedded", directory, "--listen", "127.0.0.1:0", "--test-clock", "--cheap-passwords",
                   "--migrations", paths.MIGRATIONS, "--policy", paths.POLICY], directory.parent, name="embedded")


def test_embedded(run):
    directory = run.open_directory("embedded") / "d"
    server = embedded(directory)
    try:
        server.wait_ready(60)
        password = (directory / "admin.password").read_text(encoding="utf-8").strip()
        assert stat.S_IMODE((directory / "admin.password").stat().st_mode) == 0o600
        assert stat.S_IMODE((directory / "tls" / "server.key").stat().st_mode) & 0o077 == 0
        assert socket_directory(server).is_relative_to(directory)
        assert values(server, "SHOW data_checksums", "SHOW listen_addresses",
                      "SELECT datcollate FROM pg_database WHERE datname = current_database()") == ["on", "", "C.UTF-8"]
        postmaster = server.ready["postmaster_pid"]
        for pid in (server.pid, postmaster):
            assert os.stat(f"/proc/{pid}").st_uid == owner_of(directory) != 0 or os.geteuid() != 0
        with Client(server.port, server.ca) as client:
            client.login("admin", password)
            client.do("unit_create", code="R1", name="R", level="region", parent="HQ")
            # A second server would end the first one's cluster with itself.
            code, _, said = creditd("--embedded", directory, "--listen", "127.0.0.1:0", "--migrations", paths.MIGRATIONS,
                                    "--policy", paths.POLICY)
            assert code == DEPENDENCY and "in use by another creditd" in said
            assert client.do("unit_list")["units"], "the first one serves on"
    finally:
        server.stop()
    assert not os.path.exists(f"/proc/{postmaster}"), "the cluster ends with its server"
    if os.geteuid() == 0:
        a_directory_of_somebody_else(directory.with_name("roots"))
    start_elsewhere(directory, password)


def a_directory_of_somebody_else(directory):
    """Started by root, a directory that holds something else is not given away."""
    directory.mkdir()
    (directory / "letter.txt").write_text("dear all", encoding="ascii")
    code, _, said = creditd("--embedded", directory, "--listen", "127.0.0.1:0", "--policy", paths.POLICY)
    assert code == CONFIG and "neither empty nor a directory of creditd" in said
    assert directory.stat().st_uid == 0


def start_elsewhere(directory, password):
    """The same data under a path that is too long for a socket: it lies where paths are short."""
    moved = directory.rename(directory.with_name("long" * 25))
    again, sockets = embedded(moved), None
    try:
        again.wait_ready(60)
        sockets = socket_directory(again)
        assert not sockets.is_relative_to(moved) and len(str(sockets)) < 90
        with Client(again.port, again.ca) as client:
            client.login("admin", password)
            assert "R1" in {u["code"] for u in client.do("unit_list")["units"]}
    finally:
        again.stop()
        if sockets is not None and not sockets.is_relative_to(moved):
            shutil.rmtree(sockets)


# ---- the policy ----


def without_owner(run, database, *options):
    """Options that start on a database as its guest."""
    command = on(run, database, *options)
    place = command.index("--owner-database")
    return command[:place] + command[place + 2:]


def test_a_file_is_the_first_version_and_no_other(run, tmp_path):
    """A start brings the policy of a database that has none; a changed file changes nothing afterwards."""
    database, policy = run.seeded("file"), tmp_path / "policy.cfg"
    policy.write_text(paths.POLICY.read_text(encoding="utf-8") + "\n// changed\n", encoding="utf-8")
    for command in (on(run, database, "--policy", policy), without_owner(run, database, "--policy", policy)):
        server = Server(command, run.private_directory("file"), ca=run.certificates.ca).wait_ready()
        with server.client(run.tokens["maker"]) as maker:
            listed = maker.do("policy_list")["policies"]
            assert [p["version"] for p in listed] == [1]
            assert maker.do("policy_show")["policy"]["text"] == paths.POLICY.read_text(encoding="utf-8")
        server.stop()
    run.cluster.drop(database)


def test_a_route_that_is_refused_as_a_new_one_only(run, tmp_path):
    """What an older server has taken stays in force, and its file beside it; a database without a policy does not begin
    with it."""
    policy = tmp_path / "policy.cfg"
    nodes = '{ name = "verify"; step = "verify"; all = true; }, { name = "again"; step = "verify"; }'
    text = paths.POLICY.read_text(encoding="utf-8").replace('{ name = "verify"; step = "verify"; }', nodes)
    policy.write_text(text, encoding="utf-8")
    run.finish(run.start(run.seeded("kept"), "--policy", policy))
    code, _, said = creditd(*on(run, run.cluster.create("unserved"), "--policy", policy))
    assert code == CONFIG and str(policy) in said and "nobody is left" in said
    code, told, _ = creditd(*on(run, "x"), "--policy", policy, "--check-config")
    assert code == CONFIG and "nobody is left" in told


def test_a_database_without_a_policy_is_not_served(run):
    database = run.cluster.create("bare")
    try:
        code, _, said = creditd(*on(run, database, "--migrate"))
        assert code == 0, said
        code, _, said = creditd(*without_owner(run, database))
        assert code == DEPENDENCY and "has no policy yet" in said
    finally:
        run.cluster.drop(database)
