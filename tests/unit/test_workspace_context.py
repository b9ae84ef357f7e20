"""What goes into a build, and that its digest names exactly that."""

import subprocess
from pathlib import Path

import pytest

from oneway.errors import OnewayError
from oneway.model import Build, Service
from oneway.workspace import build_context


def service(**build: object) -> Service:
    return Service(
        api_version="oneway/v1",
        name="a",
        version="1.0.0",
        owner="o",
        domain="d",
        build=Build(**build),  # type: ignore[arg-type]
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "services/a/pkg").mkdir(parents=True)
    (tmp_path / "services/a/pkg/app.py").write_text("x = 1\n")
    (tmp_path / "services/a/__pycache__").mkdir()
    (tmp_path / "services/a/__pycache__/app.pyc").write_bytes(b"\0")
    (tmp_path / "lib/kit").mkdir(parents=True)
    (tmp_path / "lib/kit/kit.py").write_text("y = 2\n")
    return tmp_path


def test_lands_code_and_included_folders_apart(root: Path) -> None:
    context = build_context(root, service(path="services/a", include=("lib/kit",)))
    assert [each.target for each in context.files] == ["app/pkg/app.py", "include/lib/kit/kit.py"]


def test_the_digest_follows_content_names_and_modes(root: Path) -> None:
    a = service(path="services/a")
    first = build_context(root, a).digest
    assert build_context(root, a).digest == first
    file = root / "services/a/pkg/app.py"
    file.chmod(0o755)
    executable = build_context(root, a).digest
    file.chmod(0o644)
    file.write_text("x = 2\n")
    changed = build_context(root, a).digest
    file.write_text("x = 1\n")
    file.rename(file.with_name("other.py"))
    assert len({first, executable, changed, build_context(root, a).digest}) == 4


def test_what_git_ignores_is_left_out(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text("*.log\n")
    (root / "services/a/debug.log").write_text("noise\n")
    assert [each.target for each in build_context(root, service(path="services/a")).files] == ["app/pkg/app.py"]


def test_a_missing_folder_and_a_link_outward_are_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(OnewayError, match="a is built from services/b, which is not a folder"):
        build_context(root, service(path="services/b"))
    outside = tmp_path_factory.mktemp("outside") / "key"
    outside.write_text("secret\n")
    (root / "services/a/key").symlink_to(outside)
    with pytest.raises(OnewayError, match="services/a/key is a link that leads out of the repository"):
        build_context(root, service(path="services/a"))


SECRETS = [
    *(
        ".env",
        ".env.production",
        "prod.env",
        ".ENV",
        ".envrc",
        "pkg/.env.local",
        "id_rsa",
        "id_rsa.old",
        "pkg/id_ed25519",
    ),
    *("server.pem", "tls.key", "store.p12", ".netrc", ".aws/credentials", ".ssh/config", ".kube/config", ".pypirc"),
    *(
        "service-account-prod.json",
        "terraform.tfstate",
        ".git-credentials",
        ".docker/config.json",
        ".pgpass",
        "my.kdbx",
    ),
]


@pytest.mark.parametrize("tracked", [False, True], ids=["no git", "git tracks it"])
@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_left_out_and_told(root: Path, name: str, tracked: bool) -> None:
    before = build_context(root, service(path="services/a"))
    secret = root / "services/a" / name
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text("hunter2\n")
    if tracked:
        _git(root, "init", "-q")
        _git(root, "add", "--force", "services/a/" + name, "services/a/pkg/app.py")
    context = build_context(root, service(path="services/a"))
    assert context.files == before.files
    assert context.digest == before.digest, "a secret does not even change the name of the build"
    assert context.describe_left_out() == f"left out of the build: services/a/{name} (may hold secrets)"


@pytest.mark.parametrize(
    "name", [".env.example", "env.py", "keys.py", "id_rsa.pub", "environment", "secrets.py", "auth.json", "gitlab.py"]
)
def test_what_only_sounds_like_a_secret_stays(root: Path, name: str) -> None:
    (root / "services/a" / name).write_text("x\n")
    context = build_context(root, service(path="services/a"))
    assert f"app/{name}" in [each.target for each in context.files]
    assert context.describe_left_out() == ""


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("engine-strict=true\nregistry=https://packages.example.com/\n", True),
        ("//packages.example.com/:_authToken=abc\n", False),
        ("registry=https://bob:pw@packages.example.com/\n", False),
    ],
)
def test_settings_of_a_package_manager_stay_unless_they_name_a_token(root: Path, text: str, stays: bool) -> None:
    (root / "services/a/.npmrc").write_text(text)
    context = build_context(root, service(path="services/a"))
    assert ("app/.npmrc" in [each.target for each in context.files]) is stays
    assert bool(context.left_out) is not stays


def test_what_can_be_made_again_is_left_out_without_a_word(root: Path) -> None:
    for name in (".venv/lib/x.py", "env2/pyvenv.cfg", "env2/lib/y.py", "node_modules/left-pad/index.js", ".tox/z.py"):
        path = root / "services/a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    context = build_context(root, service(path="services/a"))
    assert [each.target for each in context.files] == ["app/pkg/app.py"]
    assert context.describe_left_out() == ""


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("../../.git/config", "services/a/x (a link to .git/config, which is the repository's own)"),
        ("../../.git", "services/a/x (a link to .git, which is the repository's own)"),
        ("../../deploy/prod.env", "services/a/x (a link to deploy/prod.env, which may hold secrets)"),
        ("../../lib", "services/a/x (a link to a folder: name that under `include`)"),
        ("nowhere", "services/a/x (a link to nothing)"),
    ],
)
def test_links_to_what_never_goes_in_are_left_out_and_told(root: Path, target: str, told: str) -> None:
    _git(root, "init", "-q")
    (root / "deploy").mkdir()
    (root / "deploy/prod.env").write_text("KEY=hunter2\n")
    (root / "services/a/x").symlink_to(target)
    context = build_context(root, service(path="services/a"))
    assert [each.target for each in context.files] == ["app/pkg/app.py"]
    assert context.describe_left_out() == f"left out of the build: {told}"


def test_a_link_to_a_file_of_the_repository_is_followed(root: Path) -> None:
    (root / "services/a/kit.py").symlink_to("../../lib/kit/kit.py")
    targets = [each.target for each in build_context(root, service(path="services/a")).files]
    assert targets == ["app/kit.py", "app/pkg/app.py"]


@pytest.mark.parametrize("path", [".git", "vendor/.git/hooks", ".platform/builds", "deploy/.ssh"])
def test_folders_that_never_go_in_are_refused(root: Path, path: str) -> None:
    (root / path).mkdir(parents=True)
    for build in ({"path": path}, {"include": (path,)}):
        with pytest.raises(OnewayError, match="which never goes into a build"):
            build_context(root, service(**build))


def test_a_folder_that_leads_out_of_the_repository_is_refused(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "plain.txt").write_text("x\n")
    (root / "services/b").symlink_to(outside)
    (root / "services/a/data").symlink_to(outside)
    for path in ("services/a", "services/b"):
        with pytest.raises(OnewayError, match="is a link that leads out of the repository"):
            build_context(root, service(path=path))


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True)
