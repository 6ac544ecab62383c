/**
 * The page: a canvas, a notice, and the worker that does everything, unless the viewer is
 * to draw from here.
 */
import type { Asked, ControlOrder } from "./control.ts";
import type { Said } from "./roles.ts";

/** What worker.ts exports, which is fetched where it is needed. */
type Script = typeof import("./worker.ts");

const notice = document.querySelector("#notice");

function tell(text: string): void {
  if (notice) notice.textContent = text;
}

function start(): void {
  const asked = new URLSearchParams(location.hash.slice(1));
  const control = asked.get("control"), mark = asked.get("mark");
  if (!control || !mark) return tell("This page is opened by copytax, which tells it what to do.");
  if (!crossOriginIsolated) throw new Error("the page is not isolated: it was served without COOP and COEP, and has no shared memory");
  const canvas = document.querySelector("canvas");
  if (!canvas) throw new Error("the page has no canvas");
  const worker = new Worker("worker.js", { type: "module" });
  worker.onerror = (event) => tell(`The worker failed: ${event.message}`);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event: MessageEvent<Asked>) => void give(event.data, canvas, port1);
  const order: ControlOrder = { part: "control", control, mark, page: port2 };
  worker.postMessage(order, [port2]);
}

/** Gives the canvas away for good, or has the roles that are to draw on it run here. */
async function give(asked: Asked, canvas: HTMLCanvasElement, to: MessagePort): Promise<void> {
  [canvas.width, canvas.height] = [asked.picture.width, asked.picture.height];
  if (asked.kind === "canvas") {
    const offscreen = canvas.transferControlToOffscreen();
    return to.postMessage(offscreen, [offscreen]);
  }
  const script = "./worker.js"; // a page that only shows does without
  try {
    const { work } = await import(script) as Script;
    void work(asked.order, asked.line, canvas);
  } catch (error) {
    asked.line.postMessage({ kind: "error", error: `load the script of roles: ${error}` } satisfies Said);
  }
}

start();
