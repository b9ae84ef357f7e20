"""Every label that the service can say, with its article; and other names of the same kinds."""

import pytest

from caption_service.articles import with_article
from caption_service.settings import MODEL

LABELS = (MODEL / "labels.txt").read_text().splitlines()
WITHOUT = {
    "a cat having a striped coat",
    "binoculars",
    "broccoli",
    "carbonara",
    "chain mail",
    "chocolate syrup",
    "clogs",
    "consomme",
    "corn",
    "dough",
    "eggnog",
    "face powder",
    "guacamole",
    "hair spray",
    "hay",
    "ice cream",
    "jeans",
    "lotion",
    "mashed potatoes",
    "pajamas",
    "parallel bars",
    "perfume",
    "rapeseed",
    "red wine",
    "sunglasses",
    "sunscreen",
    "swim trunks / shorts",
    "tights for gymnastics, a one-piece leotard, or a sport jersey",
    "toilet paper",
    "velvet fabric",
    "wool",
}
A_BEFORE_A_VOWEL = {
    "European green lizard",
    "European garden spider",
    "European polecat",
    "one-piece bathing suit",
    "unicycle",
}
AN_BEFORE_A_CONSONANT = {"hourglass"}


@pytest.mark.parametrize("label", LABELS)
def test_each_label_has_its_article(label: str) -> None:
    if label in WITHOUT:
        assert with_article(label) == label
        return
    vowel = label[0].lower() in "aeiou"
    article = "an" if (vowel and label not in A_BEFORE_A_VOWEL) or label in AN_BEFORE_A_CONSONANT else "a"
    assert with_article(label) == f"{article} {label}"


def test_there_are_a_thousand_and_every_exception_is_one_of_them() -> None:
    assert len(LABELS) == 1000
    assert set(LABELS) >= WITHOUT | A_BEFORE_A_VOWEL | AN_BEFORE_A_CONSONANT


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("heirloom", "an heirloom"),
        ("honest man", "an honest man"),
        ("house", "a house"),
        ("uniform", "a uniform"),
        ("universal joint", "a universal joint"),
        ("unusual hat", "an unusual hat"),
        ("uninhabited island", "an uninhabited island"),
        ("unicorn", "a unicorn"),
        ("utility pole", "a utility pole"),
        ("urn", "an urn"),
        ("euphonium", "a euphonium"),
        ("ewer", "a ewer"),
        ("onesie", "a onesie"),
        ("onion", "an onion"),
        ("ukulele", "a ukulele"),
        ("X-ray", "an X-ray"),
        ("U-boat", "a U-boat"),
        ("LED lamp", "an LED lamp"),
        ("TV set", "a TV set"),
        ("SUV", "an SUV"),
        ("the sea", "the sea"),
        ("an owl", "an owl"),
        ("scissors", "scissors"),
        ("rock crab (red)", "a rock crab (red)"),
    ],
)
def test_other_names(name: str, said: str) -> None:
    assert with_article(name) == said
