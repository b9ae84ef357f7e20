"""Words and ids, in the published file's format."""

from collections import Counter
from pathlib import Path

import pytest

from tools.model.vocabulary import Vocabulary


def test_reads_the_published_format(tmp_path: Path) -> None:
    file = tmp_path / "word_counts.txt"
    file.write_text("a 9\n<S> 5\n</S> 5\ndog 2\n")
    vocabulary = Vocabulary.read(file)
    assert vocabulary.words == ("a", "<S>", "</S>", "dog", "<UNK>")
    assert (vocabulary.start, vocabulary.end, vocabulary.unknown) == (1, 2, 4)


def test_reads_words_written_as_bytes(tmp_path: Path) -> None:
    file = tmp_path / "word_counts.txt"
    file.write_text("b'a' 9\nb'<S>' 5\nb'</S>' 5\nb'dog' 2\n")
    assert Vocabulary.read(file).words == ("a", "<S>", "</S>", "dog", "<UNK>")


def test_a_file_without_markers_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "word_counts.txt"
    file.write_text("a 9\ndog 2\n")
    with pytest.raises(ValueError, match=r"word_counts\.txt has no <S>"):
        Vocabulary.read(file)


def test_what_is_encoded_is_decoded(tmp_path: Path) -> None:
    vocabulary, counts = Vocabulary.counted(["a dog runs", "a cat runs", "a cat"])
    assert counts["a"] == 3
    assert vocabulary.decode(vocabulary.encode("a dog runs")) == "a dog runs"
    assert vocabulary.decode(vocabulary.encode("a horse runs")) == "a <UNK> runs"
    vocabulary.write(tmp_path / "words.txt", counts)
    assert Vocabulary.read(tmp_path / "words.txt") == vocabulary


def test_rows_without_a_word_are_unknown(tmp_path: Path) -> None:
    vocabulary = Vocabulary.of(["<S>", "</S>", "a"]).padded(10)
    assert len(vocabulary) == 10
    assert vocabulary.decode([0, 2, 9, 1]) == "a <UNK>"
    vocabulary.write(tmp_path / "words.txt", Counter())
    assert Vocabulary.read(tmp_path / "words.txt").padded(10) == vocabulary
    with pytest.raises(ValueError, match="another model"):
        vocabulary.padded(4)
