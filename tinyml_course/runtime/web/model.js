
/**
 * Start the model.
 * @param source bytes of the .wasm, or where it is; without it, the file beside this one
 */
export async function load(source = new URL(MODEL.file, import.meta.url)) {
  const given = source instanceof ArrayBuffer || ArrayBuffer.isView(source);
  const bytes = given ? source : await download(source);
  const { instance } = await WebAssembly.instantiate(bytes);
  const c = instance.exports;
  const tensors = (role) => MODEL[`${role}s`].map((described, number) => {
    const place = c[`${MODEL.name}_${role}_${number}`]();
    const size = described.shape.reduce((product, n) => product * n, 1);
    const data = new ARRAYS[described.dtype](c.memory.buffer, place, size);
    return Object.freeze({ ...described, data });
  });
  const [inputs, outputs] = [tensors("input"), tensors("output")];

  /** Run the model on what is in the inputs' data; it may overwrite them. */
  function invoke() {
    const status = c[`${MODEL.name}_invoke`]();
    if (status !== 0) throw new Error(`${MODEL.name}_invoke() returned ${status}`);
  }

  /** Copy inputs in, run, and copy the outputs out: the tensors' integers, or reals. */
  function predict(...values) {
    if (values.length !== inputs.length) {
      throw new RangeError(
        `the model takes ${inputs.length} inputs; received ${values.length}`);
    }
    const raw = values.every((x, i) => x instanceof inputs[i].data.constructor);
    values.forEach((x, i) => {
      const { data, shape } = inputs[i];
      if (x.length !== data.length) {
        throw new RangeError(`input ${i} takes ${data.length} values ` +
          `(${shape.join(" x ")}); received ${x.length}`);
      }
      data.set(x instanceof data.constructor ? x : quantize(inputs[i], x));
    });
    invoke();
    const results = outputs.map(
      (tensor) => (raw ? tensor.data.slice() : dequantize(tensor)));
    return results.length === 1 ? results[0] : results;
  }

  return Object.freeze({
    inputs, outputs, input: inputs[0], output: outputs[0], invoke, predict,
  });
}

/** Real values as a tensor's integers: to the nearest, ties away from zero, clamped. */
export function quantize({ scale, zeroPoint, dtype }, values) {
  const result = new ARRAYS[dtype](values.length);
  if (dtype === "float32") return Float32Array.from(values);
  const [low, high] = LIMITS[dtype];
  for (let i = 0; i < result.length; i++) {
    const steps = Math.fround(Math.fround(values[i]) / scale);
    if (Number.isNaN(steps)) throw new RangeError(`value ${i} is not a number`);
    const away = Math.sign(steps) * Math.round(Math.abs(steps));
    result[i] = Math.min(high, Math.max(low, away + zeroPoint));
  }
  return result;
}

/** A tensor's integers (by default its own) as real values. */
export function dequantize({ scale, zeroPoint, dtype, data }, integers = data) {
  if (dtype === "float32") return Float32Array.from(integers);
  return Float32Array.from(integers, (q) => scale * (q - zeroPoint));
}

const ARRAYS = {
  int8: Int8Array, int16: Int16Array, int32: Int32Array, float32: Float32Array,
};
const LIMITS = {
  int8: [-128, 127], int16: [-32768, 32767], int32: [-(2 ** 31), 2 ** 31 - 1],
};

async function download(place) {
  const answer = await fetch(place);
  if (!answer.ok) throw new Error(`${place}: ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
}
