"""Chapter 15: right and wrong answers to its checks."""

GRU = '''
def gru_step(x, h, W, U, b):
    """As a student may write it."""
    xz, xr, xn = np.split(x @ W + b[0], 3, axis=-1)
    hz, hr, hn = np.split(h @ U + b[1], 3, axis=-1)
    z, r = {gates}
    n = {news}
    return {state}
'''
RIGHT = {
    "gates": "sigmoid(xz + hz), sigmoid(xr + hr)",
    "news": "np.tanh(xn + r * hn)",
    "state": "z * h + (1 - z) * n",
}
UNITS = "U.shape[1] // 3"

CHECKS = [
    ("Four characters came", 2.25, [1.56, 9, 2, 4.76, 0.25, 1, 3]),
    ("A slope keeps 0.9", 66, [44, 7, 22, 10, 30, 200]),
    (
        "`gru_step(x, h, W, U, b)` gives",
        GRU.format(**RIGHT),
        [
            GRU.format(**{**RIGHT, "state": "z * n + (1 - z) * h"}),
            GRU.format(**{**RIGHT, "news": "np.tanh(xn + hn)"}),
            GRU.format(
                **{
                    **RIGHT,
                    "news": f"np.tanh(xn + (r * h) @ U[:, 2 * ({UNITS}) :]"
                    f" + b[1, 2 * ({UNITS}) :])",
                }
            ),
            GRU.format(**{**RIGHT, "gates": "sigmoid(xr + hr), sigmoid(xz + hz)"}),
            GRU.format(**{**RIGHT, "news": "xn + r * hn"}),
            GRU.format(**{**RIGHT, "state": "n[:, :1]"}),
            "def gru_step(x, h, W, U, b):\n    pass\n",
        ],
    ),
    ("At temperature 1 the machine", 16, [8, 2, 4, 1, 12, 30]),
    ("A memory goes out with scale", 58, [50, 60, 62, 3, 40, 20, 90]),
]
