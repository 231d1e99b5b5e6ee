// Arduino_TensorFlowLite's documented API as our sketch uses it; nothing runs here.
#pragma once
