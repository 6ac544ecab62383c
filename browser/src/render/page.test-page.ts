/** The page of browser/render_test.go: a canvas whose worker answers one call at a time, a line each. */

const offscreen = document.querySelector("canvas")!.transferControlToOffscreen();
const control = new WebSocket(new URLSearchParams(location.hash.slice(1)).get("control")!);
const worker = new Worker("worker.test-page.js", { type: "module" });

worker.postMessage({ offscreen }, [offscreen]);
control.onmessage = ({ data }: MessageEvent<string>) => worker.postMessage(JSON.parse(data));
worker.onmessage = ({ data }: MessageEvent<unknown>) => control.send(`${JSON.stringify(data)}\n`);
worker.onerror = ({ message }) => control.send(`${JSON.stringify({ error: message })}\n`);
