/** The viewer: reads every frame or the latest, and computes or draws what a renderer shows. */
import { placeOf } from "./links.ts";
import type { Frame, Meter, Soon, ViewerLink } from "./links.ts";
import { digest, Sums } from "./sums.ts";
import type { Actor, Evidence, Trial } from "./trial.ts";
import { lastEpoch, soon } from "./trial.ts";

/** What is done with a frame before it counts as used. */
export interface Display {
  show(frame: Frame, meter: Meter): Soon<void>;
  /** The mean time that a device took for a frame, in ns; undefined where there is none or it does not tell. */
  deviceNanoseconds?(): number | undefined;
  close(): void;
}

export class Viewer implements Actor {
  readonly #sums: Sums;
  readonly #evidence: Evidence = {};
  #chain = 0n;
  #taken: Frame | undefined;

  constructor(
    readonly trial: Trial, readonly link: ViewerLink, readonly meter: Meter, readonly display: Display,
    readonly mark: (epoch: number) => void,
  ) {
    this.#sums = new Sums(trial.config.boids);
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
      soon(this.display.show(frame, this.meter), () => this.#see(frame)));
  }

  /** The sums are for the chain: they come behind the mark, but before the frame is given back. */
  #see(frame: Frame): void {
    this.mark(Number(frame.epoch));
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
    return ns === undefined ? this.#evidence : { ...this.#evidence, deviceNanoseconds: ns };
  }

  close(): void {
    this.display.close();
    this.link.close();
  }
}
