/** What a pass needs besides the canvas; made for one size of it. */

export const DEPTH: GPUTextureFormat = "depth24plus";

export class Targets {
  readonly #depth: GPUTexture;
  readonly #colour: GPUTexture | null;
  /** What is behind the boids, painted once; null where a canvas cannot begin with it. */
  readonly sky: GPUTexture | null;

  constructor(
    device: GPUDevice, readonly width: number, readonly height: number, format: GPUTextureFormat, readonly samples: 1 | 4,
  ) {
    const { RENDER_ATTACHMENT, COPY_SRC } = GPUTextureUsage;
    const make = (f: GPUTextureFormat, usage = RENDER_ATTACHMENT, sampleCount: number = samples) =>
      device.createTexture({ size: [width, height], format: f, sampleCount, usage });
    this.#depth = make(DEPTH);
    this.#colour = samples > 1 ? make(format) : null;
    this.sky = samples > 1 ? null : make(format, RENDER_ATTACHMENT | COPY_SRC, 1);
  }

  /** The descriptor of a pass that draws to a texture of the same size, on top of what it holds or all new. */
  pass(texture: GPUTexture, loadOp: GPULoadOp): GPURenderPassDescriptor {
    const view = texture.createView();
    const colour = this.#colour === null ? { view, storeOp: "store" as const }
      : { view: this.#colour.createView(), resolveTarget: view, storeOp: "discard" as const };
    return {
      colorAttachments: [{ ...colour, loadOp }],
      depthStencilAttachment: { view: this.#depth.createView(), depthClearValue: 1, depthLoadOp: "clear", depthStoreOp: "discard" },
    };
  }

  destroy(): void {
    for (const texture of [this.#depth, this.#colour, this.sky]) texture?.destroy();
  }
}
