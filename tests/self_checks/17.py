"""Chapter 17: right and wrong answers to its checks."""

RETRAIN = '''
def prune_and_retrain(net, share, x, y, epochs):
    """As a student may write it."""
    masks = masks_of(net, share)
    {body}
'''
RIGHT = "return fit(net, x, y, epochs, masks, rate=2e-3)"

CHECKS = [
    (
        "`prune_and_retrain(net, share, x, y, epochs)` keeps",
        RETRAIN.format(body=RIGHT),
        [
            RETRAIN.format(body="return fit(masked(net, masks), x, y, epochs)"),
            RETRAIN.format(body="return masked(net, masks)"),
            RETRAIN.format(body="return masked(fit(net, x, y, epochs), masks)"),
            RETRAIN.format(
                body="trained = fit(net, x, y, epochs)\n"
                "    return masked(trained, masks_of(trained, share))"
            ),
            RETRAIN.format(body="fit(net, x, y, epochs, masks)"),
            RETRAIN.format(body=RIGHT.replace("masks,", "masks_of(net, 0.95),")),
        ],
    ),
    ("A layer of 100 inputs and 50 neurons", 2102, [1000, 2000, 2100, 2051, 5000, 9]),
    ("A network 40 → 60 → 20 → 10", 1600, [1900, 950, 2500, 3800, 100, 9999]),
    ("An element of the first hidden layer", 84, [64, 114, 20, 1280, 45.6, 1, 500]),
]
