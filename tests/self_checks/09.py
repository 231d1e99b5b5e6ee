"""Chapter 09: right and wrong answers to its checks."""

STRIDED = '''
def strided(image, kernel, stride=1, padding=0):
    """As a student may write it."""
    k = len(kernel)
    image = {padded}
    height, width = ({size} for n in image.shape)
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            a, b = {place}
            part = image[a : a + k, b : b + k]
            out[i, j] = np.sum(part * kernel[: len(part), : part.shape[1]])
    return out
'''
RIGHT = {
    "padded": "np.pad(image, padding)",
    "size": "(n - k) // stride + 1",
    "place": "i * stride, j * stride",
}

CHECKS = [
    ("A row of grey: 10, 10, 10", 20, [40, 0, -20, 30, 5, 60]),
    (
        "`strided(image, kernel, stride, padding)` is",
        STRIDED.format(**RIGHT),
        [
            STRIDED.format(**{**RIGHT, "padded": "image"}),
            STRIDED.format(**{**RIGHT, "padded": "np.pad(image, padding, 'edge')"}),
            STRIDED.format(**{**RIGHT, "size": "n - k + 1", "place": "i, j"}),
            STRIDED.format(**{**RIGHT, "size": "(n - k) // stride"}),
            STRIDED.format(**{**RIGHT, "size": "n // stride"}),
            STRIDED.format(**{**RIGHT, "place": "i, j"}),
            "def strided(image, kernel, stride=1, padding=0):\n    pass\n",
        ],
    ),
    ("A picture of 96 x 96 with 3 channels", 48, [47, 46, 96, 92, 49, 50, 24, 100]),
    (
        "A long straight pier lies from left to right",
        "1 down",
        ["2 right and 1 down", "2 right", "nothing"],
    ),
    (
        "Of 10,000 patches 100 have a boat",
        1070,
        [80, 990, 1080, 1000, 8000, 9000, 500, 2000],
    ),
]
