"""What an idle TLS connection costs the server and nginx in memory, and how many handshakes a second there are."""
import contextlib
import pathlib
import shutil
import socket
import ssl
import subprocess

from cells import NotHere
from harness.process import dying_with_us, wait_until
from machine import children

FEW = 100
NGINX = """
daemon off;
worker_processes 1;
error_log stderr crit;
pid {directory}/pid;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_timeout 1h;
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3;
        location / {{ return 200 "ok"; }}
    }}
}}
"""


def memory(pid):
    """(Rss, Pss) of a process and its children in bytes."""
    found = {"Rss": 0, "Pss": 0}
    for each in (pid, *children(pid)):
        for line in pathlib.Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            if name in found:
                found[name] += 1024 * int(rest.split()[0])
    return found["Rss"], found["Pss"]


def slope(pid, few, many, hold):
    """Bytes of each connection more; `hold(count)`: so many are open, until it is called again."""
    hold(few)
    before = memory(pid)
    hold(many)
    after = memory(pid)
    return {"rss_bytes": (after[0] - before[0]) / (many - few), "pss_bytes": (after[1] - before[1]) / (many - few),
            "connections": many}


class Browsers:
    """Connections that have each made one HTTP request and stay."""

    def __init__(self, port, ca):
        self.port, self.context, self.open = port, ssl.create_default_context(cafile=ca), []

    def hold(self, count):
        """So many connections are open."""
        for connection in self.open[count:]:
            connection.close()
        del self.open[count:]
        while len(self.open) < count:
            raw = socket.create_connection(("127.0.0.1", self.port))
            connection = self.context.wrap_socket(raw, server_hostname="localhost")
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            self.open.append(connection)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def nginx(stage, connections):
    """nginx with one worker until the block ends: (process id, port)."""
    program = shutil.which("nginx", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
    if program is None:
        raise NotHere("nginx is not installed")
    directory, port = stage.directory / "nginx", _free_port()
    directory.mkdir(exist_ok=True)
    conf = directory / "nginx.conf"
    conf.write_text(NGINX.format(directory=directory, port=port, connections=connections + 100,
                                 certificate=stage.certificates.certificate, key=stage.certificates.key),
                    encoding="ascii")
    with subprocess.Popen(dying_with_us([program, "-p", directory, "-c", conf]), stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: children(process.pid), 10, "nginx")
            yield process.pid, port
        finally:
            process.terminate()


@contextlib.contextmanager
def idle(ground, plan):
    """Each in a process of its own, so that nothing was allocated before."""
    stage = ground.stage

    def ours(_):
        with stage.product("fresh") as (_, server, generator):
            return slope(server.pid, FEW, plan.idle, lambda count: generator.cell(kind="idle", connections=count))

    def theirs(_):
        with nginx(stage, plan.idle) as (pid, port):
            return slope(pid, FEW, plan.idle, Browsers(port, stage.certificates.ca).hold)
    yield {"creditd idle": ours, "nginx idle": theirs,
           "handshakes": lambda _: ground.ours.cell(plan.window, kind="handshakes", connections=16)}
