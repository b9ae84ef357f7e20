"""A user sees: a key of several lines, or a password with `$` or quotes, arrives changed, or stands in the logs."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from local_checkout import Checkout
from local_place import asked
from small_server import SERVER

from oneway.targets.local.state.secrets_file import redact

pytest_plugins = ("given_checkout",)
KEY = "{\n  first line of the key\n  second / line ü of it\n}"
ODD = "pa$1wor$D 50%(x)s %% \"q\" 'q' ;#@,\\ ## A ##"
ENV = {"TEXT": "".join(map(chr, range(0x20, 0x7F))), "LINES": "one\ntwo\n", "EXPANDED": "$HOME `id` %(ENV_HOME)s é"}
TOLD = f"""{SERVER}
import json

for line in (os.environ["KEY"].splitlines() + [os.environ["ODD"], json.dumps({{"key": os.environ["KEY"]}})]):
    print("told", line, flush=True)
sys.stdout.buffer.write(b"told \\xff\\xc1\\x00 \\xe2\\x82 end\\n")
sys.stdout.flush()

def answer(path):
    return 200, "ready" if path == "/readyz" else json.dumps(dict(os.environ))

serve()
"""


@pytest.mark.parametrize(
    "line",
    [
        KEY.replace("\n", " and "),
        "  first line of the key",
        json.dumps(KEY),
        json.dumps(KEY, ensure_ascii=False),
        quote(KEY, safe=""),
        "second / line ü of it",
    ],
)
def test_each_line_is_hidden_in_every_usual_form(line: str) -> None:
    said = redact(f"{{ key: {line} }}", [KEY])
    assert not [part for part in ("first line", "second", "line%20of") if part in said], said
    assert said.startswith("{ key: "), "a brace alone says nothing"


def test_the_longest_is_hidden_first() -> None:
    assert redact("abcd-efgh abcd", ["abcd", "abcd-efgh"]) == "••• •••"


@pytest.mark.timeout(240)
def test_it_arrives_whole_and_is_never_shown(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    (folder / "oneway").mkdir()
    file = Path(folder / "oneway/trial.secrets")
    indented = KEY.replace("\n", "\n  ")
    file.write_text(f"[id-keys]\nkey = {indented}\nodd = {ODD}\n", encoding="utf-8")
    file.chmod(0o600)
    secrets = {"KEY": {"name": "id-keys", "key": "key"}, "ODD": {"name": "id-keys", "key": "odd"}}
    checkout.write_program("id", "1.0.0", TOLD, env=ENV, secrets=secrets)
    deployed = checkout.run("deploy", "id")
    assert deployed.returncode == 0, deployed.stdout
    got = json.loads(asked(checkout.status()["addresses"]["http"]))
    assert {name: got[name] for name in ENV} == ENV
    assert got["ODD"] == ODD
    assert [line.strip() for line in got["KEY"].splitlines()] == [line.strip() for line in KEY.splitlines()]
    for format_ in ("text", "json"):
        logs = checkout.run("logs", "id", "--format", format_)
        assert logs.returncode == 0, logs.stderr
        assert "told" in logs.stdout
        assert "end" in logs.stdout, "bytes that are no UTF-8 lose nothing else"
        for part in ("first line", "second", "pa$1wor"):
            assert part not in logs.stdout, logs.stdout
