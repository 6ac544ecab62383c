/**
 * Draws a flock on a canvas by WebGPU. A frame goes to the graphics
 * processor as its columns lie in the engine's memory, in one write; the shader reads
 * these columns. Start at {@link Renderer.open}.
 */
import { FRAME_COLUMNS } from "../abi.ts";
import { stride } from "../../host/layout.mjs";
import type { Bounds, Camera } from "./camera.ts";
import { DeviceState, openDevice, type Adapter } from "./device.ts";
import { MODELS, type Detail } from "./model.ts";
import { compile, workgroups, type Kind, type Pipelines } from "./pipelines.ts";
import { readPixels } from "./pixels.ts";
import { SCENE_FLOATS, USUAL, describe, sizeFor, type Look, type Meaning } from "./scene.ts";
import { Stopwatch } from "./stopwatch.ts";
import { Targets } from "./targets.ts";

/** How boids are drawn; what is left out fits the adapter and the world. */
export interface RendererOptions {
  readonly world: Bounds;
  /** By default the fitness. */
  readonly meaning?: Meaning;
  /** The values of the first and the last colour; by default those that most boids are within. */
  readonly range?: readonly [low: number, high: number];
  /** Half the length of a bird, in units of the world. */
  readonly size?: number;
  /** By default gliders where the adapter is software. */
  readonly detail?: Detail;
  /** By default pulled, one draw for all boids, where the adapter is software. */
  readonly drawing?: "instanced" | "pulled";
  /** Samples a pixel; by default 4, or 1 where the adapter is software. */
  readonly samples?: 1 | 4;
  /** Asks for the time on the graphics processor, which not every device tells. */
  readonly timestamps?: boolean;
  /** Of the adapter; a choice between two graphics processors. */
  readonly power?: GPUPowerPreference;
}

/** A canvas of a worker, or of the page's own thread. */
export type Canvas = OffscreenCanvas | HTMLCanvasElement;

/** What was settled when the renderer was opened. */
interface Setup extends Kind {
  readonly canvas: Canvas;
  readonly context: GPUCanvasContext;
  readonly look: Look;
}

/** Bytes of a Pose of boids.wgsl. */
const POSE_BYTES = 80;

/** How long done takes, in milliseconds, when there is next to nothing to wait for. */
export interface Calibration {
  /** With an empty queue: an answer to this says nothing of a frame. */
  readonly empty: number;
  /** Behind a pass that only clears one pixel: the least that a frame can take. */
  readonly least: number;
}

export class Renderer {
  readonly adapter: Adapter;
  readonly look: Look;
  /** As settled by the options and the adapter. */
  readonly kind: Kind;
  /** For work beside the drawing, and for tests; whoever destroys it ends the renderer. */
  readonly device: GPUDevice;
  /** The frame that was uploaded last: eight columns. */
  readonly frame: GPUBuffer;
  readonly #state: DeviceState;
  readonly #setup: Setup;
  readonly #pipelines: Pipelines;
  readonly #bindings: Readonly<Record<"pose" | "boids" | "sky", GPUBindGroup>>;
  readonly #scene: GPUBuffer;
  readonly #block = new Float32Array(SCENE_FLOATS);
  readonly #stopwatch: Stopwatch | null;
  #targets: Targets | null = null;
  #drawn = false;

  private constructor(state: DeviceState, setup: Setup, pipelines: Pipelines) {
    const { device } = state, { look, format, samples, detail, instanced } = setup;
    this.#state = state;
    this.#setup = setup;
    this.#pipelines = pipelines;
    [this.device, this.adapter, this.look] = [device, state.adapter, look];
    this.kind = { format, samples, detail, instanced };
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const make = (label: string, size: number, usage: number) => device.createBuffer({ label, size: Math.max(size, POSE_BYTES), usage });
    const model = MODELS[detail], boids = Math.max(look.boids, 1);
    this.frame = make("frame", frameBytes(look.boids), STORAGE | COPY_DST | COPY_SRC);
    this.#scene = make("scene", 4 * SCENE_FLOATS, UNIFORM | COPY_DST);
    const leans = make("leans", model.leans.byteLength, STORAGE | COPY_DST);
    const points = make("points", model.points.byteLength, STORAGE | COPY_DST);
    const poses = make("poses", POSE_BYTES * boids, STORAGE), tints = make("tints", 4 * model.triangles * boids, STORAGE);
    device.queue.writeBuffer(leans, 0, model.leans);
    device.queue.writeBuffer(points, 0, model.points);
    const bind = (pipeline: GPURenderPipeline | GPUComputePipeline, buffers: Readonly<Record<number, GPUBuffer>>) => device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: Object.entries(buffers).map(([binding, buffer]) => ({ binding: Number(binding), resource: { buffer } })),
    });
    this.#bindings = {
      pose: bind(pipelines.pose, { 0: this.frame, 1: this.#scene, 2: leans, 3: poses, 4: tints }),
      boids: bind(pipelines.boids, { 5: points, 6: poses, 7: tints }),
      sky: bind(pipelines.sky, { 1: this.#scene }),
    };
    this.#stopwatch = device.features.has("timestamp-query") ? new Stopwatch(device) : null;
  }

  /**
   * Opens an adapter, a device and the canvas, and sees that what it draws can be read
   * back. It takes the canvas for good. Throws an Error that says what is missing.
   *
   * @param boids how many a frame holds
   */
  static async open(canvas: Canvas, boids: number, options: RendererOptions): Promise<Renderer> {
    // The most that a boid has in one buffer: its colours, or its pose.
    const most = boids * Math.max(4 * MODELS.bird.triangles, POSE_BYTES);
    const state = await openDevice(most, options.timestamps ?? false, options.power);
    try {
      const setup = settle(canvas, boids, state, options);
      const renderer = new Renderer(state, setup, await compile(state.device, setup));
      await renderer.#probe();
      return renderer;
    } catch (e) {
      state.close();
      throw e;
    }
  }

  /**
   * Writes a frame to the graphics processor: eight columns of stride(boids) floats. The
   * view may be of a shared memory, and is the caller's again on return.
   */
  upload(frame: Float32Array): void {
    this.#state.check();
    const want = frameBytes(this.look.boids);
    if (frame.byteLength !== want) throw new RangeError(`frame of ${frame.byteLength} bytes, want ${want}`);
    // The types of the DOM know of no view of a shared memory here; the standard does.
    this.device.queue.writeBuffer(this.frame, 0, frame as Float32Array<ArrayBuffer>);
  }

  /**
   * Draws the frame that was uploaded last. Throws an Error that names the reason when
   * the device was lost, or when the call before this one was wrong.
   *
   * @param seconds of the flock's time, by which wings beat
   */
  draw(camera: Camera, seconds = 0): void {
    this.#state.check();
    const { canvas, look } = this.#setup;
    describe(this.#block, camera, look, seconds, [canvas.width, canvas.height]);
    this.device.queue.writeBuffer(this.#scene, 0, this.#block);
    this.#drawn = true;
    const encoder = this.device.createCommandEncoder();
    this.#encode(encoder);
    this.#stopwatch?.resolve(encoder);
    this.device.queue.submit([encoder.finish()]);
  }

  /** Records the passes of the present scene and returns the canvas's texture. */
  #encode(encoder: GPUCommandEncoder): GPUTexture {
    const { context, look, instanced, detail } = this.#setup, texture = context.getCurrentTexture();
    const targets = this.#fit(encoder), times = this.#stopwatch;
    const posing = encoder.beginComputePass(times?.first ?? {});
    posing.setPipeline(this.#pipelines.pose);
    posing.setBindGroup(0, this.#bindings.pose);
    posing.dispatchWorkgroups(...workgroups(look.boids));
    posing.end();
    if (targets.sky !== null) encoder.copyTextureToTexture({ texture: targets.sky }, { texture }, [targets.width, targets.height]);
    const pass = encoder.beginRenderPass({ ...targets.pass(texture, targets.sky === null ? "clear" : "load"), ...times?.last });
    const corners = 3 * MODELS[detail].triangles;
    pass.setPipeline(this.#pipelines.boids);
    pass.setBindGroup(0, this.#bindings.boids);
    if (instanced) pass.draw(corners, look.boids);
    else pass.draw(corners * look.boids);
    if (targets.sky === null) this.#paintSky(pass); // last: pixels of boids are not painted twice
    pass.end();
    return texture;
  }

  #paintSky(pass: GPURenderPassEncoder): void {
    pass.setPipeline(this.#pipelines.sky);
    pass.setBindGroup(0, this.#bindings.sky);
    pass.draw(3);
  }

  /** The targets for the present size of the canvas, with the sky painted. */
  #fit(encoder: GPUCommandEncoder): Targets {
    const { canvas, format, samples } = this.#setup;
    if (this.#targets?.width === canvas.width && this.#targets.height === canvas.height) return this.#targets;
    this.#targets?.destroy();
    this.#targets = new Targets(this.device, canvas.width, canvas.height, format, samples);
    if (this.#targets.sky !== null) {
      const pass = encoder.beginRenderPass(this.#targets.pass(this.#targets.sky, "clear"));
      this.#paintSky(pass);
      pass.end();
    }
    return this.#targets;
  }

  /**
   * Returns once all that was submitted is complete. An empty queue answers at once;
   * see {@link calibrate}. Rejects with the reason when the device was lost.
   */
  async done(): Promise<void> {
    this.#state.check();
    await this.#state.work(this.device.queue.onSubmittedWorkDone());
    this.#state.check();
  }

  /** Measures what done itself takes: the median of so many rounds. */
  async calibrate(rounds = 21): Promise<Calibration> {
    await this.done();
    const texture = this.device.createTexture({ size: [1, 1], format: "rgba8unorm", usage: GPUTextureUsage.RENDER_ATTACHMENT });
    const view = texture.createView();
    const clear = () => {
      const encoder = this.device.createCommandEncoder();
      encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }] }).end();
      this.device.queue.submit([encoder.finish()]);
    };
    const empty = await this.#median(rounds, () => {});
    const least = await this.#median(rounds, clear);
    texture.destroy();
    return { empty, least };
  }

  async #median(rounds: number, submit: () => void): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const start = performance.now();
      submit();
      await this.done();
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[rounds >> 1]!;
  }

  /**
   * The time that the graphics processor took for the pass drawn last, in nanoseconds,
   * or null where it does not tell. A browser may round it to 100 µs. One call at a time.
   */
  async gpuNanoseconds(): Promise<number | null> {
    this.#state.check();
    if (this.#stopwatch === null || !this.#drawn) return null;
    return this.#stopwatch.read();
  }

  /**
   * Returns red, green, blue and alpha of each pixel, row by row from the top. It draws
   * the last frame once more, with the same camera, because what a canvas has shown cannot
   * be read after the task that drew it.
   */
  async readBack(): Promise<Uint8Array<ArrayBuffer>> {
    this.#state.check();
    if (!this.#drawn) throw new Error("nothing was drawn that could be read back");
    const { canvas, format } = this.#setup;
    const pixels = await this.#state.work(readPixels(this.device, format, canvas.width, canvas.height, (encoder) => this.#encode(encoder)));
    this.#state.check();
    return pixels;
  }

  /** Draws one colour on the canvas and reads it: flags of a browser may be such that only that fails. */
  async #probe(): Promise<void> {
    const { canvas, context, format, samples } = this.#setup;
    const targets = new Targets(this.device, canvas.width, canvas.height, format, samples);
    const [r, g, b] = await readPixels(this.device, format, 1, 1, (encoder) => {
      const texture = context.getCurrentTexture(), pass = encoder.beginRenderPass(targets.pass(texture, "clear"));
      pass.setPipeline(this.#pipelines.probe);
      pass.draw(3);
      pass.end();
      return texture;
    }).catch((e: unknown) => { throw new Error(`draw on the canvas by WebGPU: ${e}`); });
    targets.destroy();
    this.#state.check();
    const got = [r!, g!, b!];
    if (got.some((v, i) => Math.abs(v - 64 * (i + 1)) > 2)) {
      throw new Error(`the canvas shows ${got} where WebGPU drew 64,128,191: this browser cannot draw with its flags`);
    }
  }

  /** Gives the device back. The canvas stays as it is. */
  close(): void {
    this.#state.close();
  }
}

function frameBytes(boids: number): number {
  return 4 * FRAME_COLUMNS * stride(boids);
}

/** Puts the options together with what fits the adapter, and takes the canvas. */
function settle(canvas: Canvas, boids: number, { adapter, device }: DeviceState, options: RendererOptions): Setup {
  const context = canvas.getContext("webgpu") as GPUCanvasContext | null;
  if (context === null) throw new Error("the canvas has another context, or this browser has none of WebGPU for it");
  const format = navigator.gpu.getPreferredCanvasFormat();
  const { RENDER_ATTACHMENT, COPY_SRC, COPY_DST } = GPUTextureUsage;
  context.configure({ device, format, alphaMode: "opaque", usage: RENDER_ATTACHMENT | COPY_SRC | COPY_DST });
  const { world, meaning = "fitness", size = sizeFor(world, boids) } = options;
  return {
    canvas, context, format,
    look: { world, boids, meaning, size, range: options.range ?? USUAL[meaning] },
    detail: options.detail ?? (adapter.software ? "glider" : "bird"),
    instanced: (options.drawing ?? (adapter.software ? "pulled" : "instanced")) === "instanced",
    samples: options.samples ?? (adapter.software ? 1 : 4),
  };
}
