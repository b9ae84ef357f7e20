"""What `platform new` writes, running: it calls the service that its manifest declares, and does without it."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator
from service_process import REPOSITORY, free_port, running

PATH = "/v1/from/greeter"
REFUSED = f"http://127.0.0.1:{free_port()}"


def new(root: Path, *arguments: str) -> None:
    words = ("--owner", "ann", "--domain", "edge", "--summary", "Greets.")
    command = [sys.executable, "-m", "oneway.cli.main", "new", *arguments, *words]
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=120, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with greeter, and front-door that calls it."""
    root = tmp_path_factory.mktemp("new")
    subprocess.run(["git", "init", "-q", str(root)], check=True, timeout=60)
    new(root, "greeter")
    new(root, "front-door", "--calls", "greeter")
    return root


def asked(root: Path, greeter: str) -> httpx.Response:
    """What front-door answers when greeter is there."""
    declared = {"greeter": {"url": greeter, "timeout_ms": 5000, "required": False}}
    environ = {"ONEWAY_ENVIRONMENT": "test", "ONEWAY_CALLS": json.dumps(declared)}
    folder = root / "services" / "front-door"
    with running("front_door_service.app:app", root / "front-door.log", environ, path=folder) as front_door:
        greeting = httpx.get(f"{front_door.url}/v1/greetings?name=Ada", trust_env=False)
        assert (greeting.status_code, greeting.json()) == (200, {"text": "Hello, Ada!"})
        return httpx.get(front_door.url + PATH, timeout=20, trust_env=False)


def fits(root: Path, answer: httpx.Response) -> bool:
    document = json.loads((root / "services" / "front-door" / "openapi.json").read_text())
    responses = document["paths"][PATH]["get"]["responses"]
    schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    return Draft202012Validator(schema | {"components": document["components"]}).is_valid(answer.json())


def test_it_says_what_the_service_that_it_calls_says(root: Path) -> None:
    folder = root / "services" / "greeter"
    with running("greeter_service.app:app", root / "greeter.log", path=folder) as greeter:
        answer = asked(root, greeter.url)
    assert json.loads(answer.json()["said"]) == {"text": "Hello, Ada!"}
    assert fits(root, answer)


def test_it_answers_without_the_service_that_it_calls(root: Path) -> None:
    answer = asked(root, REFUSED)
    assert (answer.status_code, answer.json()["said"]) == (200, None)
    assert "greeter cannot be reached" in answer.json()["because"]
    assert fits(root, answer)


@pytest.mark.parametrize("name", ["greeter", "front-door"])
def test_its_own_tests_pass_and_its_description_is_what_its_code_says(root: Path, name: str) -> None:
    folder = root / "services" / name
    environ = {"PATH": "", "PYTHONPATH": f"{folder}:{REPOSITORY / 'platform' / 'servicekit'}"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert len((folder / f"{name.replace('-', '_')}_service" / "app.py").read_text().splitlines()) <= 45


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_its_code_is_in_order(root: Path, command: tuple[str, ...]) -> None:
    config = str(REPOSITORY / "platform" / "pyproject.toml")
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", config, str(root / "services")]
    done = subprocess.run(ruff, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
