// Pictures of sound in the page, and the sound of the pictures: window, hop and bands.
//
// data: {rate, sounds: {name: 16-bit samples as base64}, windows, hops: [ms, ...],
//   bands: [0 for all bins, 32, ...], start: {sound, window, hop, bands}}. It tells
// {sound, window, hop, bands, columns, rows, mean}; features/sound.py computes the same
// picture, and a test compares.

const FLOOR = 2 ** -30;
const SHOWN = [-24, -2]; // doublings of power, dark to bright
const [LOW_HZ, HIGH_HZ] = [80, 7600];

export function render({ root, data, values, emit }) {
  const { rate, windows, hops } = data;
  const now = { ...data.start, ...values };
  const sounds = Object.fromEntries(
    Object.entries(data.sounds).map(([name, text]) => [name, samplesOf(text)]));
  if (!sounds[now.sound]) now.sound = Object.keys(sounds)[0];
  const place = el("div", {});
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "spectrogram-sentence",
  });
  const problem = el("p", { class: "tw-note", role: "alert" });
  const names = () => Object.keys(sounds);
  const control = (name, label, list, form, texts = list.map(String)) => controlView(
    { name, label, form, texts, positions: list.map((_, i) => i) },
    Math.max(0, list.indexOf(now[name])),
    (at) => { now[name] = list[at]; draw(); }).node;
  const choose = () => control("sound", "sound", names(), "choice");
  let soundView = choose();
  const button = (label, name, onclick) => el("button",
    { type: "button", class: "tw-button", "data-testid": `spectrogram-${name}`, onclick },
    label);
  const buttons = el("div", { class: "tw-row" },
    button("Play the sound", "sound", () => start(sounds[now.sound])),
    button("Play the picture", "picture", () => start(heardAgain(picture))));
  if (globalThis.navigator?.mediaDevices?.getUserMedia && globalThis.MediaRecorder) {
    buttons.append(button("Record a second", "record", record));
  }
  const controls = el("div", { class: "tw-controls" }, soundView,
    control("window", "window (ms)", windows, "slider"),
    control("hop", "hop (ms)", hops, "slider"),
    control("bands", "rows", data.bands, "choice",
      data.bands.map((count) => (count ? `${count} mel bands` : "all bins"))));
  root.append(controls, buttons, place, sentence, problem);

  let picture, chart, cursor;
  function draw() {
    stop();
    picture = pictureOf(sounds[now.sound], now, rate);
    const { columns, rows, seconds, at, width } = picture;
    place.replaceChildren();
    const top = now.bands || rate / 2000;
    chart = plot(place, {
      x: [0, seconds], y: [0, top], xLabel: "seconds",
      yLabel: now.bands ? "mel band" : "kilohertz", testid: "spectrogram-plot",
      label: `The picture of ${now.sound}: power over time, bright where it is loud`,
    });
    chart.marks.append(svgEl("image", {
      href: imageOf(picture), preserveAspectRatio: "none",
      x: chart.toX(at), width: chart.toX(at + columns * width) - chart.toX(at),
      y: chart.toY(top), height: chart.toY(0) - chart.toY(top),
      style: "image-rendering: pixelated",
    }));
    cursor = chart.segments([]);
    cursor.node.setAttribute("style", "stroke: #d55e00; stroke-width: 2");
    const size = formatNumber(columns * rows);
    const samples = Math.round((now.window * rate) / 1000);
    sentence.textContent = `${now.window} ms are ${formatNumber(samples)} samples. ` +
      `The picture has ${columns} columns of ${rows} numbers, ${size} in all; the ` +
      `sound has ${formatNumber(sounds[now.sound].length)}.`;
    sentence.dataset.mean = picture.mean.toFixed(5);
    emit({ ...now, columns, rows, mean: picture.mean });
  }

  let audio, source, moving;
  function stop() {
    cancelAnimationFrame(moving);
    if (source) source.stop();
    source = undefined;
    cursor?.set([]);
  }
  function start(samples) {
    stop();
    const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    if (!Context) {
      problem.textContent = "This browser plays no sound here.";
      return;
    }
    audio ??= new Context();
    audio.resume();
    const buffer = audio.createBuffer(1, samples.length, rate);
    buffer.getChannelData(0).set(samples);
    source = audio.createBufferSource();
    source.buffer = buffer;
    source.connect(audio.destination);
    source.onended = () => cursor.set([]);
    source.start();
    const [began, mine] = [audio.currentTime, source];
    const move = () => {
      if (source !== mine) return;
      const t = audio.currentTime - began;
      if (t > samples.length / rate) return;
      cursor.set([[t, chart.y[0], t, chart.y[1]]]);
      moving = requestAnimationFrame(move);
    };
    move();
  }

  // The recording stays in this page: nothing is sent or stored.
  async function record(event) {
    const pressed = event.currentTarget;
    problem.textContent = "";
    pressed.disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const recorder = new MediaRecorder(stream);
      const parts = [];
      recorder.ondataavailable = (part) => parts.push(part.data);
      const ended = new Promise((done) => { recorder.onstop = done; });
      recorder.start();
      pressed.textContent = "Speak now ...";
      await new Promise((done) => { setTimeout(done, 1300); });
      recorder.stop();
      await ended;
      stream.getTracks().forEach((track) => track.stop());
      const raw = await new Blob(parts).arrayBuffer();
      const slow = new OfflineAudioContext(1, 1, rate); // decodes to our rate
      const heard = (await slow.decodeAudioData(raw)).getChannelData(0);
      sounds["your recording"] = heard.slice(-rate);
      now.sound = "your recording";
      const fresh = choose();
      soundView.replaceWith(fresh);
      soundView = fresh;
      draw();
    } catch (error) {
      problem.textContent = `There is no recording: ${error.message || error.name}.`;
    }
    pressed.disabled = false;
    pressed.textContent = "Record a second";
  }

  draw();
  return () => { stop(); audio?.close(); };
}

function samplesOf(text) {
  const raw = atob(text);
  const out = new Float32Array(raw.length / 2);
  for (let i = 0; i < out.length; i += 1) {
    const pair = raw.charCodeAt(2 * i) | (raw.charCodeAt(2 * i + 1) << 8);
    out[i] = (pair > 32767 ? pair - 65536 : pair) / 32768;
  }
  return out;
}

const melOf = (hz) => 2595 * Math.log10(1 + hz / 700);

/** For each bin and band the share, as rows of [bin, share]. */
function triangles(bands, points, rate) {
  const [low, high] = [melOf(LOW_HZ), melOf(HIGH_HZ)];
  const width = (high - low) / (bands + 1);
  return Array.from({ length: bands }, (_, band) => {
    const row = [];
    for (let bin = 0; bin <= points / 2; bin += 1) {
      const mel = melOf((bin * rate) / points);
      const share = 1 - Math.abs(mel - low - (band + 1) * width) / width;
      if (share > 0) row.push([bin, share]);
    }
    return row;
  });
}

/** The picture of a sound: columns of log2 power, of bins or of mel bands. */
function pictureOf(x, { window: ms, hop: hopMs, bands }, rate) {
  const [window, hop] = [ms, hopMs].map((one) => Math.round((one * rate) / 1000));
  const points = Math.max(512, 2 ** Math.ceil(Math.log2(window)));
  const columns = Math.max(1, 1 + Math.floor((x.length - window) / hop));
  const fade = Float64Array.from({ length: window },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window));
  const full = fade.reduce((sum, value) => sum + value, 0) / 2;
  const shares = bands ? triangles(bands, points, rate) : null;
  const rows = bands || points / 2 + 1;
  const logs = new Float64Array(columns * rows);
  const [re, im] = [new Float64Array(points), new Float64Array(points)];
  let total = 0;
  for (let column = 0; column < columns; column += 1) {
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < window; i += 1) re[i] = (x[column * hop + i] ?? 0) * fade[i];
    transform(re, im);
    const power = (bin) => (re[bin] ** 2 + im[bin] ** 2) / full ** 2;
    for (let row = 0; row < rows; row += 1) {
      const energy = shares
        ? shares[row].reduce((sum, [bin, share]) => sum + share * power(bin), 0)
        : power(row);
      const value = Math.log2(energy + FLOOR);
      logs[column * rows + row] = value;
      total += value;
    }
  }
  return {
    logs, columns, rows, shares, points, hop, window, length: x.length,
    mean: total / logs.length, seconds: x.length / rate, width: hop / rate,
    at: (window - hop) / 2 / rate,
  };
}

/** The fast Fourier transform of re + i im, in place. */
function transform(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let half = 1; half < n; half *= 2) {
    for (let j = 0; j < half; j += 1) {
      const [c, s] = [Math.cos((Math.PI * j) / half), Math.sin((Math.PI * j) / half)];
      for (let a = j; a < n; a += 2 * half) {
        const b = a + half;
        const [tr, ti] = [c * re[b] + s * im[b], c * im[b] - s * re[b]];
        [re[b], im[b]] = [re[a] - tr, im[a] - ti];
        re[a] += tr;
        im[a] += ti;
      }
    }
  }
}

/** Noise with the power that the picture tells, in each band and at each moment. */
function heardAgain({ logs, columns, rows, shares, points, hop, window, length }) {
  const out = new Float32Array(length);
  const shift = Math.round(window / 2) - hop; // noise and window have one middle
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const [re, im] = [new Float64Array(points), new Float64Array(points)];
  for (let column = 0; column < columns; column += 1) {
    re.fill(0);
    im.fill(0);
    const put = (bin, power) => { re[bin] += power; };
    for (let row = 0; row < rows; row += 1) {
      const power = Math.max(0, 2 ** logs[column * rows + row] - 4 * FLOOR);
      if (!shares) put(row, power);
      else {
        const whole = shares[row].reduce((sum, [, share]) => sum + share, 0);
        shares[row].forEach(([bin, share]) => put(bin, (power * share) / whole));
      }
    }
    for (let bin = 0; bin <= points / 2; bin += 1) {
      const [size, turn] = [Math.sqrt(re[bin]), 2 * Math.PI * random()];
      [re[bin], im[bin]] = [size * Math.cos(turn), size * Math.sin(turn)];
    }
    transform(re, im); // only its real part is heard
    for (let i = 0; i < 2 * hop; i += 1) {
      const fade = 0.5 - 0.5 * Math.cos((Math.PI * i) / hop);
      const at = column * hop + shift + i;
      if (at >= 0 && at < length) out[at] += fade * re[i % points];
    }
  }
  const peak = out.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return out.map((value) => (0.6 * value) / peak);
}

function imageOf({ logs, columns, rows }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const colours = Array.from({ length: 65 },
    (_, i) => shade(i / 64).match(/\d+/g).map(Number));
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      const share = (logs[column * rows + row] - SHOWN[0]) / (SHOWN[1] - SHOWN[0]);
      const colour = colours[Math.round(64 * Math.min(1, Math.max(0, share)))];
      image.data.set([...colour, 255], 4 * ((rows - 1 - row) * columns + column));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
