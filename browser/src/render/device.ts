/** A device of WebGPU, and whether it is still there. */

/** What draws. */
export interface Adapter {
  /** As the driver says it; often empty. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly fallback: boolean;
  /** Whether it is a processor that draws. */
  readonly software: boolean;
}

/** How long the news of a loss may take behind the failure of what was under way. */
const LOSS_MS = 200;

/** The largest storage buffer that every device has. */
const COMMON_BYTES = 128 << 20;

/** A device that is looked after: what went wrong with it is kept for the next who asks. */
export class DeviceState {
  #trouble: Error | null = null;

  constructor(readonly device: GPUDevice, readonly adapter: Adapter) {
    void device.lost.then(({ reason, message }) => {
      const how = reason === "destroyed" ? "was destroyed" : "was lost, as when the browser's process that draws has ended";
      this.#trouble = new Error(`the device of ${adapter.vendor} ${adapter.architecture} ${how}: ${message}`);
    });
    device.onuncapturederror = ({ error }) => {
      this.#trouble ??= new Error(`WebGPU refuses a call: ${error.message}`);
    };
  }

  /**
   * Throws an Error that says what was lost or refused. A lost device goes on taking
   * calls and answers that they are done, so that each frame has to ask.
   */
  check(): void {
    if (this.#trouble !== null) throw this.#trouble;
  }

  /** Waits for work of the device, or throws as check does: what the work itself says of a loss is not the reason. */
  async work<T>(done: Promise<T>): Promise<T> {
    try {
      return await done;
    } catch (e) {
      await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
      this.check();
      throw e;
    }
  }

  close(): void {
    this.device.destroy();
  }
}

/**
 * Opens a device with storage buffers of so many bytes, or throws an Error in words.
 *
 * @param timestamps whether to ask for them; it has none where the adapter has none
 */
export async function openDevice(bytes: number, timestamps: boolean, power?: GPUPowerPreference): Promise<DeviceState> {
  const gpu: GPU | undefined = navigator.gpu;
  if (gpu === undefined) throw new Error("this browser has no WebGPU here: it needs a secure context, and on some systems flags");
  const adapter = await gpu.requestAdapter(power === undefined ? {} : { powerPreference: power });
  if (adapter === null) throw new Error("this browser has WebGPU but no adapter for it");
  const { limits } = adapter;
  if (bytes > Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize)) {
    throw new Error(`a frame of ${bytes} bytes is more than a buffer of this adapter holds`);
  }
  const device = await adapter.requestDevice({
    requiredFeatures: timestamps && adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
    requiredLimits: bytes > COMMON_BYTES ? { maxStorageBufferBindingSize: bytes, maxBufferSize: Math.max(bytes, 2 * COMMON_BYTES) } : {},
  });
  return new DeviceState(device, describe(adapter.info));
}

function describe(info: GPUAdapterInfo): Adapter {
  const { vendor, architecture } = info, fallback = info.isFallbackAdapter;
  const software = fallback || /swiftshader|llvmpipe|lavapipe|warp/i.test(`${architecture} ${info.device} ${info.description}`);
  return { name: info.description || info.device, vendor, architecture, fallback, software };
}
