/** Pixels of a texture, on their way back from the graphics processor. */

/** Rows of a copy start at multiples of so many bytes. */
const ROW_BYTES = 256;

/**
 * Submits what `record` records and returns the upper left part of the texture that it
 * returns: red, green, blue and alpha of each pixel, row by row from the top.
 *
 * @param format "rgba8unorm" or "bgra8unorm"
 */
export async function readPixels(
  device: GPUDevice, format: GPUTextureFormat, width: number, height: number, record: (encoder: GPUCommandEncoder) => GPUTexture,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytesPerRow = Math.ceil(4 * width / ROW_BYTES) * ROW_BYTES;
  const buffer = device.createBuffer({ size: bytesPerRow * height, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyTextureToBuffer({ texture: record(encoder) }, { buffer, bytesPerRow }, [width, height]);
    device.queue.submit([encoder.finish()]);
    await buffer.mapAsync(GPUMapMode.READ);
    return packed(new Uint8Array(buffer.getMappedRange()), bytesPerRow, width, height, format === "bgra8unorm");
  } finally {
    buffer.destroy();
  }
}

/** Leaves out what pads the rows, and puts red first. */
function packed(rows: Uint8Array, bytesPerRow: number, width: number, height: number, blueFirst: boolean): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    pixels.set(rows.subarray(y * bytesPerRow, y * bytesPerRow + 4 * width), 4 * y * width);
  }
  for (let i = 0; blueFirst && i < pixels.length; i += 4) {
    [pixels[i], pixels[i + 2]] = [pixels[i + 2]!, pixels[i]!];
  }
  return pixels;
}
