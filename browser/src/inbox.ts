/** What a worker has been told by another, in order, for who waits for it. */
import type { Meter, Soon } from "./links.ts";

/** A message between roles. Its kind is that of Go's headers. */
export interface Message {
  readonly kind: "policy" | "genome" | "frame" | "used" | "want" | "back";
  /** Of the tick; of a genome its generation. */
  readonly epoch: bigint;
  readonly body?: Uint8Array | Float32Array;
}

/** The messages that came by a port. */
export class Inbox {
  readonly #port: MessagePort;
  readonly #queue: Message[] = [];
  /** Takes a buffer that its reader hands back, which nobody waits for. */
  onBack: ((body: Message["body"]) => void) | undefined;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort, readonly meter: Meter) {
    this.#port = port;
    port.onmessage = (event: MessageEvent<Message>) => { // while the role waits, for this one or another, or for its picture
      const waits = meter.enter("receive");
      const m = event.data; // which is made of bytes here
      meter.enter(waits);
      if (m.kind === "back") this.onBack?.(m.body);
      else this.#queue.push(m);
      if (this.#queue.length > 0) this.#wake?.();
    };
  }

  /** How many have come and were not taken. */
  get length(): number {
    return this.#queue.length;
  }

  /** Returns the next message, once there is one. Who has waited enters the phase that is next. */
  next(): Soon<Message> {
    const here = this.#queue.shift();
    if (here) return here;
    this.meter.enter("wait");
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        this.meter.enter("receive"); // until who waits goes on, some promises later
        resolve(this.#queue.shift()!);
      };
    });
  }

  /** Returns the next, which must be of a kind. */
  async expect(kind: Message["kind"]): Promise<Message> {
    const m = await this.next();
    this.meter.enter("compute");
    if (m.kind !== kind) throw new Error(`got a ${m.kind} (${m.epoch}), a ${kind} is due`);
    return m;
  }

  send(m: Message, transfer: Transferable[] = []): void {
    this.#port.postMessage(m, transfer);
  }

  close(): void {
    this.#port.close();
  }
}
