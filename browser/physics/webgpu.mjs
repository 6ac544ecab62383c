/** The flock as compute shaders, as a session times and judges it. */
import { FRAME_COLUMNS } from "../host/abi.mjs";
import { stride } from "../host/layout.mjs";
import { ComputeStep } from "../src/render/compute.ts";
import { openDevice } from "../src/render/device.ts";
import { Oracle } from "../src/render/oracle.ts";

/** Pairs of boids that a judgement looks at, at most: the oracle knows no grid. */
const PAIRS = 3e8;

export class ComputeFlock {
  #state;
  #step;
  #boids;
  #policy;

  /**
   * @param {import("../src/render/device.ts").DeviceState} state
   * @param {ComputeStep} step
   * @param {number} boids
   * @param {Uint8Array} policy
   */
  constructor(state, step, boids, policy) {
    this.#state = state;
    this.#step = step;
    this.#boids = boids;
    this.#policy = policy;
  }

  /**
   * Compiles the shaders for a world in space.
   *
   * @param {number} boids
   * @param {Uint8Array} policy its canonical form
   * @param {Float32Array} genome
   */
  static async open(boids, policy, genome) {
    const state = await openDevice(4 * FRAME_COLUMNS * stride(boids), false);
    const step = await state.work(ComputeStep.create(state.device, boids, policy));
    step.setGenome(genome);
    return new ComputeFlock(state, step, boids, policy);
  }

  /** Puts the frame that steps read on the device, and waits until it is there. @param {Float32Array} frame */
  async load(frame) {
    this.#step.setFrame(frame);
    await this.#done();
  }

  /** Computes the same step so many times, one behind the other, and waits for the last. @param {number} count */
  async repeat(count) {
    for (let i = 0; i < count; i++) this.#step.step(this.#policy, false, true);
    await this.#done();
  }

  /** The neighbours of all boids in the last step. */
  async neighbours() {
    const found = await this.#state.work(this.#step.neighbours());
    this.#state.check();
    return found;
  }

  /**
   * Holds a step of the frame to the oracle: as many boids as there are, or every so many
   * of a large world, against all of them. Steps go on from the frame that was loaded.
   *
   * @param {Float32Array} frame
   * @param {Float32Array} genome
   */
  async judge(frame, genome) {
    this.#step.step(this.#policy, false);
    const got = await this.#state.work(this.#step.read()), neighbours = await this.neighbours();
    await this.load(frame);
    const every = Math.max(1, Math.ceil(this.#boids ** 2 / PAIRS));
    const { worst } = new Oracle(this.#policy, frame, genome, this.#boids).judge(got, every);
    return { worst, judged: Math.ceil(this.#boids / every), neighbours };
  }

  async #done() {
    await this.#state.work(this.#state.device.queue.onSubmittedWorkDone());
    this.#state.check();
  }
}
