"""What others measured: a model's fingerprint comes in, its published latencies go out.

MLPerf Tiny (Banbury et al., *MLPerf Tiny Benchmark*, NeurIPS 2021) publishes latencies
of four models on real boards. Kept here: those of a Cortex-M4 at 120 MHz. Reference:
TensorFlow Lite Micro in round v0.5. Best found: STMicroelectronics with X-CUBE-AI in
round v1.2, and for anomaly detection Plumerai in round v1.1.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLOCK_HZ", "RESULTS", "Published", "published"]

CLOCK_HZ = 120_000_000
"""Of the Cortex-M4 that the results are from."""


@dataclass(frozen=True)
class Published:
    """One benchmark of MLPerf Tiny, measured on a Cortex-M4 at 120 MHz.

    Attributes
    ----------
    macs : int
        Multiply-accumulates of its model, counted from the shapes.
    sha256 : str
        Of the int8 model in the benchmark's repository.
    tflm_ms, best_ms : float
        Latency with TensorFlow Lite Micro, and the best found, ``best_by`` whom.
    """

    title: str
    macs: int
    sha256: str
    tflm_ms: float
    best_ms: float
    best_by: str

    def cycles_per_mac(self, latency_ms: float) -> float:
        """Cycles for each multiply-accumulate at such a latency.

        >>> round(RESULTS[0].cycles_per_mac(RESULTS[0].best_ms), 2)
        1.42
        """
        return latency_ms * 1e-3 * CLOCK_HZ / self.macs

    def beside(self, latency_ms: float) -> str:
        """A sentence that puts an estimate beside the published latencies.

        >>> RESULTS[0].beside(613.0)
        'published for a Cortex-M4 at 120 MHz: 600.6 ms (TFLM; this is +2 %), 88.9 ms (X-CUBE-AI; this is +590 %)'
        """  # noqa: E501
        said = ", ".join(
            f"{ms:g} ms ({by}; this is {latency_ms / ms - 1:+.0%})".replace("%", " %")
            for ms, by in ((self.tflm_ms, "TFLM"), (self.best_ms, self.best_by))
        )
        return f"published for a Cortex-M4 at {CLOCK_HZ // 10**6} MHz: {said}"


RESULTS = (
    Published(
        "visual wake words (MobileNetV1 0.25)",
        7_489_664,
        "597a384c8c2c8a1276f04702f25013b7838f2f814f1ca7c174d295b73e3d6b7b",
        600.6,
        88.9,
        "X-CUBE-AI",
    ),
    Published(
        "image classification (ResNet-8)",
        12_501_632,
        "3c002613d1b2475eb51dd78dfb85a546c8ae658dee71cf6ade43b022fe205415",
        704.2,
        165.1,
        "X-CUBE-AI",
    ),
    Published(
        "keyword spotting (DS-CNN)",
        2_656_768,
        "aeea436800704fce17b17292e4412630ad856e9d777c044c64ef748a880bd0ae",
        181.9,
        43.2,
        "X-CUBE-AI",
    ),
    Published(
        "anomaly detection (autoencoder)",
        264_192,
        "87cf24194ef93d1d9b11a591d805526b98008e351655d29883c825c9c106ba24",
        10.05,
        4.05,
        "Plumerai",
    ),
)
"""The four benchmarks."""


def published(sha256: str) -> Published | None:
    """The results for a model with that fingerprint, if it is one of the four.

    >>> published("0" * 64) is None
    True
    """
    return next((row for row in RESULTS if row.sha256 == sha256), None)
