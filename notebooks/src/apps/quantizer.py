# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # The quantizer
#
# From a float32 Keras model to an int8 one that a board can run: calibrate, look at
# the range of each layer, choose, quantize, and see what it costs.

# %%
from tinyml_course import widgets

quantizer = widgets.quantize_a_model()
quantizer

# %% [markdown]
# **Your own model** is a file that `model.save("name.keras")` wrote, with one input
# and one output of fixed sizes. Code of your own in it (a Lambda layer, a class) is
# not run.
#
# **Your own data** are an .npz: `np.savez("data.npz", x=x, y=y)`. Without `y` the two
# models are compared by how often they decide alike. Up to half of the rows calibrate
# and the others validate; with `x_test` (and `y_test`) in the file you deal them out
# yourself. Scale `x` as you did for training.
#
# **Ranges**: *min-max* keeps all that was seen; *percentile* gives up the outermost
# values; *entropy* takes the clip that tells least of the distribution wrong (Migacz
# 2017). What is clipped comes out as the end of the range.
#
# Nothing leaves this computer.
