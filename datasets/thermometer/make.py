"""Make readings.csv: python datasets/thermometer/make.py (the same bytes each time).

A simulation, and the card beside this file says so. Two analogue sensors sit on one
board that is carried through a house; a reference thermometer hangs beside it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

READINGS = 80
SUPPLY_VOLTS = 3.3
FULL_SCALE_COUNTS = 4095  # 12-bit converter

# The linear sensor's data sheet says 0.5 V at 0 degC and 10 mV per degC. This one
# part, with this one converter, does something a little different.
OFFSET_VOLTS = 0.507
VOLTS_PER_DEGC = 0.0104
SELF_HEATING_DEGC = 2.3  # the board is warmer than the air around it

# The thermistor: 10 kilo-ohm at 25 degC, the B equation, in series with 4.7 kilo-ohm.
R25_OHM = 10_000.0
B_KELVIN = 3950.0
SERIES_OHM = 4_700.0


def readings(seed: int = 33) -> np.ndarray:
    """The table, (80, 3): linear counts, thermistor counts, reference in degC."""
    rng = np.random.default_rng(seed)
    air = rng.uniform(-15.0, 50.0, READINGS)
    reference = air + rng.normal(0.0, 1.5, READINGS)  # it hangs a hand's width away
    board = air + SELF_HEATING_DEGC

    linear_volts = OFFSET_VOLTS + VOLTS_PER_DEGC * board
    kelvin = board + 273.15
    ntc_ohm = R25_OHM * np.exp(B_KELVIN * (1.0 / kelvin - 1.0 / 298.15))
    ntc_volts = SUPPLY_VOLTS * SERIES_OHM / (SERIES_OHM + ntc_ohm)

    columns = []
    for volts in (linear_volts, ntc_volts):
        counts = volts / SUPPLY_VOLTS * FULL_SCALE_COUNTS + rng.normal(0, 2, READINGS)
        columns.append(np.round(counts))
    return np.column_stack([*columns, np.round(reference, 1)])


def to_csv(table: np.ndarray) -> str:
    """The table as the text of readings.csv."""
    lines = ["linear_counts,thermistor_counts,reference_degc"]
    lines += [f"{a:.0f},{b:.0f},{t:.1f}" for a, b, t in table]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("readings.csv").write_text(to_csv(readings()))
