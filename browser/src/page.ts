/** The page: a canvas, a notice, and the worker that does everything. */
import type { ControlOrder } from "./control.ts";

const notice = document.querySelector("#notice");

function tell(text: string): void {
  if (notice) notice.textContent = text;
}

function start(): void {
  const asked = new URLSearchParams(location.hash.slice(1));
  const control = asked.get("control"), mark = asked.get("mark");
  if (!control || !mark) return tell("This page is opened by copytax, which tells it what to do.");
  if (!crossOriginIsolated) throw new Error("the page is not isolated: it was served without COOP and COEP, and has no shared memory");
  const canvas = document.querySelector("canvas")?.transferControlToOffscreen();
  if (!canvas) throw new Error("the page has no canvas");
  const worker = new Worker("worker.js", { type: "module" });
  worker.onerror = (event) => tell(`The worker failed: ${event.message}`);
  const order: ControlOrder = { part: "control", control, mark, canvas };
  worker.postMessage(order, [canvas]);
}

start();
