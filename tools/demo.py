"""The whole chain on this machine: check, draw, deploy, watch, caption a picture. What `make demo` runs."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PLATFORM: Final = str(Path(sys.executable).with_name("platform"))
TESTDATA: Final = ROOT / "services/caption/testdata"
TIMEOUT: Final = 30.0


def main() -> None:
    """Run every step of the chain as a user would type it; stop with its exit status at the first that fails."""
    _step("1/6  Are the manifests sound?", "check")
    _step("2/6  What does the architecture look like?", "render-graph", "-o", "architecture.svg")
    _step("3/6  Roll out what changed, callees first, each behind its gate", "deploy", "--all")
    _say("4/6  Watch what runs, in the background")
    page = _watch()
    print("     its checks for ever, who is the cause when one fails, and who is told")
    _say("5/6  Caption a picture that the model has never seen, through the gateway")
    gateway = _gateway()
    _caption(gateway)
    _say("6/6  Now you")
    print(f"     the demo page    {gateway}/")
    print(f"     the monitor      {page}")
    print(f"     the picture      {ROOT / 'architecture.svg'}")
    print("     what runs        .venv/bin/platform status")
    print("     stop everything  make stop")


def _say(title: str) -> None:
    print(f"\n── {title}", flush=True)


def _step(title: str, *arguments: str) -> None:
    _say(title)
    print(f"     $ platform {' '.join(arguments)}", flush=True)
    done = subprocess.run([PLATFORM, *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _watch() -> str:
    """The address of the monitor's page."""
    script = str(Path(__file__).with_name("demo_monitor.py"))
    done = subprocess.run([sys.executable, script, "start"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.strip()


def _gateway() -> str:
    """The stable address where the gateway answers on this machine."""
    status = subprocess.run(
        [PLATFORM, "status", "--format", "json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    services = {each["service"]: each for each in json.loads(status.stdout)["services"]}
    return str(services["gateway"]["addresses"]["http"])


def _caption(gateway: str) -> None:
    picture = TESTDATA / "scene.jpg"
    true = json.loads((TESTDATA / "scenes.json").read_text())[picture.name]["sentences"]
    answer = _post(f"{gateway}/v1/captions", picture)
    best = answer["captions"][0]
    print(f"     the picture      {picture.relative_to(ROOT)}")
    print(f"     the sentence     {best['text']}   (probability {best['probability']:.2f})")
    print(f"     its id           {answer['id']}")
    if best["text"] not in true:
        sys.exit(f"that is not what the picture shows; true would be: {' / '.join(true)}")


def _post(url: str, picture: Path) -> Any:
    kind = "image/png" if picture.suffix == ".png" else "image/jpeg"
    request = urllib.request.Request(url, picture.read_bytes(), {"Content-Type": kind})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=TIMEOUT) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"the gateway answered {error.code}: {error.read(500).decode('utf-8', 'replace')}")
    except urllib.error.URLError as error:
        sys.exit(f"the gateway at {url} does not answer: {error.reason}; see `.venv/bin/platform status`")


if __name__ == "__main__":
    main()
