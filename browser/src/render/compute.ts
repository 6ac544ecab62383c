/**
 * The physics as compute shaders: a rung of the ladder on which a frame never leaves the
 * graphics processor. It computes what the engine does, to within rounding; it checks no
 * state and takes worlds in space only.
 */
import { FRAME_COLUMNS, GENOME_COLUMNS, POLICY_BYTES } from "../abi.ts";
import { stride } from "../../host/layout.mjs";
import { cellsOf, parsePolicy } from "../../host/policy.mjs";
import LAYOUT from "../layout.wgsl";
import SHADER from "./compute.wgsl";
import { workgroups } from "./pipelines.ts";

const PHASES = ["count", "offsets", "scatter", "settle", "step_flock"] as const;
type Phase = (typeof PHASES)[number];

/** Which bindings of compute.wgsl a phase uses: a layout names no others. */
const USES: Readonly<Record<Phase, readonly number[]>> = {
  count: [0, 1, 2, 5, 6], offsets: [1, 5], scatter: [1, 5, 6, 7], settle: [1, 2, 5, 6, 7, 8], step_flock: [0, 1, 2, 3, 4, 5, 8, 9],
};

/** Bytes of a Row of compute.wgsl, and of its World. */
const ROW_BYTES = 32, WORLD_BYTES = 32;

/** Frames that take turns: a step reads one and writes the other. */
interface Side {
  readonly frame: GPUBuffer;
  /** For the step that reads this frame. */
  readonly groups: ReadonlyMap<Phase, GPUBindGroup>;
}

export class ComputeStep {
  readonly #device: GPUDevice;
  readonly #boids: number;
  readonly #cells: readonly [number, number, number];
  readonly #pipelines: ReadonlyMap<Phase, GPUComputePipeline>;
  readonly #buffers: Readonly<Record<"policy" | "world" | "genome" | "starts" | "cellOf" | "order" | "rows" | "neighbours", GPUBuffer>>;
  readonly #sides: readonly [Side, Side];
  #from: 0 | 1 = 0;

  private constructor(
    device: GPUDevice, boids: number, cells: readonly [number, number, number], pipelines: ReadonlyMap<Phase, GPUComputePipeline>,
  ) {
    this.#device = device;
    this.#boids = boids;
    this.#cells = cells;
    this.#pipelines = pipelines;
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const make = (size: number, usage: number) => device.createBuffer({ size: Math.max(size, 16), usage });
    const total = cells[0] * cells[1] * cells[2], column = 4 * stride(boids);
    this.#buffers = {
      policy: make(POLICY_BYTES, UNIFORM | COPY_DST), world: make(WORLD_BYTES, UNIFORM | COPY_DST),
      genome: make(GENOME_COLUMNS * column, STORAGE | COPY_DST), starts: make(4 * (total + 1), STORAGE | COPY_DST),
      cellOf: make(4 * boids, STORAGE), order: make(4 * boids, STORAGE), rows: make(ROW_BYTES * Math.max(boids, 1), STORAGE),
      neighbours: make(4, STORAGE | COPY_DST | COPY_SRC),
    };
    const [a, b] = [0, 1].map(() => make(FRAME_COLUMNS * column, STORAGE | COPY_DST | COPY_SRC)) as [GPUBuffer, GPUBuffer];
    this.#sides = [{ frame: a, groups: this.#bind(a, b) }, { frame: b, groups: this.#bind(b, a) }];
  }

  #bind(from: GPUBuffer, to: GPUBuffer): Map<Phase, GPUBindGroup> {
    const { policy, world, genome, starts, cellOf, order, rows, neighbours } = this.#buffers;
    const all = [policy, world, from, to, genome, starts, cellOf, order, rows, neighbours];
    return new Map(PHASES.map((phase) => [phase, this.#device.createBindGroup({
      layout: this.#pipelines.get(phase)!.getBindGroupLayout(0),
      entries: USES[phase].map((binding) => ({ binding, resource: { buffer: all[binding]! } })),
    })]));
  }

  /**
   * Compiles the phases for a world. Rejects with what the compiler says.
   *
   * @param policy of the first tick, in canonical form: all others must have its bounds and radius
   */
  static async create(device: GPUDevice, boids: number, policy: Uint8Array): Promise<ComputeStep> {
    const cells = cellsOf(parsePolicy(policy, 3), 3), module = device.createShaderModule({ label: "compute", code: LAYOUT + SHADER });
    const pipelines = await Promise.all(PHASES.map(async (entryPoint) =>
      [entryPoint, await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint } })] as const));
    return new ComputeStep(device, boids, cells, new Map(pipelines));
  }

  /** The frame that the next step reads: eight columns, the step's own, for others to copy or to bind. */
  get frame(): GPUBuffer {
    return this.#sides[this.#from].frame;
  }

  /** Writes the frame that the next step reads. The view may be of a shared memory. */
  setFrame(frame: Float32Array): void {
    this.#write(this.frame, frame);
  }

  /** Writes the genome of the steps to come: four columns. */
  setGenome(genome: Float32Array): void {
    this.#write(this.#buffers.genome, genome);
  }

  #write(buffer: GPUBuffer, data: Float32Array | Uint8Array): void {
    if (data.byteLength > buffer.size) throw new RangeError(`${data.byteLength} bytes for a buffer of ${buffer.size}`);
    this.#device.queue.writeBuffer(buffer, 0, data as Uint8Array<ArrayBuffer>);
  }

  /**
   * Submits one tick.
   *
   * @param policy in canonical form
   * @param renumber whether boids get the ids of their places in the order of cells
   * @param again whether the next step reads the same frame as this one, and does the same
   */
  step(policy: Uint8Array, renumber: boolean, again = false): void {
    const { queue } = this.#device, { starts, neighbours } = this.#buffers;
    this.#write(this.#buffers.policy, policy);
    queue.writeBuffer(this.#buffers.world, 0, Uint32Array.of(...this.#cells, this.#boids, renumber ? 1 : 0, 0, 0, 0));
    const encoder = this.#device.createCommandEncoder();
    encoder.clearBuffer(starts);
    encoder.clearBuffer(neighbours);
    const pass = encoder.beginComputePass(), { groups } = this.#sides[this.#from];
    for (const phase of PHASES) {
      pass.setPipeline(this.#pipelines.get(phase)!);
      pass.setBindGroup(0, groups.get(phase)!);
      if (phase === "offsets") pass.dispatchWorkgroups(1);
      else pass.dispatchWorkgroups(...workgroups(this.#boids));
    }
    pass.end();
    queue.submit([encoder.finish()]);
    if (!again) this.#from = this.#from === 0 ? 1 : 0;
  }

  /** Returns a copy of the frame of the last step, once that is complete. */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.#readBytes(this.frame, 4 * FRAME_COLUMNS * stride(this.#boids)));
  }

  /** Returns the neighbours of all boids together in the last step, modulo 2³². */
  async neighbours(): Promise<number> {
    return new Uint32Array(await this.#readBytes(this.#buffers.neighbours, 4))[0]!;
  }

  async #readBytes(from: GPUBuffer, size: number): Promise<ArrayBuffer> {
    const to = this.#device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, to, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await to.mapAsync(GPUMapMode.READ);
    const bytes = to.getMappedRange().slice(0);
    to.destroy();
    return bytes;
  }
}
