"""What a bundle holds, and what it does to a folder: whole and signed as it must be, or nothing is touched."""

import json
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from local_checkout import Checkout
from local_place import manifest

from oneway.application.bundles import open_bundle
from oneway.application.bundles.make_bundle import Packers, make_bundle
from oneway.application.bundles.open_bundle import CONTENTS, HOME, SIGNATURE, BundleError, install
from oneway.application.read_manifests import read_system
from oneway.cli.commands.bundle import PROGRAM
from oneway.errors import OnewayError, UsageError
from oneway.targets.base import Say

UV = f"""#!/bin/sh
# Stands in for uv: makes the environment of this very Python.
if [ "$1" = venv ]; then
    mkdir -p "$4/bin"
    printf '#!/bin/sh\\nexec {sys.executable} "$@"\\n' > "$4/bin/python"
    chmod +x "$4/bin/python"
fi
"""
PLATFORM = """
environments: {local: {target: local}, site: {target: local}, cloud: {target: kubernetes}}
"""
Maker = Callable[..., Path]


def small_tool(into: Path, say: Say) -> None:
    """As small as a tool can be; `test_bundle_site.py` takes the real one."""
    with zipfile.ZipFile(into / "uv-0.0.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(zipfile.ZipInfo("uv-0.0.1.data/scripts/uv", (1980, 1, 1, 0, 0, 0)), UV)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Where bundles are made."""
    found = Checkout(tmp_path_factory.mktemp("made"))
    found.write("id", "1.0.0")
    platform = found.root / "manifests/platform.yaml"
    platform.write_text(platform.read_text().replace("environments: {local: {target: local}}", PLATFORM.strip()))
    return found


@pytest.fixture(scope="module")
def make(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Makes a bundle of the checkout as it is."""

    def run(key: Path | None = None, environment: str = "site") -> Path:
        output = tmp_path_factory.mktemp("bundle") / "shop.bundle"
        packers = Packers(PROGRAM, small_tool, lambda root, system, wheels, npm, say: None)
        make_bundle(read_system(checkout.root / "manifests", environment), output, key, packers, lambda text: None)
        return output

    return run


@pytest.fixture(scope="module")
def bundle(make: Maker) -> Path:
    return make()


@pytest.fixture
def site(bundle: Path, tmp_path: Path) -> Path:
    install(bundle, tmp_path / "site")
    return tmp_path / "site"


def snapshot(folder: Path) -> dict[str, bytes]:
    """What the site consists of, the tool apart."""
    files = (each for each in folder.rglob("*") if each.is_file() and "tools" not in each.parts)
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


Change = Callable[[dict[str, bytes]], Any]
DAMAGES: dict[str, Change] = {
    "changed": lambda files: files.update({"site/services/id/tiny_service.py": b"import evil\n"}),
    "its own program changed": lambda files: files.update({"__main__.py": b"print('evil')\n"}),
    "more": lambda files: files.update({"site/services/id/sitecustomize.py": b"import evil\n"}),
    "outside": lambda files: files.update({"site/../../evil.py": b"import evil\n"}),
    "absolute": lambda files: files.update({"/evil.py": b"import evil\n"}),
    "less": lambda files: files.pop("site/manifests/id.yaml"),
    "no contents": lambda files: files.pop(CONTENTS),
    "broken contents": lambda files: files.update({CONTENTS: b"[]"}),
    "later format": lambda files: files.update({CONTENTS: files[CONTENTS].replace(b'"format": 1', b'"format": 2')}),
    "other machine": lambda files: files.update({CONTENTS: files[CONTENTS].replace(b'"3.', b'"4.')}),
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_bundle_is_refused_and_nothing_changes(
    change: Change, bundle: Path, site: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    change(files)
    damaged = tmp_path / "damaged.bundle"
    with zipfile.ZipFile(damaged, "w") as broken:
        for name, content in files.items():
            broken.writestr(name, content)
    before = snapshot(site)
    with pytest.raises(BundleError):
        install(damaged, site)
    with pytest.raises(BundleError):
        install(damaged, tmp_path / "new")
    assert snapshot(site) == before
    assert not (tmp_path / "new/manifests").exists()
    assert not list(tmp_path.parent.rglob("evil.py"))


def test_a_bundle_cut_short_is_told(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "short.bundle"
    file.write_bytes(bundle.read_bytes()[:-100_000])
    with pytest.raises(BundleError, match="is not a whole bundle"):
        install(file, tmp_path / "site")


def keys(folder: Path, name: str = "mine", form: PrivateFormat = PrivateFormat.OpenSSH) -> tuple[Path, Path]:
    """A pair as `ssh-keygen -t ed25519` or `openssl genpkey` writes it."""
    made = Ed25519PrivateKey.generate()
    ssh = form is PrivateFormat.OpenSSH
    public = (Encoding.OpenSSH, PublicFormat.OpenSSH) if ssh else (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private_key, public_key = folder / name, folder / f"{name}.pub"
    private_key.write_bytes(made.private_bytes(Encoding.PEM, form, NoEncryption()))
    public_key.write_bytes(made.public_key().public_bytes(*public))
    return private_key, public_key


@pytest.mark.parametrize("form", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
def test_a_site_with_a_key_takes_bundles_signed_with_it_alone(
    form: PrivateFormat, make: Maker, bundle: Path, site: Path, tmp_path: Path
) -> None:
    private, public = keys(tmp_path, "mine", form)
    other, _ = keys(tmp_path, "other")
    for wrong in (bundle, make(key=other)):
        with pytest.raises(BundleError, match="not signed"):
            install(wrong, site, public)
    signed = make(key=private)
    install(signed, site, public)
    before = snapshot(site)
    for wrong in (bundle, make(key=other), resigned(signed, make(key=other), tmp_path)):
        with pytest.raises(BundleError, match="not signed"):
            install(wrong, site)
    assert snapshot(site) == before
    install(signed, site)


def resigned(signed: Path, other: Path, folder: Path) -> Path:
    """The signature of one bundle on another content."""
    changed = folder / "resigned.bundle"
    with zipfile.ZipFile(signed) as good, zipfile.ZipFile(other) as bad, zipfile.ZipFile(changed, "w") as made:
        contents = bad.read(CONTENTS).replace(b'"id": "1.0.0"', b'"id": "1.0.9"')
        for name in bad.namelist():
            made.writestr(name, {CONTENTS: contents, SIGNATURE: good.read(SIGNATURE)}.get(name, bad.read(name)))
    return changed


PASSPHRASE = BestAvailableEncryption(b"a passphrase")
RSA = generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (RSA.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()), "is not an Ed25519 private key"),
        (RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "is not an Ed25519 private key"),
        (RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, PASSPHRASE), "has a passphrase"),
        (b"my key", "is not a key that can be used"),
        (b"", "is not a key that can be used"),
    ],
)
def test_a_key_that_cannot_sign_is_told(content: bytes, told: str, make: Maker, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(UsageError, match=told):
        make(key=tmp_path / "key")
    with pytest.raises(UsageError, match="cannot be read"):
        make(key=tmp_path / "none")


def test_what_was_edited_at_the_site_is_not_written_over(bundle: Path, site: Path) -> None:
    edited = site / "manifests/id.yaml"
    edited.write_text(edited.read_text() + "\n")
    before = snapshot(site)
    with pytest.raises(BundleError, match=r"manifests/id\.yaml in .* is not as a bundle laid it out"):
        install(bundle, site)
    assert snapshot(site) == before
    edited.unlink()
    install(bundle, site)
    assert edited.exists()


def test_a_folder_that_has_other_files_keeps_them(bundle: Path, site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "manifests").mkdir(parents=True)
    shutil.copytree(site / HOME, folder / HOME, symlinks=True)
    (folder / HOME / CONTENTS).unlink()
    (folder / "manifests/id.yaml").write_text("mine: true\n")
    with pytest.raises(BundleError, match="is not as a bundle laid it out"):
        install(bundle, folder)
    assert (folder / "manifests/id.yaml").read_text() == "mine: true\n"


def test_what_was_cut_short_is_gone_on_with(
    checkout: Checkout, make: Maker, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine stops after each number of written files: the site can always be brought to either bundle."""
    (checkout.root / "services/id/more.txt").write_text("more\n")
    later = make()
    (checkout.root / "services/id/more.txt").unlink()
    wanted = {name: content for name, content in snapshot_of(later).items() if name.startswith("site/")}
    really_write, written = open_bundle._write, 0
    for stops_after in range(1, 12):
        written = 0

        def write_some(path: Path, content: bytes, mode: int = 0o644, stops_after: int = stops_after) -> None:
            nonlocal written
            if (written := written + 1) > stops_after:
                raise KeyboardInterrupt
            really_write(path, content, mode)

        monkeypatch.setattr(open_bundle, "_write", write_some)
        try:
            install(later, site)
        except KeyboardInterrupt:
            continue
        break
    else:
        pytest.fail("it never came to an end")
    assert {
        f"site/{name}": (site / name).read_bytes() for name in open_bundle.read_contents(later).site_files()
    } == wanted


def snapshot_of(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def test_what_a_later_bundle_has_no_more_is_taken_away(
    checkout: Checkout, make: Maker, bundle: Path, site: Path
) -> None:
    (checkout.root / "services/id/deep").mkdir()
    (checkout.root / "services/id/deep/extra.txt").write_text("extra\n")
    with_more = make()
    shutil.rmtree(checkout.root / "services/id/deep")
    install(with_more, site)
    assert (site / "services/id/deep/extra.txt").exists()
    (site / "notes.txt").write_text("a file of the site's own\n")
    install(bundle, site)
    assert not (site / "services/id/deep").exists()
    assert (site / "notes.txt").exists()


def test_another_site_is_not_brought_into_this_folder(make: Maker, site: Path) -> None:
    with pytest.raises(BundleError, match="this folder is environment site of trial, the bundle is environment local"):
        install(make(environment="local"), site)


def test_a_cluster_gets_no_bundle(make: Maker) -> None:
    with pytest.raises(UsageError, match="environment cloud is a cluster") as caught:
        make(environment="cloud")
    assert "platform generate --env cloud" in caught.value.hint


@pytest.mark.parametrize("build", [{"image": "registry.example.com/x:1"}, {"path": ".", "dockerfile": "Dockerfile"}])
def test_a_service_that_cannot_be_packed_is_named(
    build: dict[str, Any], checkout: Checkout, make: Maker, tmp_path: Path
) -> None:
    file = checkout.root / "manifests/other.yaml"
    file.write_text(json.dumps(manifest("other", "1.0.0", build=build)))
    try:
        with pytest.raises(OnewayError, match="other is built from"):
            make()
    finally:
        file.unlink()
