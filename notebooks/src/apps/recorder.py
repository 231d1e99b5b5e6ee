# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Record, label, look
#
# Take the sensors of the device that shows this page, or a CSV from a board; mark
# spans and name them; save. Nothing leaves this page but the files that you save.

# %%
from tinyml_course import widgets

recorder = widgets.record_motion()
recorder

# %% [markdown]
# **By keyboard:** Tab to the picture. The arrow keys move the line (with Shift by a
# second), Space begins and ends a span, Enter names it, Delete removes the span at
# the line.
#
# **A CSV** has a column for each signal, and better one called `time` (s), `ms` or
# `us`; without it 50 readings a second are assumed. A column `label` is read, too, so
# you can go on where you stopped.
#
# **A phone** gives its sensors only to a page that came by https, or from the phone
# itself (localhost), and most ask you first: other pages could listen to your steps.
# Forces arrive in g, rates of turning in rad/s, along the phone's own axes: x to the
# right, y to the top, z out of the screen.
#
# **The files**: `..._labelled.csv` has every reading with its label (empty where there
# is none). `..._windows.csv` has one window a row: its label, its start, then all
# readings; windows overlap by half and none lies across a seam. In Python:
#
#     table = np.genfromtxt("..._windows.csv", delimiter=",", skip_header=1, dtype=str)
#     y, x = table[:, 0], table[:, 2:].astype(float).reshape(len(table), 128, -1)
