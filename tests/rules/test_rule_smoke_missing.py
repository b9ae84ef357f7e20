"""Services that nobody can judge."""

from collections.abc import Callable

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


HTTP = "endpoints: [{name: http, port: 80}]\n"


def test_without_a_check(system: System, places: Places) -> None:
    assert places("smoke-missing", system(id=HTTP)) == ["id.yaml:2:1 id has no smoke check"]
    assert places("smoke-missing", system(id=HTTP.replace("port: 80", "port: 80, protocol: tcp"), worker="")) == []


def test_a_check_whose_file_is_not_there(system: System, places: Places) -> None:
    files = system(id=HTTP + "smoke:\n  - name: sends\n    request: {path: /, method: POST, file: a/b.jpg}\n")
    assert places("smoke-missing", files) == []
    assert places("smoke-missing", files, exists=lambda path: path != "a/b.jpg") == [
        "id.yaml:9:38 check 'sends' sends a/b.jpg, which is not there"
    ]
