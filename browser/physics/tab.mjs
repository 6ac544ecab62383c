/**
 * The physics benchmark in a browser's tab: the page, which only starts a worker, and
 * the worker, which is worker.mjs with a WebSocket in place of standard input and output.
 *
 *     adapter webgpu
 *     judge webgpu
 *
 * are requests beside those of worker.mjs. It offers the back ends wasm, the module in
 * V8, and webgpu, the step as compute shaders.
 */
import { openDevice } from "../src/render/device.ts";
import { ofModule } from "./backends.mjs";
import { reply } from "./protocol.mjs";
import { Session } from "./session.mjs";
import { ComputeFlock } from "./webgpu.mjs";

/** The shaders, or why this browser has none. @returns {Promise<import("./backends.mjs").Backend>} */
async function shaders() {
  const name = "webgpu";
  try {
    const { device, adapter } = await openDevice(0, false);
    device.destroy(); // a world opens one that is large enough for it
    return { name, adapter: `${adapter.vendor} ${adapter.architecture}`.trim(), open: ComputeFlock.open };
  } catch (error) {
    return { name, reason: error.message };
  }
}

/** Answers a line at a time until the supervisor is gone. @param {string} control the address of its end */
async function work(control) {
  const module = await WebAssembly.compileStreaming(fetch("flock.wasm"));
  // The clock has a grain of 5 µs, and a timing lasts for milliseconds.
  const session = new Session([ofModule("wasm", () => module), await shaders()], () => Math.round(performance.now() * 1e6));
  const socket = new WebSocket(control);
  let rest = "", last = Promise.resolve();
  socket.onmessage = ({ data }) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const line of lines) last = last.then(async () => socket.send(`${await reply(session, line)}\n`));
  };
  socket.onclose = () => self.close();
}

if (typeof document === "undefined") {
  self.onmessage = ({ data }) => work(data);
} else {
  const worker = new Worker("physics.js", { type: "module" });
  worker.onerror = ({ message }) => console.error(message);
  worker.postMessage(new URLSearchParams(location.hash.slice(1)).get("control"));
}
