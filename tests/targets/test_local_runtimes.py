"""Services of other languages run on this machine: Node with its packages, Java, static files, any program."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from local_checkout import Checkout
from local_place import asked, lay_out, manifest

from oneway.model import Build
from oneway.targets.local.builds.lacks import find_lacks
from oneway.targets.local.builds.machine_runtimes import describe_difference, find_tool, fits
from oneway.targets.local.builds.tools import Tool

pytest_plugins = ("given_checkout",)

needs_node = pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="Node is not here")
needs_java = pytest.mark.skipif(not (shutil.which("java") and shutil.which("javac")), reason="no JDK is here")

NODE = """\
const http = require("node:http");
const ms = require("ms");
http.createServer((request, response) => response.end(request.url === "/readyz" ? "ready" : `${ms("2s")} VERSION`))
  .listen(process.env.PORT, process.env.HOST);
process.on("SIGTERM", () => process.exit(0));
"""
JAVA = """\
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Main {
    public static void main(String[] words) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress(System.getenv("HOST"), port), 0);
        server.createContext("/", exchange -> {
            byte[] body = "java".getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
"""


def write(checkout: Checkout, version: str, files: dict[str, str], **build: Any) -> Path:
    """A service `web` of these files alone."""
    body = manifest("web", version, build={"path": "services/web", **build})
    lay_out(checkout.root, body | {"health": {"startup": {"within": "30s"}, "ready": "/readyz"}})
    folder = checkout.root / "services/web"
    (folder / "tiny_service.py").unlink()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def node_files(version: str) -> dict[str, str]:
    package = {"name": "web", "version": "1.0.0", "dependencies": {"ms": "2.1.3"}}
    return {"server.js": NODE.replace("VERSION", version), "package.json": json.dumps(package)}


@needs_node
@pytest.mark.timeout(240)
def test_node_with_its_packages_and_a_broken_version_that_is_rolled_back(checkout: Checkout) -> None:
    node = {"runtime": "node24", "start": ["node", "server.js"]}
    folder = write(checkout, "1.0.0", node_files("1.0.0"), **node)
    refused = checkout.run("deploy", "web")
    assert refused.returncode == 1
    assert "package.json names packages, and nothing pins them" in refused.stdout + refused.stderr
    assert "platform lock web" in refused.stdout + refused.stderr
    assert "was never deployed" in checkout.run("history", "web").stdout, "it was refused before there was a release"
    assert checkout.run("lock", "web").returncode == 0
    assert (folder / "package-lock.json").exists()
    assert "http" not in (folder / "package-lock.json").read_text()
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout
    address = checkout.status("web")["addresses"]["http"]
    assert asked(address) == "2000 1.0.0"
    major = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout[1:].split(".")[0]
    assert ("node 24 is declared, and this machine has node" in done.stdout) is (major != "24")
    write(checkout, "2.0.0", {"server.js": "process.exit(3)"}, **node)
    assert checkout.run("deploy", "web").returncode == 1
    assert asked(address) == "2000 1.0.0"


@needs_java
@pytest.mark.timeout(240)
def test_java(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> None:
    source = tmp_path_factory.mktemp("java") / "Main.java"
    source.write_text(JAVA)
    folder = write(checkout, "1.0.0", {}, runtime="java17", start=["java", "-Xmx64m", "-cp", ".", "Main"])
    subprocess.run(["javac", "-d", str(folder), str(source)], check=True)
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout
    assert asked(checkout.status("web")["addresses"]["http"]) == "java"


GO = """\
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "VERSION") })
	http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil)
}
"""
POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>example</groupId><artifactId>web</artifactId><version>1.0.0</version>
<properties><maven.compiler.source>11</maven.compiler.source><maven.compiler.target>11</maven.compiler.target></properties>
DEPENDENCIES
<build><finalName>web</finalName><sourceDirectory>.</sourceDirectory></build></project>
"""
OFFLINE = Path("/etc/maven/settings-debian.xml")


@pytest.mark.skipif(shutil.which("go") is None, reason="Go is not here")
@pytest.mark.timeout(400)
def test_go_is_built_from_its_module_and_a_version_that_does_not_compile_changes_nothing(checkout: Checkout) -> None:
    go = {"runtime": "go1.24", "start": ["web"]}
    module = "module example.org/web\n\ngo 1.18\n"
    write(checkout, "1.0.0", {"main.go": GO.replace("VERSION", "one"), "go.mod": module}, **go)
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout
    address = checkout.status("web")["addresses"]["http"]
    assert asked(address) == "one"
    write(checkout, "2.0.0", {"main.go": "package main\nfunc main() { nobody() }\n", "go.mod": module}, **go)
    broken = checkout.run("deploy", "web")
    assert broken.returncode == 1
    assert "go build failed" in broken.stdout + broken.stderr
    assert "undefined: nobody" in broken.stdout + broken.stderr
    assert asked(address) == "one"


@pytest.mark.skipif(not (shutil.which("mvn") and OFFLINE.exists()), reason="Maven with plugins of Debian is not here")
@needs_java
@pytest.mark.timeout(400)
def test_java_is_built_by_maven_where_there_is_a_pom(checkout: Checkout) -> None:
    folder = write(checkout, "1.0.0", {}, runtime="java17", start=["java", "-Xmx64m", "-cp", "target/web.jar", "Main"])
    (folder / ".mvn").mkdir()
    (folder / ".mvn/maven.config").write_text(f"-o\n-s\n{OFFLINE}\n-Dmaven.repo.local=/usr/share/maven-repo\n")
    (folder / "pom.xml").write_text(POM.replace("DEPENDENCIES", ""))
    (folder / "Main.java").write_text(JAVA)
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked(checkout.status("web")["addresses"]["http"]) == "java"


@pytest.mark.parametrize(
    ("version", "pinned"),
    [
        ("1.2.3", True),
        ("${that}", True),
        ("[1,2)", False),
        ("2-SNAPSHOT", False),
        ("LATEST", False),
        ("${this}", False),
    ],
)
def test_a_version_that_is_no_one_version_is_told(tmp_path: Path, version: str, pinned: bool) -> None:
    wanted = f"<dependencies><dependency><groupId>a</groupId><artifactId>b</artifactId><version>{version}</version>"
    properties = "<properties><that>1.0</that><this>(1,)</this></properties>"
    (tmp_path / "pom.xml").write_text(POM.replace("DEPENDENCIES", f"{properties}{wanted}</dependency></dependencies>"))
    lacks = [
        each for each in find_lacks("web", Build(path=".", runtime="java17"), tmp_path) if "pinned" in each.message
    ]
    assert bool(lacks) is not pinned
    if not pinned:
        assert "pom.xml wants a:b in version" in lacks[0].message


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "go.mod is missing, which says what the module is"),
        ({"go.mod": "module a\n\nrequire b v1.0.0\n"}, "go.mod names modules, and nothing pins them"),
        ({"go.mod": "module a\n\nrequire b v1.0.0\n", "go.sum": "b v1.0.0 h1:x\n"}, ""),
        ({"go.mod": "module a\n"}, ""),
    ],
)
def test_what_pins_nothing_of_a_go_module_is_told(tmp_path: Path, files: dict[str, str], told: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    lacks = [
        each for each in find_lacks("web", Build(path=".", runtime="go1.24"), tmp_path) if "pinned" in each.message
    ]
    assert [each.message for each in lacks] == ([f"is not pinned: {told}"] if told else [])


@pytest.mark.timeout(240)
def test_static_files(checkout: Checkout) -> None:
    write(checkout, "1.0.0", {"readyz": "ready", "index.html": "<h1>hello</h1>"}, runtime="static")
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout
    assert asked(checkout.status("web")["addresses"]["http"]) == "<h1>hello</h1>"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("runtime", "start"),
    [("binary", ["./serve"]), ("command", ["sh", "-c", 'exec python3 -m http.server --bind "$HOST" "$PORT"'])],
)
def test_a_program_in_the_folder_and_one_of_the_machine(checkout: Checkout, runtime: str, start: list[str]) -> None:
    serve = '#!/bin/sh\nexec python3 -m http.server --bind "$HOST" "$PORT"\n'
    folder = write(
        checkout, "1.0.0", {"serve": serve, "readyz": "", "index.html": "hello"}, runtime=runtime, start=start
    )
    (folder / "serve").chmod(0o755)
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout
    assert asked(checkout.status("web")["addresses"]["http"]) == "hello"


def test_what_has_no_runtime_lacks_none(tmp_path: Path) -> None:
    assert list(find_lacks("web", Build(path="x"), tmp_path)) == []


@pytest.mark.parametrize(
    ("runtime", "version", "same"),
    [
        ("go1.24", "1.24.4", True),
        ("go1.24", "1.2.4", False),
        ("node24", "24.1.0", True),
        ("node24", "20.20.2", False),
        ("node2", "20.0.0", False),
        ("java17", "17", True),
        ("java17", "17.0.15", True),
        ("java17", "1.8.0", False),
        ("binary", "", True),
    ],
)
def test_versions_agree_by_what_the_manifest_says_of_them(runtime: str, version: str, same: bool) -> None:
    build = Build(runtime=runtime)  # type: ignore[arg-type]
    assert fits(build, Tool("/usr/bin/x", version)) is same
    assert (describe_difference(build, Tool("/usr/bin/x", version)) == "") is same


def test_what_this_machine_lacks_is_told_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bins = tmp_path / "bin"
    bins.mkdir()
    monkeypatch.setenv("PATH", str(bins))
    (lack,) = find_lacks("web", Build(path="x", runtime="java21"), tmp_path)
    assert (lack.path, lack.message) == (("build", "runtime"), "needs java, which is not on this machine")
    assert "openjdk" in lack.hint
    _program(bins / "java", "17.0.1")
    assert list(find_lacks("web", Build(path="x", runtime="java21"), tmp_path)) == []
    (lack,) = find_lacks("web", Build(path="x", runtime="java21", strict=True), tmp_path)
    assert lack.message == "is strict about its runtime: java 21 is declared, and this machine has java 17.0.1"
    _program(bins / "java21", "21.0.4")
    tool = find_tool(Build(path="x", runtime="java21"))
    assert tool == Tool(str(bins / "java21"), "21.0.4")
    assert list(find_lacks("web", Build(path="x", runtime="java21", strict=True), tmp_path)) == []


def _program(path: Path, version: str) -> None:
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025'\n")
    path.chmod(0o755)
