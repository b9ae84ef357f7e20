import pytest
from generated_systems import DIGEST, PROD, system

from oneway.errors import OnewayError
from oneway.generate import Images, image_name, image_reference, lock_text, read_images

OTHER = "sha256:" + "1" * 64


def test_a_lock_is_read_as_it_was_written_and_sorted() -> None:
    images = Images({"b:1.0.0": OTHER, "a:1.0.0": DIGEST}, {"python:3.11-slim": OTHER})
    text = lock_text(images)
    assert read_images(text.encode()) == images
    assert text.index("a:1.0.0") < text.index("b:1.0.0")


def test_one_version_never_names_two_contents() -> None:
    service = system({"service": "a"}).services["a"]
    images = Images().with_built(service, DIGEST)
    assert images.with_built(service, DIGEST) == images
    with pytest.raises(OnewayError, match=r"a:1\.0\.0 is recorded with .*0, but this build is .*1: one version"):
        images.with_built(service, OTHER)
    assert images.with_built(service, OTHER, again=True).built == {"a:1.0.0": OTHER}


def test_the_reference_is_the_registry_the_version_and_the_digest() -> None:
    whole = system({"service": "a"}, {"service": "b", "build": {"image": "x/y:2"}})
    images = Images({"a:1.0.0": DIGEST, "b:1.0.0": OTHER})
    assert image_reference(whole, whole.services["a"], Images()) == "registry.example.com/shop/a:1.0.0"
    assert image_reference(whole, whole.services["a"], images) == f"registry.example.com/shop/a:1.0.0@{DIGEST}"
    assert image_reference(whole, whole.services["b"], images) == f"x/y:2@{OTHER}"


def test_a_ready_image_with_a_digest_of_its_own_keeps_it() -> None:
    whole = system({"service": "a", "build": {"image": f"x/y@{DIGEST}"}})
    assert image_reference(whole, whole.services["a"], Images({"a:1.0.0": OTHER})) == f"x/y@{DIGEST}"


def test_without_a_registry_the_name_stands_alone() -> None:
    prod = {key: value for key, value in PROD.items() if key != "registry"}
    whole = system({"service": "a"}, environments={"prod": prod})
    assert image_name(whole, whole.services["a"]) == "a:1.0.0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"images\.lock is not JSON"),
        (b"[]", "is not a lock file of version 1"),
        (b'{"version": 2}', "is not a lock file of version 1"),
        (b'{"version": 1, "images": {"a:1": "latest"}}', "which is no sha256 digest"),
        (b'{"version": 1, "bases": ["a"]}', "which is no sha256 digest"),
    ],
)
def test_a_broken_lock_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(OnewayError, match=message):
        read_images(content)
