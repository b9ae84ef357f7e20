"""What commands print for programs is what the reference says, field by field, both ways."""

import json
from collections import defaultdict
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any

import pytest
from local_checkout import Checkout
from test_monitor_local import monitor, wait_for
from webhook_receiver import hook

from tools.docs.json_outputs import outputs, used_fields

pytest_plugins = ["given_checkout"]
# Held to the list where something is measured: in test_load_local.
ELSEWHERE = {"platform load SERVICE --format json"}
# What this small system has no example of: nothing is refused, no secret is declared, no API is described, no cluster
# is looked at.
NOT_HERE = {
    "platform deploy SERVICE --dry-run --format json": {"refusals[]"},
    "platform diff --format json": {"refusals[]"},
    "platform history SERVICE --format json": {"releases[].configuration.*"},
    "platform drift PATH --format json": {"live_objects.*[]"},
}
JOB: dict[str, Any] = {
    "kind": "job",
    "endpoints": [],
    "smoke": [],
    "health": {},
    "jobs": {"tick": {"command": ["python", "-c", ""], "schedule": "0 3 * * *"}},
}
COMPOSE = "services: {id: {image: id, environment: {STORE_URL: 'http://store'}}, store: {image: store}}\n"


class Reader:
    """Types commands and keeps which documented fields were seen."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.seen: defaultdict[str, set[str]] = defaultdict(set)

    def read(self, described: str, *words: str) -> list[Any]:
        """The documents that the command prints, each held against the list."""
        done = self.checkout.run(*words, "--format", "json")
        assert done.returncode in (0, 1), done.stderr
        try:
            documents = [json.loads(done.stdout)]
        except ValueError:
            documents = [json.loads(line) for line in done.stdout.splitlines()]
        assert documents, f"{words}: {done.stderr}"
        self.take(described, documents)
        return documents

    def take(self, described: str, documents: list[Any]) -> None:
        for document in documents:
            self.seen[described] |= used_fields(described, document)


@pytest.mark.timeout(300)
def test_every_field_is_described_and_every_description_is_of_a_field(checkout: Checkout) -> None:
    reader = Reader(checkout)
    deploy_and_break(checkout, reader)
    look_and_ask(checkout, reader)
    watch(checkout, reader)
    lacking = {
        command: found
        for command, about in outputs().items()
        if command not in ELSEWHERE and (found := unseen(about["fields"], reader.seen[command]))
    }
    assert lacking == NOT_HERE


def unseen(fields: Iterable[str], seen: Set[str]) -> set[str]:
    """The fields without an example; for a list or map of which there was none, its name alone."""
    found = set(fields) - seen
    empty = {each[: each.index("[]") + 2] for each in found if "[]" in each}
    empty = {each for each in empty if not any(one.startswith(each) for one in seen)}
    return {each for each in found if not any(each.startswith(one) for one in empty)} | empty


def deploy_and_break(checkout: Checkout, reader: Reader) -> None:
    checkout.write("id", "1.0.0", slo={"availability": 99})
    checkout.write("store", "1.0.0", calls="id", slo={"availability": 98}, load={"per_replica": 20})
    checkout.write_program("night", "1.0.0", "", **JOB)
    reader.read("platform deploy SERVICE --dry-run --format json", "deploy", "--all", "--dry-run")
    reader.read("platform deploy SERVICE --format json", "deploy", "--all")
    checkout.write("id", "1.1.0", mode="wrong", slo={"availability": 99})
    reader.read("platform diff --format json", "diff")
    reader.read("platform deploy SERVICE --format json", "deploy", "id")
    reader.read("platform scale SERVICE N --format json", "scale", "id", "2")
    reader.read("platform history SERVICE --format json", "history", "id")
    reader.read("platform status --format json", "status")
    reader.read("platform logs SERVICE --format json", "logs", "id")


def look_and_ask(checkout: Checkout, reader: Reader) -> None:
    root = checkout.root
    (root / "compose.yaml").write_text(COMPOSE)
    reader.read("platform drift PATH --format json", "drift", "compose.yaml")
    reader.read("platform impact SERVICE --format json", "impact", "id")
    reader.read("platform why FROM TO --format json", "why", "store", "id")
    reader.read("platform explain --format json", "explain")
    reader.read("platform explain RULE --format json", "explain", "call-cycle")
    reader.read("platform load --whole --format json", "load", "--whole", "--entry", "store=5")
    reader.read("platform doctor --format json", "doctor")
    reader.read("platform silence --format json", "silence", "id", "--for", "1s", "--why", "a trial")
    store = json.loads((root / "manifests/store.yaml").read_text())
    optional = {**store, "calls": [{**store["calls"][0], "required": False}]}
    (root / "manifests/store.yaml").write_text(json.dumps(optional))
    reader.read("platform impact SERVICE --format json", "impact", "id")
    (root / "manifests/store.yaml").write_text(json.dumps(store))
    ring = json.loads((root / "manifests/id.yaml").read_text()) | {"calls": [{"to": "store"}]}
    whole = (root / "manifests/id.yaml").read_text()
    (root / "manifests/id.yaml").write_text(json.dumps(ring))
    reader.read("platform check --format json", "check")
    (root / "manifests/id.yaml").write_text(whole)


def watch(checkout: Checkout, reader: Reader) -> None:
    """A monitor sees a service fail whose caller is blocked, and tells of it."""
    with hook() as (url, got):
        platform = checkout.root / "manifests/platform.yaml"
        platform.write_text(f"{platform.read_text()}monitoring: {{every: 1s, fail_after: 1, webhook: '{url}'}}\n")
        with monitor(checkout) as process:
            assert process.stdout is not None
            reader.take("platform monitor --format json", [json.loads(process.stdout.readline())])
            end_replicas_of(checkout, "id")
            wait_for(lambda: bool(got), "the alert")
        reader.take("the webhook of an alert", got)
    reader.read("platform incidents --format json", "incidents")
    reader.read("platform smoke --format json", "smoke")
    reader.read("platform monitor --once --format json", "monitor", "--once")


def end_replicas_of(checkout: Checkout, service: str) -> None:
    """It stops by hand, so that what calls it fails."""
    assert checkout.run("stop", service).returncode == 0


def test_a_field_that_nobody_described_is_named(tmp_path: Path) -> None:
    command = "platform impact SERVICE --format json"
    good = {"version": 1, "service": "id", "broken": [], "degraded": [{"service": "a", "owner": "b"}]}
    assert used_fields(command, good) == {"version", "service", "degraded[].service", "degraded[].owner"}
    for path, spoiled in (
        ("degraded[].wife", {"degraded": [{"wife": 1}]}),
        ("broken", {"broken": 3}),
        ("extra.", {"extra": {}}),
        ("versions", {"versions": 1}),
    ):
        with pytest.raises(LookupError, match=f": {path.replace('[]', '..')} is not described"):
            used_fields(command, {**good, **spoiled})
