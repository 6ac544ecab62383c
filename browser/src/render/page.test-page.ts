/** The page of browser/render_test.go: a canvas whose worker answers one call at a time. */

const canvas = document.querySelector("canvas")!;
const worker = new Worker("worker.test-page.js", { type: "module" });

/** Calls a function of worker.test-page.ts; the promise is of its answer as JSON. */
function call(name: string, argument: unknown = null): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ answer?: unknown; error?: string }>) =>
      data.error === undefined ? resolve(JSON.stringify(data.answer ?? null)) : reject(new Error(data.error));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ name, argument });
  });
}

const offscreen = canvas.transferControlToOffscreen();
worker.postMessage({ offscreen }, [offscreen]);
Object.assign(globalThis, { call });
