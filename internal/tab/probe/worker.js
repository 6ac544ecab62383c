// Draws one colour on a canvas by WebGPU and reads it back, twice: from the texture, and
// as the picture that a page would show. A browser without the flags that it takes has an
// adapter, and fails only there.
const colour = [51, 102, 204, 255];
const size = 16;

class Refused extends Error {}

async function adapterOf() {
  if (!navigator.gpu) throw new Refused("the browser has no WebGPU");
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Refused("WebGPU has no adapter");
  return adapter;
}

/** Draws, and returns the first pixel of the texture in red, green, blue, alpha. */
async function draw(device, canvas) {
  const context = canvas.getContext("webgpu");
  if (!context) throw new Refused("a canvas in a worker has no context of WebGPU");
  const format = "rgba8unorm";
  context.configure({ device, format, usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC });
  const texture = context.getCurrentTexture();
  const encoder = device.createCommandEncoder();
  const [r, g, b, a] = colour.map((c) => c / 255);
  const attachment = { view: texture.createView(), clearValue: { r, g, b, a }, loadOp: "clear", storeOp: "store" };
  encoder.beginRenderPass({ colorAttachments: [attachment] }).end();
  const buffer = device.createBuffer({ size: 256 * size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow: 256 }, [size, size]);
  device.queue.submit([encoder.finish()]);
  const shown = canvas.transferToImageBitmap();
  await buffer.mapAsync(GPUMapMode.READ);
  return { texture: [...new Uint8Array(buffer.getMappedRange(), 0, 4)], shown: pixelOf(shown) };
}

function pixelOf(picture) {
  const context = new OffscreenCanvas(size, size).getContext("2d");
  context.drawImage(picture, 0, 0);
  return [...context.getImageData(0, 0, 1, 1).data];
}

async function probe(memory) {
  if (!(memory.buffer instanceof SharedArrayBuffer)) throw new Refused("the memory of a module does not reach a worker shared");
  Atomics.wait(new Int32Array(memory.buffer), 0, 0, 1);
  const adapter = await adapterOf();
  const device = await adapter.requestDevice();
  let wrong;
  device.addEventListener("uncapturederror", (event) => { wrong = event.error.message; });
  const got = await draw(device, new OffscreenCanvas(size, size));
  if (wrong) throw new Refused("WebGPU: " + wrong);
  for (const [what, pixel] of Object.entries(got)) {
    if (pixel.some((c, i) => Math.abs(c - colour[i]) > 1)) throw new Refused(`the ${what} pixel of a canvas is ${pixel} and not ${colour}`);
  }
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, description, fallback: Boolean(isFallbackAdapter) };
}

addEventListener("message", async ({ data }) => {
  try {
    postMessage(await probe(data));
  } catch (error) {
    postMessage({ error: error instanceof Refused ? error.message : String(error) });
  }
});
