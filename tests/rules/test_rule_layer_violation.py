"""Calls upward through the layers."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


LAYERS = "layers: [[edge], [core]]\n"


def test_upward(system: System, said: Said) -> None:
    (found,) = said("layer-violation", system(LAYERS, id="calls:\n  - {to: gateway}\n", gateway="domain: edge\n"))
    assert str(found.location) == "id.yaml:7:5"
    assert found.message == "id (core, layer 2) calls gateway (edge, layer 1): upward"
    assert [str(each.location) for each in found.related] == ["platform.yaml:5:1"]


def test_downward_inside_a_group_and_without_a_layer_are_free(system: System, said: Said) -> None:
    files = system(
        "layers: [[edge]]\n",
        gateway="domain: edge\ncalls: [{to: id}, {to: door}]\n",
        door="domain: edge\n",
        id="calls: [{to: door}]\n",
    )
    assert said("layer-violation", files) == []
