/** The shader, compiled for one canvas format and one model. */
import LAYOUT from "../layout.wgsl";
import SHADER from "./boids.wgsl";
import { MODELS, type Detail } from "./model.ts";
import { DEPTH } from "./targets.ts";

export interface Pipelines {
  readonly pose: GPUComputePipeline;
  readonly boids: GPURenderPipeline;
  readonly sky: GPURenderPipeline;
  readonly probe: GPURenderPipeline;
}

/** What pipelines are made for. */
export interface Kind {
  readonly format: GPUTextureFormat;
  readonly samples: 1 | 4;
  readonly detail: Detail;
  /** One draw for each boid, or else one for all. */
  readonly instanced: boolean;
}

/** Rejects with what the compiler says. */
export async function compile(device: GPUDevice, { format, samples, detail, instanced }: Kind): Promise<Pipelines> {
  const module = device.createShaderModule({ label: "boids", code: LAYOUT + SHADER });
  const constants = { TRIANGLES: MODELS[detail].triangles };
  const draw = (vertex: string, fragment: string, nearer: boolean) => device.createRenderPipelineAsync({
    layout: "auto",
    vertex: { module, entryPoint: vertex, constants: nearer ? constants : {} },
    fragment: { module, entryPoint: fragment, targets: [{ format }] },
    depthStencil: { format: DEPTH, depthWriteEnabled: nearer, depthCompare: nearer ? "less" : "less-equal" },
    multisample: { count: samples },
  });
  const [pose, boids, sky, probe] = await Promise.all([
    device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "pose", constants } }),
    draw(instanced ? "instanced" : "pulled", "feathers", true),
    draw("everywhere", "behind", false), draw("everywhere", "probe", false),
  ]);
  return { pose, boids, sky, probe };
}

/** Groups of 64 invocations for so many, none of the numbers above what a dispatch may have. */
export function workgroups(invocations: number): [x: number, y: number] {
  const groups = Math.max(Math.ceil(invocations / 64), 1), rows = Math.ceil(groups / 65535);
  return [Math.ceil(groups / rows), rows];
}
