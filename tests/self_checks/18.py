"""Chapter 18: right and wrong answers to its checks."""

TREE = '''
import heapq


def tree_bits(counts):
    """As a student may write it."""
    {first}
    left, total = sorted(counts.values()), 0
    while len(left) > 1:
        {take}
        {add}
        left.append(both)
        {sort}
    return {give}
'''
RIGHT = {
    "first": "if len(counts) == 1:\n        return sum(counts.values())",
    "take": "both = left.pop(0) + left.pop(0)",
    "add": "total += both",
    "sort": "left.sort()",
    "give": "total",
}

CHECKS = [
    (
        "A layer of 1,000 weights shares 32 values",
        6.024,
        [5, 32, 1.024, 37, 6.0, 3, 9],
    ),
    (
        "`tree_bits` gives the bits of Huffman's code",
        TREE.format(**RIGHT),
        [
            TREE.format(**{**RIGHT, "give": "None"}),
            TREE.format(**{**RIGHT, "give": "both"}),
            TREE.format(**{**RIGHT, "sort": "pass"}),
            TREE.format(**{**RIGHT, "first": "pass"}),
            TREE.format(**{**RIGHT, "take": "both = left.pop() + left.pop()"}),
            TREE.format(**{**RIGHT, "sort": "left.sort(reverse=True)"}),
            TREE.format(**{**RIGHT, "add": "total += 1"}),
        ],
    ),
    (
        "A decoder and its tables take 400 bytes",
        640,
        [80, 50, 400, 1067, 133, 100, 5000],
    ),
    ("A dense layer takes 64 values to 128", 42, [43, 64, 32, 63, 128, 21, 10, 100]),
    (
        "A teacher has two classes",
        0.731,
        [0.982, 1.0, 0.245, 0.5, 0.269, 0.6, 0.8],
    ),
]
