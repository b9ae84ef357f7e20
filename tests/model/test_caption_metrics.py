"""The scores, against values worked out by hand."""

import math

import pytest

from tools.model.evaluate.metrics import bleu4, cider_d, exact_match

TRUE = [
    ("a dog on the grass", "there is a dog on the grass"),
    ("two cats in the snow", "a group of two cats in the snow"),
]


def test_exact_match_counts_any_reference() -> None:
    assert exact_match(["there is a dog on the grass", "two cats in the water"], TRUE) == 0.5


def test_what_equals_a_reference_has_bleu_1() -> None:
    assert bleu4([known[0] for known in TRUE], TRUE) == pytest.approx(1.0)


def test_bleu_of_one_wrong_word() -> None:
    """Of a five-word sentence whose last word is wrong, 4/5, 3/4, 2/3 and 1/2 of the n-grams are right."""
    assert bleu4(["a dog on the sand"], [("a dog on the grass",)]) == pytest.approx(
        (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    )


def test_bleu_punishes_what_is_too_short() -> None:
    assert bleu4(["a dog on the"], [("a dog on the grass",)]) == pytest.approx(math.exp(1 - 5 / 4))


def test_cider_of_what_equals_its_only_reference_is_10() -> None:
    references = [("a dog on the grass",), ("two cats in a snow storm",), ("three red cars above one bee",)]
    assert cider_d([known[0] for known in references], references) == pytest.approx(10.0)


def test_cider_gives_nothing_for_words_that_every_picture_has() -> None:
    references = [("a dog is here",), ("a cat is here",)]
    assert cider_d(["is here", "is here"], references) == pytest.approx(0.0)


def test_cider_falls_with_the_difference_in_length() -> None:
    references = [("a dog on the grass",), ("two cats in a snow storm",)]
    short = cider_d(["dog on the grass", "two cats in a snow storm"], references)
    shorter = cider_d(["the grass", "two cats in a snow storm"], references)
    assert 10 > short > shorter > 5
