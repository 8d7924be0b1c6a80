"""Where things are. CREDITD_BUILD names the build directory (default: build)."""
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(ROOT, os.environ.get("CREDITD_BUILD", "build")).resolve()
CREDITD = BUILD / "creditd"
CREDITCTL = BUILD / "creditctl"
CREDITBENCH = BUILD / "bench" / "creditbench"
PROTO = ROOT / "proto"
MIGRATIONS = ROOT / "server" / "store" / "migrations"
POLICY = ROOT / "deploy" / "policy.cfg"
INVOICES = ROOT.parent / "shared" / "data" / "ar-invoices.csv"


def place_for_data():
    """Where clusters are made: in memory when there is room for them, so that a slow disk costs no time. Every fsync is
    made all the same; what tests kill are processes, never the machine."""
    memory = pathlib.Path("/dev/shm")
    try:
        if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= 2 << 30:
            return memory
    except FileNotFoundError:
        pass
    return pathlib.Path(tempfile.gettempdir())


def postgres_bin():
    """The newest installed PostgreSQL's directory of programs (Debian keeps them out of PATH)."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                   key=lambda p: int(p.parts[-3]) if p.parts[-3].isdigit() else 0)
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise RuntimeError("PostgreSQL's server programs are not installed")
    return pathlib.Path(on_path).parent


def generated_classes():
    """The directory of the classes that protoc makes for Python; made anew when a .proto is newer."""
    target = BUILD / "pygen"
    sources = sorted(PROTO.glob("*.proto"))
    made = [target / f"{p.stem}_pb2.py" for p in sources]
    if not all(m.exists() and m.stat().st_mtime >= s.stat().st_mtime for m, s in zip(made, sources)):
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(["protoc", f"--python_out={target}", f"-I{PROTO}", *map(str, sources)], check=True)
        for path in made:
            os.utime(path)
    return target
