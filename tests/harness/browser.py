"""A page in headless Chromium: what it shows, and what it asks the network for."""
import json
import shutil
import subprocess

CHROMIUM = shutil.which("chromium")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync", "--disable-default-apps")
BROWSERS_OWN = "not an origin"


def opened(page, directory):
    """The document as it is shown, and the addresses that it (not the browser) asked for."""
    log = directory / "net.json"
    out = subprocess.run([CHROMIUM, *OPTIONS, f"--user-data-dir={directory / 'profile'}", f"--log-net-log={log}",
                          "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True, timeout=60)
    events = json.loads(log.read_text(encoding="utf-8"))
    start = events["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    asked = [e["params"] for e in events["events"] if e["type"] == start]
    return out.stdout, [p["url"] for p in asked if p.get("initiator", BROWSERS_OWN) != BROWSERS_OWN]
