// Has a worker find out what this browser can do, and says so on the control connection.
const control = new WebSocket(new URLSearchParams(location.hash.slice(1)).get("control"));
const opened = new Promise((resolve) => control.addEventListener("open", resolve));

async function say(found) {
  await opened;
  control.send(JSON.stringify(found) + "\n");
  control.close(1000);
}

if (typeof SharedArrayBuffer === "undefined" || !crossOriginIsolated) {
  say({ error: "the page is not isolated, so that its workers can share no memory" });
} else {
  const worker = new Worker("worker.js", { type: "module" });
  worker.addEventListener("message", (event) => say(event.data));
  worker.addEventListener("error", (event) => say({ error: event.message }));
  worker.postMessage(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
}
