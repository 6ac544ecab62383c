/** Times two passes, one after the other, by the clock of the graphics processor. */
export class Stopwatch {
  /** What the first pass and the last have in their descriptors. */
  readonly first: { readonly timestampWrites: GPUComputePassTimestampWrites };
  readonly last: { readonly timestampWrites: GPURenderPassTimestampWrites };
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #mapped: GPUBuffer;

  /** @param device with the feature timestamp-query */
  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ type: "timestamp", count: 2 });
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    this.#resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
    this.#mapped = device.createBuffer({ size: 16, usage: COPY_DST | MAP_READ });
    this.first = { timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: 0 } };
    this.last = { timestampWrites: { querySet: this.#queries, endOfPassWriteIndex: 1 } };
  }

  /** Records, behind the last pass, that the times be kept. */
  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
  }

  /** Returns the nanoseconds between begin and end that were resolved last, once it is complete. One call at a time. */
  async read(): Promise<number> {
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#mapped, 0, 16);
    this.#device.queue.submit([encoder.finish()]);
    await this.#mapped.mapAsync(GPUMapMode.READ);
    const [start, end] = new BigUint64Array(this.#mapped.getMappedRange());
    const nanoseconds = Number(end! - start!);
    this.#mapped.unmap();
    return nanoseconds;
  }
}
