"""`platform export`: everything that is declared arrives in the other tool's words, and nothing else."""

import json
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from oneway.application.read_manifests import read_system
from oneway.cli.commands.export import Tool, command
from oneway.cli.commands.generate import command as generate
from oneway.errors import OnewayError
from oneway.model import System

EVERYTHING = Path(__file__).parents[1] / "golden/kubernetes/manifests"
GROCER = Path(__file__).parents[1] / "examples/grocer/manifests"
PLATFORM = """
apiVersion: oneway/v1
platform: shop
owners: {ada: {name: Ada}}
domains: {all: {}}
environments: {site: {target: kubernetes, namespace: shop}}
"""
CLOCK = """
apiVersion: oneway/v1
service: clock
version: 1.0.0
owner: ada
domain: all
build: {image: "registry.example.com/clock:1.0.0"}
endpoints: [{name: http, port: 8080}]
"""
SYSTEMS = [EVERYTHING, GROCER]


def exported(tool: Tool, manifests: Path, folder: Path, **options: Any) -> dict[str, str]:
    command(tool, folder, manifests=manifests, **options)
    return {each.relative_to(folder).as_posix(): each.read_text() for each in folder.rglob("*") if each.is_file()}


def document(tool: Tool, manifests: Path, folder: Path) -> dict[str, Any]:
    (text,) = exported(tool, manifests, folder).values()
    found: dict[str, Any] = json.loads(text)
    return found


def connections(system: System) -> set[tuple[str, str]]:
    """Who reaches whom and what, as the manifests declare it."""
    return {
        (ends[0], ends[1])
        for service in system.services.values()
        for ends in chain(
            ((service.name, call.to) for call in service.calls),
            ((service.name, channel) for channel in service.publishes),
            ((channel, service.name) for channel in service.subscribes),
        )
    }


@pytest.mark.parametrize("manifests", SYSTEMS)
def test_calm_holds_every_node_and_every_connection(manifests: Path, tmp_path: Path) -> None:
    found = document(Tool.CALM, manifests, tmp_path)
    system = read_system(manifests, None).system
    nodes = {each["unique-id"]: each for each in found["nodes"]}
    assert len(nodes) == len(found["nodes"])
    platform = system.platform
    declared = [*system.services, *platform.externals, *platform.channels, *platform.domains]
    assert sorted(each["name"] for each in nodes.values()) == sorted(declared)
    relationships = [each["relationship-type"] for each in found["relationships"]]
    connects = [each["connects"] for each in relationships if "connects" in each]
    ends = {tuple(nodes[each[end]["node"]]["name"] for end in ("source", "destination")) for each in connects}
    assert ends == connections(system)
    members = {member for each in relationships for member in each.get("composed-of", {}).get("nodes", ())}
    assert members == set(system.services)
    identities = [each["unique-id"] for each in found["relationships"]]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize("manifests", SYSTEMS)
def test_calm_names_only_interfaces_that_the_node_has(manifests: Path, tmp_path: Path) -> None:
    found = document(Tool.CALM, manifests, tmp_path)
    interfaces = {
        (each["unique-id"], interface["unique-id"])
        for each in found["nodes"]
        for interface in each.get("interfaces", ())
    }
    named = {
        (end["node"], interface)
        for each in found["relationships"]
        for end in each["relationship-type"].get("connects", {}).values()
        for interface in end.get("interfaces", ())
    }
    assert named
    assert named <= interfaces


@pytest.mark.parametrize("manifests", SYSTEMS)
def test_structurizr_holds_every_element_and_every_relationship(manifests: Path, tmp_path: Path) -> None:
    found = document(Tool.STRUCTURIZR, manifests, tmp_path)
    system = read_system(manifests, None).system
    home, *externals = found["model"]["softwareSystems"]
    elements = {each["id"]: each["name"] for each in [home, *home["containers"], *externals]}
    assert len(elements) == 1 + len(home["containers"]) + len(externals)
    platform = system.platform
    assert sorted(each["name"] for each in home["containers"]) == sorted([*system.services, *platform.channels])
    assert [each["name"] for each in externals] == sorted(platform.externals)
    relationships = [each for container in home["containers"] for each in container["relationships"]]
    ends = {(elements[each["sourceId"]], elements[each["destinationId"]]) for each in relationships}
    assert ends == connections(system)
    (view,) = found["views"]["containerViews"]
    assert {each["id"] for each in view["relationships"]} == {each["id"] for each in relationships}
    shown = {each["id"] for each in view["elements"]}
    assert {end for each in relationships for end in (each["sourceId"], each["destinationId"])} <= shown


def test_a_chart_holds_the_objects_that_are_generated(tmp_path: Path) -> None:
    files = exported(Tool.HELM, EVERYTHING, tmp_path / "chart")
    generate(manifests=EVERYTHING, output=tmp_path / "generated")
    assert yaml.safe_load(files["values.yaml"]) == {"environment": "site"}
    for name in ("site", "staging"):
        assert yaml.safe_load(files[f"values-{name}.yaml"]) == {"environment": name}
        packed = [text for path, text in files.items() if path.startswith(f"environments/{name}/")]
        assert sorted_objects(packed) == sorted_objects(
            each.read_text()
            for each in (tmp_path / "generated" / name).rglob("*.yaml")
            if each.name != "kustomization.yaml"
        )
    # Helm's pattern reaches one flat folder, and what stands in it is never read as a template.
    assert all(path.count("/") == 2 for path in files if path.startswith("environments/"))
    assert ".Files.Get" in files["templates/objects.yaml"]


def sorted_objects(texts: Any) -> list[str]:
    documents = (each for text in texts for each in yaml.safe_load_all(text) if each)
    return sorted(json.dumps(each, sort_keys=True) for each in documents)


def test_the_version_of_a_chart_tells_its_objects_apart(tmp_path: Path) -> None:
    manifests = checkout(tmp_path)
    versions = []
    for number, replicas in enumerate((2, 2, 3)):
        (manifests / "clock.yaml").write_text(f"{CLOCK}replicas: {replicas}\n")
        files = exported(Tool.HELM, manifests, tmp_path / f"chart{number}")
        versions.append(yaml.safe_load(files["Chart.yaml"])["version"])
    assert versions[0] == versions[1] != versions[2]


def test_argo_cd_follows_the_generated_folder_of_each_cluster(tmp_path: Path) -> None:
    files = exported(Tool.ARGOCD, EVERYTHING, tmp_path, repository="https://git.example.com/shop.git")
    assert sorted(files) == ["site.yaml", "staging.yaml"]
    spec = yaml.safe_load(files["staging.yaml"])["spec"]
    assert spec["source"]["path"] == "generated/staging"
    assert spec["source"]["repoURL"] == "https://git.example.com/shop.git"
    assert spec["destination"]["namespace"] == "staging"


@pytest.mark.parametrize(
    ("remote", "written"),
    [
        ("https://bot:s3cr3t-t0ken@git.example.com/shop.git", "https://git.example.com/shop.git"),
        ("https://ghp_abcdefghijklmnop@git.example.com:8443/a/b", "https://git.example.com:8443/a/b"),
        ("ssh://git:s3cr3t-t0ken@git.example.com/shop.git", "ssh://git@git.example.com/shop.git"),
        ("git@git.example.com:shop.git", "git@git.example.com:shop.git"),
    ],
)
def test_a_password_in_the_remote_is_not_written(remote: str, written: str, tmp_path: Path) -> None:
    manifests = checkout(tmp_path, remote)
    files = exported(Tool.ARGOCD, manifests, tmp_path / "out")
    assert yaml.safe_load(files["site.yaml"])["spec"]["source"]["repoURL"] == written
    assert "s3cr3t" not in str(files)
    given = exported(Tool.ARGOCD, manifests, tmp_path / "given", repository=remote)
    assert yaml.safe_load(given["site.yaml"])["spec"]["source"]["repoURL"] == written


def checkout(root: Path, remote: str = "") -> Path:
    (root / "manifests").mkdir()
    (root / "manifests/platform.yaml").write_text(PLATFORM)
    (root / "manifests/clock.yaml").write_text(CLOCK)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    if remote:
        subprocess.run(["git", "-C", str(root), "remote", "add", "origin", remote], check=True)
    return root / "manifests"


def test_a_repository_without_an_address_is_told(tmp_path: Path) -> None:
    manifests = checkout(tmp_path)
    with pytest.raises(OnewayError, match="no remote called origin") as caught:
        command(Tool.ARGOCD, tmp_path / "out", manifests=manifests)
    assert "--repository" in caught.value.hint
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("tool", [Tool.HELM, Tool.ARGOCD])
def test_without_a_cluster_there_is_nothing_for_it(tool: Tool, tmp_path: Path) -> None:
    with pytest.raises(OnewayError, match="no environment has Kubernetes as its target"):
        command(tool, tmp_path / "out", manifests=GROCER, repository="https://git.example.com/shop.git")
    assert not (tmp_path / "out").exists()


def test_manifests_with_errors_are_refused(tmp_path: Path) -> None:
    manifests = checkout(tmp_path)
    (manifests / "clock.yaml").write_text("service: [")
    with pytest.raises(OnewayError):
        command(Tool.CALM, tmp_path / "out", manifests=manifests)
    assert not (tmp_path / "out").exists()


def test_it_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = exported(Tool.CALM, EVERYTHING, tmp_path / "out")
    assert capsys.readouterr().out.splitlines() == [f"wrote {tmp_path / 'out' / name}" for name in files]
