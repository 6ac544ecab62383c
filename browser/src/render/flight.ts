/** A flock that flies without a transport, for tests and pictures: the engine's module, and the kernel's steering. */
import { ENERGY, GENERATION_TICKS, POLICY_EPOCH, POLICY_GENERATION, POLICY_GOAL, POLICY_MAX, POLICY_MIN, POLICY_TARGET } from "../abi.ts";
import { stride } from "../../host/layout.mjs";
import { World } from "../../host/world.mjs";
import type { Bounds, Vector } from "./camera.ts";

/** A turn of 0.005 rad a tick: decide of scenarios/flock/kernel.go. */
const H = 1 / 400, COS = (1 - H * H) / (1 + H * H), SIN = 2 * H / (1 + H * H);

/**
 * A world that a kernel steers as the real one does, but for its genes: they are drawn
 * once and never bred.
 */
export class Flight {
  readonly world: World;
  readonly bounds: Bounds;
  #epoch = 0;
  #slot = 0;
  #orbit: [number, number] = [1, 0];
  readonly #boids: number;
  readonly #policy: DataView<ArrayBuffer>;
  readonly #goal: number;
  readonly #centre: Vector;

  /** @param policy that of epoch 0, in canonical form */
  constructor(module: WebAssembly.Module, boids: number, policy: Uint8Array, seed: bigint) {
    this.world = new World(module, boids, 3, policy);
    this.world.seed(seed, 0);
    this.#boids = boids;
    this.#policy = new DataView(Uint8Array.from(policy).buffer);
    const vector = (at: number): Vector => [0, 4, 8].map((i) => this.#policy.getFloat32(at + i, true)) as unknown as Vector;
    this.#goal = this.#policy.getFloat32(POLICY_GOAL, true);
    this.#centre = vector(POLICY_TARGET);
    this.bounds = { min: vector(POLICY_MIN), max: vector(POLICY_MAX) };
    let state = Number(seed & 0xffffn) + 1;
    for (const genome of this.world.genomes!) {
      for (let i = 0; i < genome.length; i++) {
        state = Math.imul(state, 1664525) + 1013904223 >>> 0;
        genome[i] = 0.5 + state / 2 ** 32;
      }
    }
    this.world.genomes![1]!.set(this.world.genomes![0]!);
  }

  /** The ticks flown. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The last frame, in the memory of the module: valid until the next tick but one. */
  get frame(): Float32Array {
    return this.world.frames![this.#slot]!;
  }

  /** The policy of the next tick, in canonical form: a copy. */
  get policy(): Uint8Array<ArrayBuffer> {
    this.#policy.setBigUint64(POLICY_EPOCH, BigInt(this.#epoch), true);
    this.#policy.setBigUint64(POLICY_GENERATION, BigInt(this.#generation), true);
    return new Uint8Array(this.#policy.buffer.slice(0));
  }

  get #generation(): number {
    return Math.floor(this.#epoch / GENERATION_TICKS);
  }

  /** Flies so many ticks. */
  fly(ticks: number): void {
    for (let i = 0; i < ticks; i++) this.step(this.#epoch % GENERATION_TICKS === 0);
  }

  /** Flies one tick and returns the neighbours of all boids together. */
  step(renumber: boolean): number {
    const next = 1 - this.#slot;
    this.world.policies![this.#epoch % 2]!.set(this.policy);
    const neighbours = this.world.run("step", this.#epoch, this.#generation, this.#slot, next, renumber);
    this.#slot = next;
    this.#epoch++;
    this.#decide();
    return neighbours;
  }

  /** The target walks a circle, and a flock with energy to spare is pulled to it more strongly. */
  #decide(): void {
    const [x, y] = this.#orbit, reach = (this.bounds.max[0] - this.bounds.min[0]) / 4;
    this.#orbit = [COS * x - SIN * y, SIN * x + COS * y];
    const energy = this.frame.subarray(ENERGY * stride(this.#boids), ENERGY * stride(this.#boids) + this.#boids);
    const mean = energy.reduce((sum, v) => sum + v, 0) / Math.max(this.#boids, 1);
    [0, 1].forEach((i) => this.#policy.setFloat32(POLICY_TARGET + 4 * i, this.#centre[i as 0]! + reach * this.#orbit[i]!, true));
    this.#policy.setFloat32(POLICY_GOAL, this.#goal * (0.5 * mean + 0.75), true);
  }
}
