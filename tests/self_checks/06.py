"""Chapter 06: right and wrong answers to its checks."""

XOR = '''
def xor(x):
    """As a student may write it."""
    {}
'''
NOT_BOTH = "fires(x, [-1, -1], 1.5)"
OR = "fires(x, [1, 1], -0.5)"
AND = "fires(x, [1, 1], -1.5)"

TANH = '''
def tanh(a):
    """As a student may write it."""
    h = np.tanh(a.data)
    return Value(h, (a,), lambda g: {})
'''

CHECKS = [
    (
        "`xor(x)` is right",
        XOR.format(f"return fires([{OR}, {NOT_BOTH}], [1, 1], -1.5)"),
        [
            XOR.format("return int(x[0] != x[1])"),
            XOR.format(f"return {OR} and not {AND}"),
            XOR.format(f"return {OR} and {NOT_BOTH}"),
            XOR.format(f"return {OR} * {NOT_BOTH}"),
            XOR.format(f"return {OR}"),
            XOR.format(f"return {AND}"),
            XOR.format(f"return {NOT_BOTH}"),
            XOR.format("return fires(x, [1, -1], 0)"),
            XOR.format(f"fires([{OR}, {NOT_BOTH}], [1, 1], -1.5)"),
        ],
    ),
    ("One input, one hidden layer of 5 ReLU", 6, [5, 4, 10, 16, 25, 32]),
    (
        "`tanh(a)` goes forward",
        TANH.format("(g * (1 - h**2),)"),
        [
            TANH.format("(1 - h**2,)"),
            TANH.format("g * (1 - h**2)"),
            TANH.format("(g * h,)"),
            TANH.format("(g * (1 - a.data**2),)"),
            "def tanh(a):\n    return np.tanh(a.data)\n",
            "def tanh(a):\n    return Value(np.tanh(a.data))\n",
        ],
    ),
    ("A network of 64 inputs", 2536, [2368, 2410, 9640, 2496, 2408, 168]),
]
