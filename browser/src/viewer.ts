/** The viewer: reads every frame or the latest, and computes or draws what a renderer shows. */
import { placeOf } from "./links.ts";
import type { Frame, Meter, Soon, ViewerLink } from "./links.ts";
import { Chosen } from "./readback.ts";
import { digest, Sums } from "./sums.ts";
import type { Actor, Drawn, Evidence, Trial } from "./trial.ts";
import { lastEpoch, soon } from "./trial.ts";

/** What is done with a frame before it counts as used. */
export interface Display {
  show(frame: Frame, meter: Meter): Soon<void>;
  /** The mean time that a device took for a frame, in ns; undefined where there is none or it does not tell. */
  deviceNanoseconds?(): number | undefined;
  /** Keeps what it has shown of the last frame, to be compared. */
  keep?(frame: Frame): Soon<void>;
  /** Compares it with what should have been shown. Throws an Error where that is something else. */
  compare?(): Drawn;
  close(): void;
}

export class Viewer implements Actor {
  readonly #sums: Sums;
  readonly #evidence: Evidence = {};
  readonly #chosen: Chosen;
  #chain = 0n;
  #taken: Frame | undefined;

  constructor(
    readonly trial: Trial, readonly link: ViewerLink, readonly meter: Meter, readonly display: Display,
    readonly mark: (epoch: number) => void,
  ) {
    this.#sums = new Sums(trial.config.boids);
    this.#chosen = new Chosen(trial.config);
    if (trial.config.latest) this.#evidence.seen = [];
  }

  /** Takes the newest frame of an epoch or a later one, which the next tick uses, and returns its epoch. */
  take(epoch: number): Soon<number> {
    return soon(this.link.acquireLatest(BigInt(epoch)), (frame) => {
      this.#taken = frame;
      return Number(frame.epoch);
    });
  }

  tick(epoch: number): Soon<void> {
    const taken = this.#taken;
    this.#taken = undefined;
    return soon(taken ?? this.link.acquireFrame(BigInt(epoch)), (frame) =>
      soon(this.display.show(frame, this.meter), () => {
        this.mark(Number(frame.epoch));
        const kept = this.display.keep && this.#chosen.has(Number(frame.epoch)) ? this.display.keep(frame) : undefined;
        return soon(kept, () => this.#see(frame));
      }));
  }

  /** The sums are for the chain: they come behind the mark, but before the frame is given back. */
  #see(frame: Frame): void {
    const place = placeOf(this.link, frame); // of every frame
    this.#sums.survey(frame.data);
    this.#chain = this.#sums.fold(this.#chain);
    this.#evidence.seen?.push({ epoch: Number(frame.epoch), hash: this.#sums.fold(0n).toString() });
    if (Number(frame.epoch) === lastEpoch(this.trial.config)) {
      if (place) this.#evidence.place = place;
      this.#evidence.digest = digest(frame.epoch, frame.data, this.trial.config.boids);
      if (!this.trial.config.latest) this.#evidence.chain = this.#chain.toString(16).padStart(16, "0");
    }
    this.link.releaseFrame(frame);
  }

  evidence(): Evidence {
    const ns = this.display.deviceNanoseconds?.();
    if (ns !== undefined) this.#evidence.deviceNanoseconds = ns;
    const drawn = this.display.compare?.();
    if (drawn) this.#evidence.drawn = drawn;
    return this.#evidence;
  }

  close(): void {
    this.display.close();
    this.link.close();
  }
}
