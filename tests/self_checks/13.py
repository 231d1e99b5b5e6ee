"""Chapter 13: what a student may answer."""

FFT = """
def my_fft(x):
    n = len(x)
    if n == 1:
        return np.array(x, complex)
    even, odd = my_fft(x[0::2]), my_fft(x[1::2])
    factor = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return {last}
"""

MFCC = """
def my_mfcc(logs, kept=13):
    bands = logs.shape[1]
    b, j = np.arange(bands)[:, None], np.arange(kept)
    waves = {waves}
    {then}
    return logs @ waves
"""
WAVES = "np.cos(np.pi / bands * j * (b + 0.5))"
LENGTH = "waves = waves / np.linalg.norm(waves, axis=0)"

CHECKS = [
    ("A board samples 8,000 times a second", 1500, [6500, 2500, 4000, 1000, 3000]),
    (
        "`my_fft(x)` is the spectrum",
        FFT.format(last="np.concatenate([even + factor * odd, even - factor * odd])"),
        [
            FFT.format(last="np.concatenate([even + odd, even - odd])"),
            FFT.format(last="np.concatenate([even + factor * odd] * 2)"),
            FFT.format(last="np.concatenate([even, odd])"),
            FFT.format(last="even + factor * odd"),
            FFT.format(
                last="np.concatenate([even + odd / factor, even - odd / factor])"
            ),
            FFT.format(
                last="np.concatenate([even - factor * odd, even + factor * odd])"
            ),
        ],
    ),
    ("A gearbox has two tones 50 Hz apart", 40, [20, 25, 80, 50, 0.04, 30, 60]),
    (
        "`my_mfcc(logs, kept)` is the DCT",
        MFCC.format(waves=WAVES, then=LENGTH),
        [
            MFCC.format(waves=WAVES, then="pass"),
            MFCC.format(waves=WAVES, then="waves = waves * np.sqrt(2 / bands)"),
            MFCC.format(waves="np.cos(np.pi / bands * j * b)", then=LENGTH),
            MFCC.format(waves="np.sin(np.pi / bands * j * (b + 0.5)) + 1", then=LENGTH),
            MFCC.format(waves="np.ones((bands, kept))", then=LENGTH),
            MFCC.format(waves=WAVES, then="waves = waves.T[:, :kept].T"),
        ],
    ),
    ("Say the front end takes 80,000 cycles", 19, [5, 22.75, 24, 29, 12, 20]),
]
