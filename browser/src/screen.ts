/** A display that draws on a canvas by WebGPU, and counts a frame as used once it is complete. */
import { POLICY_DT, POLICY_MAX, POLICY_MIN } from "../host/abi.mjs";
import type { Frame, Meter } from "./links.ts";
import { lookAt } from "./render/camera.ts";
import type { Bounds, Camera, Vector } from "./render/camera.ts";
import { Renderer } from "./render/renderer.ts";
import type { Canvas } from "./render/renderer.ts";
import { Readback } from "./readback.ts";
import type { Drawn, Trial } from "./trial.ts";
import type { Display } from "./viewer.ts";

/** One frame in so many is timed on the graphics processor. */
const TIMED = 8;

export class Screen implements Display {
  readonly #renderer: Renderer;
  readonly #camera: Camera;
  readonly #dt: number;
  readonly #readback: Readback;
  /** Times on the graphics processor, of one frame in so many, in ns. */
  readonly #times: number[] = [];
  #asking = false;
  #frames = 0;

  private constructor(renderer: Renderer, camera: Camera, dt: number, readback: Readback) {
    this.#renderer = renderer;
    this.#camera = camera;
    this.#readback = readback;
    this.#dt = dt;
  }

  /** Takes the canvas for good. Throws an Error in words where this browser cannot draw. */
  static async open(canvas: Canvas, trial: Trial): Promise<Screen> {
    const policy = new DataView(trial.policy.buffer, trial.policy.byteOffset);
    const vector = (at: number): Vector => [policy.getFloat32(at, true), policy.getFloat32(at + 4, true), policy.getFloat32(at + 8, true)];
    const world: Bounds = { min: vector(POLICY_MIN), max: vector(POLICY_MAX) };
    const renderer = await Renderer.open(canvas, trial.config.boids, { world, timestamps: true });
    const camera = lookAt(world, canvas.width / canvas.height);
    return new Screen(renderer, camera, policy.getFloat32(POLICY_DT, true), new Readback(renderer, camera, canvas.width, canvas.height));
  }

  /** The frame goes to the graphics processor in one write, from wherever it lies. */
  async show(frame: Frame, meter: Meter): Promise<void> {
    meter.enter("upload");
    this.#renderer.upload(frame.data);
    meter.enter("draw");
    this.#renderer.draw(this.#camera, this.#seconds(Number(frame.epoch)));
    meter.enter("present");
    await this.#renderer.done();
    meter.enter("compute");
    if (++this.#frames % TIMED === 0) this.#time();
  }

  /** Of the flock's time. */
  #seconds(epoch: number): number {
    return epoch * this.#dt;
  }

  keep(frame: Frame): Promise<void> {
    return this.#readback.keep(Number(frame.epoch), frame.data);
  }

  compare(): Drawn {
    return this.#readback.compare((epoch) => this.#seconds(epoch));
  }

  /** Asks for the time of the frame drawn last, and does not wait for the answer, which a later wait brings. */
  #time(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#renderer.gpuNanoseconds().then((ns) => {
      this.#asking = false;
      if (ns !== null) this.#times.push(ns);
    }, () => {}); // a device that is lost the next frame finds
  }

  /** The mean time on the graphics processor, in ns; undefined where the device does not tell. */
  deviceNanoseconds(): number | undefined {
    return this.#times.length === 0 ? undefined : this.#times.reduce((a, v) => a + v, 0) / this.#times.length;
  }

  close(): void {
    this.#renderer.close();
  }
}
