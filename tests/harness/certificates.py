"""A test CA and a server certificate for localhost, made once per run with openssl."""
import subprocess
from dataclasses import dataclass
from pathlib import Path

EXTENSIONS = """[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost,IP:127.0.0.1
"""


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files."""
    ca: Path
    certificate: Path
    key: Path


def make_certificates(directory):
    """Makes them in `directory`."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    extensions = directory / "extensions.cnf"
    extensions.write_text(EXTENSIONS, encoding="ascii")

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=directory)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *curve, "-days", "30", "-subj", "/CN=creditd test CA", "-keyout", "ca.key", "-out",
            "ca.pem")
    openssl("req", *curve, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "2", "-days", "30",
            "-extfile", extensions, "-extensions", "server", "-out", "server.pem")
    return Certificates(directory / "ca.pem", directory / "server.pem", directory / "server.key")
