"""From files to one system: environments, places, and what is known of what cannot be read."""

from oneway.errors import Finding, Location, Place, Severity
from oneway.manifest import load, locate
from oneway.model import Duration

PLATFORM = b"apiVersion: oneway/v1\nplatform: sample\nenvironments: {prod: {target: local}}\n"
CAPTION = b"""\
apiVersion: oneway/v1
service: caption
version: 1.2.0
owner: alice
domain: vision
calls:
  - {to: id, timeout: 200ms}
scale: {min: 2, max: 10}
env: {A: one, B: two}
environments:
  prod:
    env:
      B: three
    replicas: 4
"""
FILES = {"manifests/platform.yaml": PLATFORM, "manifests/caption.yaml": CAPTION}


def at(path: tuple[str | int, ...], environment: str | None = None) -> str:
    """Where a path of the caption manifest is found."""
    finding = Finding("x", Severity.ERROR, "x", Place("manifests/caption.yaml", path))
    (located,) = locate([finding], FILES.__getitem__, environment)
    assert isinstance(located.location, Location)
    return f"{located.location.line}:{located.location.column}"


def test_values_arrive_as_they_are_meant() -> None:
    service = load(FILES.items()).system.services["caption"]
    assert service.calls[0].timeout == Duration(0.2)
    assert (service.min_replicas, service.max_replicas) == (2, 10)
    assert load(FILES.items()).system.files == {"caption": "manifests/caption.yaml"}


def test_an_environment_is_merged_field_by_field() -> None:
    system = load(FILES.items(), "prod").system
    service = system.services["caption"]
    assert service.env == {"A": "one", "B": "three"}
    assert service.scale is None
    assert service.replicas == 4
    assert system.settings.target == "local"


def test_null_in_an_override_removes_a_field() -> None:
    text = CAPTION.replace(b"    replicas: 4\n", b"    scale: null\n")
    assert load({**FILES, "manifests/caption.yaml": text}.items(), "prod").system.services["caption"].scale is None


def test_places_are_keys_in_mappings_and_items_in_lists() -> None:
    assert at(()) == "1:1"
    assert at(("version",)) == "3:1"
    assert at(("calls", 0)) == "7:5"
    assert at(("calls", 0, "timeout")) == "7:14"
    assert at(("env", "B")) == "9:15"


def test_a_place_that_is_not_there_is_its_nearest_parent() -> None:
    assert at(("calls", 0, "retries")) == "7:5"
    assert at(("health", "ready")) == "1:1"


def test_what_an_environment_overrides_stands_there() -> None:
    assert at(("env", "B"), "prod") == "13:7"
    assert at(("env", "A"), "prod") == "9:7"
    assert at(("replicas",), "prod") == "14:5"


def test_a_faulty_manifest_is_known_by_name_and_left_out() -> None:
    broken = {**FILES, "manifests/id.yaml": b"service: id\nversion: 1\n", "manifests/x/other.yaml": b"a: ["}
    system = load(broken.items()).system
    assert list(system.services) == ["caption"]
    assert system.unreadable == {"id", "other"}


def test_the_platform_file_nearest_to_the_top_counts() -> None:
    system = load({**FILES, "manifests/a/platform.yaml": PLATFORM.replace(b"sample", b"other")}.items()).system
    assert (system.platform.name, system.platform_file) == ("sample", "manifests/platform.yaml")
    assert not load({"manifests/caption.yaml": CAPTION}.items()).system.platform_known


def test_a_file_that_went_away_is_located_as_a_whole() -> None:
    loaded = load({**FILES, "manifests/gone.yaml": CAPTION}.items())
    (duplicate,) = locate(loaded.findings, FILES.__getitem__)
    assert str(duplicate.location) == "manifests/gone.yaml:1:1"
