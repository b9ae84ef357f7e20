"""A Helm chart. The objects are those of `platform generate`, as they are; the one value is the environment."""

import hashlib
import json
from collections.abc import Iterator
from typing import Final

from ..emit import yaml_text
from ..files import GeneratedFile
from .exported import Exported

_LEFT_OUT: Final = ("kustomization.yaml",)
_TEMPLATE: Final = """\
{{- range $path, $content := .Files.Glob (printf "environments/%s/*.yaml" .Values.environment) }}
---
{{ $.Files.Get $path }}
{{- end }}
"""


def export(exported: Exported) -> Iterator[GeneratedFile]:
    """`helm install shop . --values values-prod.yaml` does what `kubectl apply -k` does with the generated folder."""
    names = exported.clusters()
    objects = [each for name in names for each in _objects(exported, name)]
    digest = hashlib.sha256("".join(f"{each.path}\0{each.content}\0" for each in objects).encode()).hexdigest()
    chart = {
        "apiVersion": "v2",
        "name": exported.system.platform.name,
        "description": "The objects that Oneway generates for each environment.",
        "type": "application",
        "version": f"1.0.0+{digest[:12]}",
    }
    yield GeneratedFile("Chart.yaml", yaml_text([chart]))
    yield GeneratedFile("values.yaml", yaml_text([{"environment": names[0]}]))
    for name in names:
        yield GeneratedFile(f"values-{name}.yaml", yaml_text([{"environment": name}]))
    yield GeneratedFile("values.schema.json", _schema(names))
    yield GeneratedFile("templates/objects.yaml", _TEMPLATE)
    yield from objects


def _objects(exported: Exported, environment: str) -> Iterator[GeneratedFile]:
    """In one flat folder, which is what Helm's pattern reaches."""
    for file in exported.files(exported.environments[environment]):
        if file.path.endswith(".yaml") and file.path not in _LEFT_OUT:
            yield GeneratedFile(f"environments/{environment}/{file.path.replace('/', '-')}", file.content)


def _schema(names: list[str]) -> str:
    """Another environment than those of the chart is refused by Helm itself."""
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"environment": {"enum": names}},
        "required": ["environment"],
    }
    return json.dumps(document, indent=2) + "\n"
