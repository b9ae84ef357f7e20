"""Many services: `deploy --all` of a system of tiny ones, then nothing changed, then single deploys all at once.

python tools/bench/deploy_many.py --services 30 --at-once 20
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.bench.checkout import Checkout

_PLATFORM: Final = """\
apiVersion: oneway/v1
platform: many
owners: {ann: {name: Ann, backup: bob}, bob: {name: Bob, backup: ann}}
domains: {works: {}}
rules: {orphan: {severity: off, reason: "a trial of deploys"}}
budgets: {fan_in: 100, depth: 100}
environments: {local: {target: local}}
"""
_PROGRAM: Final = """\
import http.server, os, signal, sys, threading
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = os.environ["ONEWAY_VERSION"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
"""


def main() -> None:
    """Print how long each took; exit with 1 when one deploy did not get through."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="oneway-many-") as folder:
        checkout = Checkout(Path(folder) / "checkout")
        names = [f"s{number:02}" for number in range(options.services)]
        _lay_out(checkout.root, names, "1.0.0")
        try:
            good = _timed(f"deploy --all, {len(names)} services", checkout, "deploy", "--all")
            good = _timed("deploy --all, nothing changed", checkout, "deploy", "--all") and good
            _lay_out(checkout.root, names, "1.1.0")
            good = _at_once(checkout, names[-options.at_once :], "different services") and good
            _lay_out(checkout.root, names, "1.2.0")
            good = _at_once(checkout, [names[0], names[0]], "the same service twice", refused=1) and good
        finally:
            checkout.platform("stop", "--all", timeout=600)
    sys.exit(0 if good else 1)


def _lay_out(root: Path, names: list[str], version: str) -> None:
    """Each service calls the one before it in its group of five."""
    (root / "manifests").mkdir(parents=True, exist_ok=True)
    (root / "manifests/platform.yaml").write_text(_PLATFORM)
    for at, name in enumerate(names):
        folder = root / "services" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "program.py").write_text(f"{_PROGRAM}# {version}\n")
        body = {
            "apiVersion": "oneway/v1",
            "service": name,
            "version": version,
            "owner": "ann",
            "domain": "works",
            "build": {"path": f"services/{name}", "runtime": "python3.11", "start": ["python", "program.py"]},
            "endpoints": [{"name": "http", "port": 8000 + at}],
            "calls": [{"to": names[at - 1], "timeout": "1s"}] if at % 5 else [],
            "health": {"startup": {"path": "/", "within": "30s"}, "ready": "/", "live": "/live"},
            "smoke": [{"name": "answers", "request": {"path": "/"}}],
            "rollout": {"bake": "1s", "within": "120s"},
        }
        (root / f"manifests/{name}.yaml").write_text(json.dumps(body))


def _timed(what: str, checkout: Checkout, *arguments: str) -> bool:
    started = time.monotonic()
    done = checkout.platform(*arguments, timeout=600)
    print(f"{what:44} {time.monotonic() - started:6.1f} s  exit {done.returncode}", flush=True)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
    return done.returncode == 0


def _at_once(checkout: Checkout, names: list[str], what: str, refused: int = 0) -> bool:
    started = time.monotonic()
    running = [checkout.begin("deploy", name) for name in names]
    told = [each.communicate(timeout=600)[0] for each in running]
    failed = [text for each, text in zip(running, told, strict=True) if each.returncode]
    took = time.monotonic() - started
    print(f"{len(names)} commands at once, {what:23} {took:6.1f} s  {len(failed)} refused or failed", flush=True)
    expected = len(failed) == refused and all("is being deployed by" in text for text in failed)
    if not expected:
        print("\n".join(text[-1500:] for text in failed))
    return expected


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=30)
    parser.add_argument("--at-once", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    main()
