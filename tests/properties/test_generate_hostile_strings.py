"""No string from a manifest can add a line to a Dockerfile, or a key to an object, or change in Kubernetes' hands."""

import json
import re
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from oneway.generate import Images, dockerfiles, objects, survey, yaml_text
from oneway.model import Build, Endpoint, Health, Owner, Platform, SecretRef, Service, System

hostile = st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        'x"\nRUN rm -rf /',
        "x\\",
        "x\\\nUSER root",
        "$(rm)",
        "${PATH}",
        "`id`",
        "\rRUN x",
        "a: b",
        "- x",
        "{}",
        "[x]",
        "x\x85RUN y",
        "x\u2028RUN y",
        "# escape=`",
        "'",
        '"',
        "$$",
        "$(HOME)",
        "$((HOME))",
        "\t",
        " ",
        "---\nkind: Pod",
        "|\n x",
        "<<EOF\nx\nEOF",
        '"]\nUSER root\nCMD ["x',
        "\x00",
    ]
)


def system(service: Service, owner: Owner) -> System:
    platform = Platform(api_version="oneway/v1", name="p", owners={"o": owner})
    return System(platform, {"s": service}, {"s": "manifests/s.yaml"}, "manifests/platform.yaml")


def service(**fields: Any) -> Service:
    build = Build(path="services/s", runtime="python3.11", start=("run",))
    endpoints = (Endpoint(name="http", port=8080),)
    base = Service(
        api_version="oneway/v1", name="s", version="1.0.0", owner="o", domain="d", build=build, endpoints=endpoints
    )
    return replace(base, **fields)


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """As Docker reads it: comments out, continued lines joined, the first word is the instruction."""
    lines = [line for line in dockerfile.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\[ \t]*\n", "", "\n".join(lines)).split("\n")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined]


def shape(value: Any) -> Any:
    """The keys and lengths of a value, without its texts."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


def labels(arguments: str) -> dict[str, str]:
    """The pairs of LABEL, with escapes in double quotes undone as Docker does."""
    assert re.fullmatch(r'([a-z.]+="(?:[^"\\$]|\\.)*" *)*', arguments)
    pairs = re.findall(r'([a-z.]+)="((?:[^"\\]|\\.)*)"', arguments)
    return {name: re.sub(r"\\(.)", r"\1", text) for name, text in pairs}


@settings(deadline=None)
@given(summary=hostile, name=hostile, mail=hostile, start=st.lists(hostile, min_size=1, max_size=4))
def test_a_dockerfile_keeps_its_lines(summary: str, name: str, mail: str, start: list[str]) -> None:
    plain, odd = service(), service(summary=summary)
    odd = replace(odd, build=replace(odd.build, start=tuple(start)))
    harmless = system(replace(plain, summary="x"), Owner(name="x", email="y" if mail else ""))
    (wanted, _), (found, _) = (
        dockerfiles(whole, whole.services["s"], Images(), lambda path: True)
        for whole in (harmless, system(odd, Owner(name=name, email=mail)))
    )
    known, made = instructions(wanted.content), instructions(found.content)
    assert [word for word, _ in made] == [word for word, _ in known]
    for (word, before), (_, after) in zip(known, made, strict=True):
        if word not in ("LABEL", "CMD"):
            assert before == after
    assert json.loads(dict(made)["CMD"]) == start
    shown = labels(dict(made)["LABEL"]).get("org.opencontainers.image.description", "")
    assert shown == re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", summary)


@settings(deadline=None)
@given(values=st.lists(hostile, min_size=1, max_size=3), start=st.lists(hostile, max_size=3), mail=hostile)
def test_an_object_keeps_its_keys_and_its_texts(values: list[str], start: list[str], mail: str) -> None:
    def made(texts: list[str], words: list[str], email: str) -> tuple[str, list[dict[str, Any]]]:
        build = Build(image="x/s:1.0.0", start=tuple(words))
        env = {f"V{index}": text for index, text in enumerate(texts)}
        whole = system(
            service(env=env, build=build, secrets={"K": SecretRef(name="n", key="k")}, health=Health(ready="/r")),
            Owner(email=email),
        )
        found = list(objects(survey(whole), whole.services["s"], "x/s:1.0.0"))
        return yaml_text(found), found

    _, harmless = made(["x"] * len(values), ["x"] * len(start), "x" if mail else "")
    text, plain = made(values, start, mail)
    read = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    assert read == plain
    assert shape(read) == shape(harmless)
    (workload,) = [each for each in read if each["kind"] == "Deployment"]
    container = workload["spec"]["template"]["spec"]["containers"][0]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert [kubelet(variables[f"V{index}"]) for index in range(len(values))] == values
    assert [kubelet(each) for each in container.get("command", [])] == start


def kubelet(text: str) -> str:
    """The kubelet's expansion where every name is known and stands for `!`: $$ is $, $(NAME) is its value."""
    return re.sub(r"\$(\$|\([^)]*\))", lambda match: "$" if match[1] == "$" else "!", text)
