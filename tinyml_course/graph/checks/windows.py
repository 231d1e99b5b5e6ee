"""What operators demand whose window slides over an image; their MACs."""

from __future__ import annotations

from tinyml_course.graph.checks.layer import Layer

__all__ = ["conv2d", "depthwise_conv2d", "pool2d", "transpose_conv2d"]


def conv2d(layer: Layer) -> int:
    """Every input channel into every output channel."""
    layer.counts((2, 3))
    x = layer.image()
    w = layer.inputs[1]
    layer.demand(w is not None and len(w.shape) == 4, "its weights have no four axes")
    out_c, k_h, k_w, in_c = w.shape
    layer.weights(out_c, axis=0, rank=4)
    layer.demand(
        in_c == x.shape[3],
        f"its weights have {in_c} channels for an input of {x.shape[3]} "
        "(grouped convolution is not supported)",
    )
    layer.bias(out_c)
    layer.fused()
    out_h, out_w = layer.windows(x, (k_h, k_w))
    layer.rescaled(x, layer.output((1, out_h, out_w, out_c)))
    return out_h * out_w * out_c * k_h * k_w * in_c


def depthwise_conv2d(layer: Layer) -> int:
    """Each channel on its own."""
    layer.counts((2, 3))
    x = layer.image()
    w = layer.inputs[1]
    layer.demand(
        w is not None and len(w.shape) == 4 and w.shape[0] == 1,
        "its weights are not (1, height, width, channels)",
    )
    _, k_h, k_w, out_c = w.shape
    layer.weights(out_c, axis=3, rank=4)
    layer.demand(
        out_c % x.shape[3] == 0,
        f"its weights have {out_c} channels, no multiple of the input's {x.shape[3]}",
    )
    layer.demand(
        layer.options["depth_multiplier"] in (0, out_c // x.shape[3]),
        f"its depth multiplier {layer.options['depth_multiplier']} does not fit",
    )
    layer.bias(out_c)
    layer.fused()
    out_h, out_w = layer.windows(x, (k_h, k_w))
    layer.rescaled(x, layer.output((1, out_h, out_w, out_c)))
    return out_h * out_w * out_c * k_h * k_w


def transpose_conv2d(layer: Layer) -> int:
    """Each pixel spread over a window of the output."""
    layer.counts((3, 4))
    shape = layer.constant(0, "output shape")
    w = layer.inputs[1]
    layer.demand(w is not None and len(w.shape) == 4, "its weights have no four axes")
    out_c, k_h, k_w, in_c = w.shape
    layer.weights(out_c, axis=0, rank=4)
    x = layer.image(2)
    layer.demand(
        in_c == x.shape[3],
        f"its weights have {in_c} channels for an input of {x.shape[3]}",
    )
    layer.bias(out_c, place=3)
    layer.fused()
    layer.demand(
        len(shape) == 4 and shape[0] == 1 and shape[3] == out_c,
        f"its output shape {tuple(shape)} is not (1, height, width, {out_c})",
    )
    y = layer.output(tuple(shape))
    layer.rescaled(x, y)
    # Seen backwards it is a convolution of the output that gives the input's size.
    layer.demand(
        layer.windows(y, (k_h, k_w)) == x.shape[1:3],
        f"an output of {y.shape} does not belong to an input of {x.shape}",
    )
    return x.shape[1] * x.shape[2] * out_c * k_h * k_w * in_c


def pool2d(layer: Layer) -> int:
    """The largest or the average of each window."""
    layer.counts((1,))
    x = layer.image()
    layer.fused()
    o = layer.options
    out_h, out_w = layer.windows(x, (int(o["filter_height"]), int(o["filter_width"])))
    y = layer.output((1, out_h, out_w, x.shape[3]))
    layer.demand(
        (x.scale, x.zero_point) == (y.scale, y.zero_point),
        "its input and output have different scales",
    )
    return 0
