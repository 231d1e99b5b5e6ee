"""Sharing and coding of chapter 18 lose nothing that they promise to keep."""

import ast
import inspect
import zlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyml_course.scratch import coding

CHAPTER = (
    Path(__file__).parents[1] / "notebooks/src/18_sharing_coding_distilling.py"
).read_text(encoding="utf-8")
some_counts = st.dictionaries(
    st.integers(-128, 127), st.integers(1, 1000), min_size=1, max_size=40
)


def code(tree):
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return [ast.dump(tree.args), *map(ast.dump, body)]


@pytest.mark.parametrize("name", coding.__all__)
def test_the_chapter_shows_each_function_as_it_is_here(name):
    here = ast.parse(inspect.getsource(getattr(coding, name))).body[0]
    shown = [
        code(node)
        for node in ast.walk(ast.parse(CHAPTER))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert shown == [code(here)]


def test_k_means_finds_what_scikit_learn_finds():
    cluster = pytest.importorskip("sklearn.cluster")
    values = np.random.default_rng(0).normal(size=3000)
    first = coding.start(values, 8, "linear")
    mine, numbers = coding.k_means(values, first, rounds=300)
    theirs = cluster.KMeans(8, init=first[:, None], n_init=1, max_iter=300, tol=0)
    theirs.fit(values[:, None])
    assert np.allclose(mine, np.sort(theirs.cluster_centers_.ravel()), atol=1e-6)
    assert np.array_equal(numbers, np.abs(values[:, None] - mine).argmin(axis=1))


def test_each_round_of_k_means_comes_nearer():
    values = np.random.default_rng(1).normal(size=500)
    errors = []
    for rounds in range(6):
        codebook, numbers = coding.k_means(values, np.array([-3.0, 0, 0.1, 3]), rounds)
        errors.append(np.mean((codebook[numbers] - values) ** 2))
    assert all(b <= a + 1e-12 for a, b in pairwise(errors))


def test_an_entry_without_values_stays():
    codebook, numbers = coding.k_means(np.array([0.0, 1.0]), np.array([0, 1, 9.0]))
    assert codebook.tolist() == [0, 1, 9]
    assert numbers.tolist() == [0, 1]


@pytest.mark.parametrize("how", ["linear", "random", "density"])
def test_a_first_codebook_lies_among_the_values(how):
    values = np.random.default_rng(0).normal(size=400)
    codebook = coding.start(values, 7, how, seed=3)
    assert len(codebook) == 7
    assert values.min() <= codebook.min() <= codebook.max() <= values.max()


@given(st.integers(1, 12).flatmap(
    lambda w: st.tuples(st.just(w), st.lists(st.integers(0, 2**w - 1), min_size=1))
))  # fmt: skip
def test_packed_numbers_come_back(drawn):
    width, numbers = drawn
    data = coding.to_bits(numbers, width)
    assert len(data) == -(-len(numbers) * width // 8)
    assert coding.from_bits(data, width, len(numbers)).tolist() == numbers


@given(some_counts)
def test_huffmans_code_is_complete_and_within_a_bit_of_the_entropy(counts):
    lengths = coding.code_lengths(counts)
    assert list(lengths) == sorted(counts)
    if len(counts) > 1:
        assert sum(2.0**-n for n in lengths.values()) == 1
        mean = total_bits(lengths, counts) / sum(counts.values())
        assert coding.entropy(counts) - 1e-9 <= mean < coding.entropy(counts) + 1


def total_bits(lengths, counts):
    return sum(lengths[s] * count for s, count in counts.items())


def best(counts):
    """The least bits of any prefix code: Huffman's sum, without a tree."""
    left, total = sorted(counts.values()), 0
    if len(left) == 1:
        return left[0]
    while len(left) > 1:
        both = left.pop(0) + left.pop(0)
        total += both
        left = sorted([*left, both])
    return total


@given(some_counts)
def test_no_prefix_code_is_shorter(counts):
    assert total_bits(coding.code_lengths(counts), counts) == best(counts)


@given(some_counts)
def test_no_word_begins_another_and_the_order_is_canonical(counts):
    lengths = coding.code_lengths(counts)
    words = coding.canonical(lengths)
    listed = sorted(words.items(), key=lambda item: (len(item[1]), item[0]))
    texts = [word for _, word in listed]
    assert texts == sorted(texts)
    assert not any(b.startswith(a) for a, b in pairwise(texts))
    assert {s: len(word) for s, word in words.items()} == lengths


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=300))
def test_what_is_encoded_is_decoded(symbols):
    lengths = coding.code_lengths(Counter(symbols))
    data = coding.encode(symbols, lengths)
    assert coding.decode(data, lengths, len(symbols)) == symbols
    assert len(data) == -(-total_bits(lengths, Counter(symbols)) // 8)


def test_the_words_are_those_of_deflate():
    """RFC 1951, section 3.2.2: the example with lengths 3 3 3 3 3 2 4 4."""
    words = coding.canonical(dict(enumerate([3, 3, 3, 3, 3, 2, 4, 4])))
    assert [words[s] for s in range(8)] == [
        *("010", "011", "100", "101", "110", "00", "1110", "1111")
    ]


@given(
    st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 3]), max_size=200), st.integers(1, 6)
)
def test_a_sparse_list_comes_back_from_its_gaps(numbers, width):
    gaps, kept = coding.to_gaps(np.array(numbers, int), width)
    assert all(0 <= gap < 2**width for gap in gaps)
    assert coding.from_gaps(gaps, kept, len(numbers)).tolist() == numbers


def test_huffman_alone_is_near_what_a_packer_makes_of_independent_symbols():
    rng = np.random.default_rng(0)
    symbols = rng.choice(6, 20_000, p=[0.5, 0.2, 0.1, 0.1, 0.06, 0.04])
    lengths = coding.code_lengths(Counter(symbols.tolist()))
    mine = coding.encode(symbols.tolist(), lengths)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    theirs = packer.compress(symbols.astype(np.uint8).tobytes()) + packer.flush()
    assert len(mine) <= len(theirs)
