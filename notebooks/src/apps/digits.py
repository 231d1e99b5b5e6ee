# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A digit model on its board
#
# Draw a digit. The model that reads it runs in this page; the same C, byte for
# byte, runs on the emulated board below.

# %%
import ipywidgets
import numpy as np
from IPython.display import display

from tinyml_course import datasets, device, graph, report, widgets

path = datasets.model_path("digits_cnn")
model = graph.read(path)
drawing = widgets.draw_a_digit(path)
drawing

# %%
button = ipywidgets.Button(
    description="Run my drawing on the board",
    layout=ipywidgets.Layout(width="auto"),
)
answer = ipywidgets.HTML("Draw something first, then press the button.")


def run_on_board(_):
    if not drawing.values or drawing.values["digit"] is None:
        answer.value = "Draw something first, then press the button."
        return
    x = np.array(drawing.values["input"], dtype=np.int8).reshape(1, 8, 8, 1)
    run = device.run_model(model, x)
    same = run.outputs.ravel().tolist() == drawing.values["output"]
    answer.value = (
        f"The board answers <b>{run.outputs.argmax()}</b> after "
        f"{run.inference_instructions:,} instructions. Its ten output bytes are "
        f"{'the same as' if same else '<b>not</b> the same as'} this page's."
    )


button.on_click(run_on_board)
display(button, answer)

# %% [markdown]
# ## What it costs on a Nano 33 BLE Sense

# %%
report.compare({"digits_cnn": report.bench(path)})
