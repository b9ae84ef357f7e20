"""One small system on a cluster, stand-in or real: echo, and front that calls it. Deployed by the real engine."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oneway.deploy import Context, Done, Event, Result, make_plan, run
from oneway.generate import Images
from oneway.manifest import load
from oneway.model import System
from oneway.targets.kubernetes import KubernetesSite, Sources
from oneway.targets.kubernetes.api import Api

PROGRAM = Path(__file__).with_name("echo_program.py")


@dataclass(frozen=True)
class Recipe:
    """How the system differs from the usual one. `image` runs Python; `start` comes before mode, version and port."""

    version: str = "1.0.0"
    mode: str = "good"
    image: str = "registry.example.com/python:3"
    start: tuple[str, ...] = ("python3", "echo.py")
    echo: str = "replicas: 2"
    identity: str = "any"
    namespace: str = "test"
    platform: str = "trial"
    steps: str = "[50, 100]"
    within: str = "5m"
    settings: str = ""
    startup: str = "30s"


def system(recipe: Recipe) -> System:
    """The system as read from its manifests."""
    platform = f"""apiVersion: oneway/v1
platform: {recipe.platform}
owners: {{ann: {{name: Ann, email: ann@example.org}}}}
domains: {{all: {{}}}}
environments:
  prod: {{target: kubernetes, context: test, namespace: {recipe.namespace}{recipe.settings}}}
"""
    call = "  - {name: knows the format, request: {path: /call}, expect: {status: 200, body: {echo.format: 1}}}"
    manifests = {
        "platform.yaml": platform,
        "echo.yaml": _manifest(recipe, "echo", recipe.version, recipe.mode, recipe.echo, "", ""),
        "front.yaml": _manifest(recipe, "front", "1.0.0", "good", "replicas: 1", "{to: echo, timeout: 2s}", call),
    }
    loaded = load([(f"manifests/{name}", text.encode()) for name, text in manifests.items()], "prod")
    assert not loaded.findings, loaded.findings
    return loaded.system


@dataclass
class Trial:
    """Deploys as one machine does; several of them are several machines at one cluster."""

    api: Api
    who: str = "ann@here"
    stopped: threading.Event = field(default_factory=threading.Event)
    events: list[Event] = field(default_factory=list)
    hear: Callable[[Event], None] = lambda _: None

    def site(self, recipe: Recipe) -> KubernetesSite:
        return KubernetesSite(self.api, Sources(system(recipe), Images(), lambda path: Path(path).read_bytes()))

    def context(self, recipe: Recipe) -> Context:
        return Context(self.site(recipe), self.api.clock, self._report, lambda _: b"", self.who, self.stopped.is_set)

    def deploy(self, recipe: Recipe, *names: str, again: bool = False) -> dict[str, Result]:
        context, whole = self.context(recipe), system(recipe)
        plan = make_plan(context, whole, names or ("echo",), lambda spec: f"content-{spec.version}", again=again)
        assert not plan.refusals, plan.refusals
        return {each.service: each for each in run(context, plan.actions, 1)}

    def must(self, recipe: Recipe, *names: str) -> None:
        for result in self.deploy(recipe, *names).values():
            assert result.done in (Done.LIVE, Done.UNCHANGED), result.reason

    def _report(self, event: Event) -> None:
        self.events.append(event)
        self.hear(event)


@dataclass
class Client:
    """Asks the Service as users do, through `ask`, until it is told to stop; what went wrong is kept."""

    ask: Callable[[], dict[str, Any]]
    pause: float = 0.02
    count: int = 0
    wrong: list[str] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)

    def __enter__(self) -> "Client":
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self.pause):
            self.count += 1
            try:
                answer = self.ask()
            except (OSError, LookupError, ValueError) as error:
                self.wrong.append(repr(error))
                continue
            self.versions.add(answer["version"])
            if answer["answer"] != 42:
                self.wrong.append(json.dumps(answer))


def _manifest(recipe: Recipe, name: str, version: str, mode: str, extra: str, calls: str, check: str) -> str:
    start = json.dumps([*recipe.start, mode, version, "8080"])
    return f"""apiVersion: oneway/v1
service: {name}
version: {version}
owner: ann
domain: all
build: {{image: {json.dumps(recipe.image)}, start: {start}}}
endpoints: [{{name: http, port: 8080}}]
identity: {recipe.identity if name == "echo" else "any"}
calls: [{calls}]
{extra}
resources: {{cpu: 20m, memory: 64Mi, storage: 16Mi, limits: {{cpu: 500m}}}}
health: {{startup: {{path: /readyz, within: {recipe.startup}}}, ready: /readyz, live: /livez}}
smoke:
  - {{name: answers, request: {{path: /v}}, expect: {{status: 200, body: {{answer: 42}}}}}}
{check}
rollout: {{steps: {recipe.steps}, bake: 1s, within: {recipe.within}, interval: 500ms}}
"""
