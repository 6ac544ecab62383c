/**
 * Whether what a viewer has drawn is what it should have. A few pictures are read back
 * outside of the measured window, and compared with those of a renderer in software when
 * the trial is over: that takes far longer than to draw them.
 */
import { judge } from "./render/compare.ts";
import type { Camera } from "./render/camera.ts";
import type { Renderer } from "./render/renderer.ts";
import { draw, fractionsOf } from "./render/software.ts";
import type { Config } from "./links.ts";
import type { Drawn } from "./trial.ts";
import { lastEpoch } from "./trial.ts";

/** A frame that was drawn, and the picture that was read back. */
interface Kept {
  readonly epoch: number;
  readonly frame: Float32Array;
  readonly pixels: Uint8Array;
}

/**
 * Which frames are compared: the first two, the first of the second quarter of the
 * warm-up, and the one behind the window. A viewer of the latest frame that has not come
 * to one of them in the first half of the warm-up leaves it out: what it is late by must
 * not reach into the window.
 */
export class Chosen {
  readonly #due: number[];

  constructor(readonly config: Config) {
    this.#due = [0, 1, config.warmUp >> 2];
  }

  /** Whether the frame of an epoch is one of them. It is asked once for each frame, in order. */
  has(epoch: number): boolean {
    if (epoch === lastEpoch(this.config)) return true;
    const due = this.#due[0];
    if (due === undefined || epoch < due || 2 * epoch >= this.config.warmUp) return false;
    this.#due.shift();
    return true;
  }
}

export class Readback {
  readonly #kept: Kept[] = [];

  constructor(readonly renderer: Renderer, readonly camera: Camera, readonly width: number, readonly height: number) {}

  /** Whether pictures can be compared: the reference has one sample a pixel. */
  get able(): boolean {
    return this.renderer.kind.samples === 1;
  }

  /** Keeps the frame that was drawn last and its picture. */
  async keep(epoch: number, frame: Float32Array): Promise<void> {
    if (this.able) this.#kept.push({ epoch, frame: frame.slice(), pixels: await this.renderer.readBack() });
  }

  /** Compares what was kept. Throws an Error that names the tick at which something else was drawn. */
  compare(secondsOf: (epoch: number) => number): Drawn {
    const { camera, width, height, renderer: { look, kind: { detail } } } = this;
    const sky = draw(new Float32Array(0), camera, { ...look, boids: 0 }, detail, 0, width, height);
    let worst = 0;
    for (const { epoch, frame, pixels } of this.#kept) {
      const reference = draw(frame, camera, look, detail, secondsOf(epoch), width, height, fractionsOf(this.renderer.adapter), sky);
      const verdict = judge({ drawn: pixels, reference, sky, width, height });
      if (!(verdict.worst <= 1)) {
        throw new Error(`what was drawn differs from the reference at tick ${epoch}: ${percent(verdict.pixels)} of the pixels differ, ` +
          `${percent(verdict.beyondEdges)} beyond edges, where ${percent(verdict.boids)} show boids`);
      }
      worst = Math.max(worst, verdict.worst);
    }
    return { epochs: this.#kept.map((k) => k.epoch), worst };
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}
