/** The worker of page.test-page.ts: flies a flock and draws it, as the test asks. */
import { DEFAULT_VIEW, lookAt, type Camera, type View } from "./camera.ts";
import { judge } from "./compare.ts";
import { ComputeStep } from "./compute.ts";
import { Flight } from "./flight.ts";
import { Oracle } from "./oracle.ts";
import { Renderer, type RendererOptions } from "./renderer.ts";
import { draw, fractionsOf } from "./software.ts";

interface Opening extends Partial<RendererOptions> {
  readonly boids: number;
  readonly width: number;
  readonly height: number;
  /** The policy of epoch 0 in canonical form, as hexadecimal digits. */
  readonly policy: string;
  readonly view?: Partial<View>;
}

let canvas: OffscreenCanvas, renderer: Renderer, flight: Flight, camera: Camera;

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const seconds = () => flight.epoch / 60;

function look(view: Partial<View> = {}): void {
  camera = lookAt(flight.bounds, canvas.width / canvas.height, { ...DEFAULT_VIEW, ...view });
}

function frame(): void {
  renderer.upload(flight.frame);
  renderer.draw(camera, seconds());
}

/** What the page may call. */
const calls = {
  async open({ boids, width, height, policy, view, ...options }: Opening) {
    const module = await WebAssembly.compileStreaming(fetch("flock.wasm"));
    flight = new Flight(module, boids, bytesOf(policy), 1n);
    [canvas.width, canvas.height] = [width, height];
    look(view);
    renderer = await Renderer.open(canvas, boids, { world: flight.bounds, ...options });
    return { adapter: renderer.adapter, ...renderer.kind };
  },
  /** Tries to open a renderer that cannot be; a worker hides WebGPU from it if asked to. */
  async refuse({ frames = 1, without }: { frames?: number; without?: "gpu" | "adapter" }) {
    const { gpu } = navigator, hidden = without === "gpu" ? undefined : { requestAdapter: async () => null };
    if (without !== undefined) Object.defineProperty(navigator, "gpu", { value: hidden, configurable: true });
    try {
      await Renderer.open(new OffscreenCanvas(8, 8), frames, { world: { min: [0, 0, 0], max: [1, 1, 1] } });
    } finally {
      Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
    }
  },
  fly: (ticks: number) => flight.fly(ticks),
  view: look,
  frame: async () => {
    frame();
    await renderer.done();
  },
  /** Draws, and compares with the picture of software.ts. */
  async compare() {
    frame();
    const { width, height } = canvas, pixels = await renderer.readBack();
    const want = draw(flight.frame, camera, renderer.look, renderer.kind.detail, seconds(), width, height, fractionsOf(renderer.adapter));
    const sky = draw(new Float32Array(0), camera, { ...renderer.look, boids: 0 }, renderer.kind.detail, 0, width, height);
    return judge({ drawn: pixels, reference: want, sky, width, height });
  },
  /** Has the graphics processor step the frames of so many ticks, each on its own, and judges every step. */
  async judge(ticks: number) {
    const { device, look: { boids } } = renderer;
    const step = await ComputeStep.create(device, boids, flight.policy), [genome] = flight.world.genomes!;
    const answers = [];
    for (let i = 0; i < ticks; i++) {
      const oracle = new Oracle(flight.policy, flight.frame.slice(), genome!, boids);
      step.setGenome(genome!);
      step.setFrame(flight.frame);
      step.step(flight.policy, false);
      const engine = flight.step(false), got = await step.read(), verdict = oracle.judge(got);
      const same = got.reduce((sum, v, at) => sum + Number(v === flight.frame[at]), 0) / got.length;
      answers.push({ ...verdict, engine, ours: await step.neighbours(), same, engineWorst: oracle.judge(flight.frame).worst });
    }
    return answers;
  },
  /** Steps so many ticks on the graphics processor alone, with new numbers where the engine gives them, and tells how far it got from the engine. */
  async race(ticks: number) {
    const step = await ComputeStep.create(renderer.device, renderer.look.boids, flight.policy);
    step.setGenome(flight.world.genomes![0]!);
    step.setFrame(flight.frame);
    for (let i = 0; i < ticks; i++) {
      step.step(flight.policy, i % 2 === 0);
      flight.step(i % 2 === 0);
    }
    const got = await step.read();
    return got.reduce((far, v, at) => Math.max(far, Math.abs(v - flight.frame[at]!)), 0);
  },
  /** Draws for so many milliseconds, a tick a frame, each frame complete before the next. */
  async rate(milliseconds: number) {
    const start = performance.now();
    let frames = 0;
    while (performance.now() - start < milliseconds) {
      flight.fly(1);
      frame();
      await renderer.done();
      frames++;
    }
    return frames / (performance.now() - start) * 1000;
  },
  calibrate: () => renderer.calibrate(),
  gpu: async () => {
    frame();
    return renderer.gpuNanoseconds();
  },
  destroy: () => renderer.device.destroy(),
  /** The picture as PNG in base64. */
  async picture() {
    frame();
    const { width, height } = canvas, plain = new OffscreenCanvas(width, height);
    const pixels = new Uint8ClampedArray((await renderer.readBack()).buffer);
    plain.getContext("2d")!.putImageData(new ImageData(pixels, width, height), 0, 0);
    const png = new Uint8Array(await (await plain.convertToBlob({ type: "image/png" })).arrayBuffer());
    return btoa(Array.from(png, (b) => String.fromCharCode(b)).join(""));
  },
  /** Shares of the boids by speed, energy and fitness, for who chooses a range of colours. */
  spread() {
    const n = renderer.look.boids, column = flight.frame.length / 8, at = (c: number, i: number) => flight.frame[c * column + i]!;
    const quantiles = (v: number[]) => v.sort((a, b) => a - b).filter((_, i) => i % Math.ceil(n / 10) === 0);
    const speeds = Array.from({ length: n }, (_, i) => Math.hypot(at(3, i), at(4, i), at(5, i)));
    return [speeds, ...[6, 7].map((c) => Array.from({ length: n }, (_, i) => at(c, i)))].map(quantiles);
  },
};

type Message = { readonly offscreen: OffscreenCanvas } | { readonly name: keyof typeof calls; readonly argument: never };

addEventListener("message", async ({ data }: MessageEvent<Message>) => {
  if ("offscreen" in data) {
    canvas = data.offscreen;
    return;
  }
  try {
    postMessage({ answer: (await calls[data.name](data.argument)) ?? null });
  } catch (e) {
    postMessage({ error: `${e}` });
  }
});
