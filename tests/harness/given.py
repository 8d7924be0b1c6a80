"""Sockets held for a server as a service manager holds them: given from descriptor 3 on, with LISTEN_PID and LISTEN_FDS.

Run as a program, it gives the descriptors that its first word lists and becomes the command of the other words.
"""
import fcntl
import os
import socket
import sys


def held(count=1, port=0):
    """Listening sockets at one address (SO_REUSEPORT when there are several)."""
    out = []
    for _ in range(count):
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if count > 1:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(("127.0.0.1", port))
        one.listen(64)
        port = one.getsockname()[1]
        out.append(one)
    return out


def giving(sockets, command):
    """The command line that runs `command` with these sockets; they have to be passed on to it."""
    if not sockets:
        return command
    return [sys.executable, __file__, ",".join(str(s.fileno()) for s in sockets), *map(str, command)]


def _become(descriptors, command):
    away = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 64) for fd in descriptors]
    for place, fd in enumerate(away, 3):
        os.dup2(fd, place, inheritable=True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(away)))
    os.execvp(command[0], command)


if __name__ == "__main__":
    _become([int(fd) for fd in sys.argv[1].split(",")], sys.argv[2:])
