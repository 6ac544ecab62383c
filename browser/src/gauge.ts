/**
 * The gauge "signal" in a tab: how soon a worker that waits learns that another one has
 * posted. scenarios/signal/side.go is the same between processes. The page starts a
 * worker, which hears by its WebSocket what to measure, and starts the two sides.
 */
import { Pacer, pass, take } from "./hub/handoff.ts";
import type { Order, Taken } from "./hub/handoff.ts";
import { CONTROL_BYTES } from "./hub/words.ts";
import { read } from "./runner.ts";
import { answer, ask, newMeeting } from "./sync.ts";

/** What the supervisor asks for, in a line. */
type Asked = Omit<Order, "page" | "stamp">;

type Part =
  | { readonly part: "control"; readonly control: string; readonly mark: string }
  | { readonly part: "writer" | "reader"; readonly order: Order; readonly meeting: SharedArrayBuffer };

/** What a side says: the reader what it took, or either what went wrong. */
type Said = { readonly taken?: Taken; readonly error?: string };

function control({ control, mark }: Part & { part: "control" }): void {
  const socket = new WebSocket(control);
  socket.onmessage = async ({ data }: MessageEvent<string>) => {
    const answered = await measure(JSON.parse(data) as Asked, mark).catch((error: unknown) => ({ error: `${error}` }));
    socket.send(`${JSON.stringify(answered)}\n`);
  };
  socket.onclose = () => self.close();
}

/** Has two fresh workers hand over, and adds what the tab's process used meanwhile, both starts included. */
async function measure(asked: Asked, mark: string): Promise<Record<string, unknown>> {
  const order: Order = { ...asked, page: new SharedArrayBuffer(CONTROL_BYTES), stamp: new SharedArrayBuffer(16) };
  const before = read(mark).processes["tab_cpu_ns"] ?? 0, meeting = newMeeting();
  const [taken] = await Promise.all((["reader", "writer"] as const).map((part) => side({ part, order, meeting })));
  return { ...taken, tab_cpu_ns: (read(mark).processes["tab_cpu_ns"] ?? 0) - before };
}

async function side(part: Part): Promise<Taken | undefined> {
  const worker = new Worker(self.location.href, { type: "module" });
  const said = await new Promise<Said>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Said>) => resolve(data);
    worker.onerror = ({ message }) => resolve({ error: message });
    worker.postMessage(part);
  });
  if (said.error !== undefined) throw new Error(`${part.part}: ${said.error}`);
  return said.taken;
}

function work({ part, order, meeting }: Part & { part: "writer" | "reader" }): Said {
  if (part === "writer") {
    answer(meeting);
    pass(order, new Pacer(order));
    answer(meeting);
    return {};
  }
  const offset = ask(meeting);
  if (offset === undefined) throw new Error("the writer's clock is not known");
  const taken = take(order, offset), after = ask(meeting);
  if (after === undefined) throw new Error("the writer's clock is not known any more");
  return { taken: { ...taken, clock_moved_ns: Math.abs(after - offset) * 1e6 } };
}

if (typeof document === "undefined") {
  self.onmessage = ({ data }: MessageEvent<Part>) => {
    if (data.part === "control") return control(data);
    try {
      self.postMessage(work(data));
    } catch (error) {
      self.postMessage({ error: `${error}` } satisfies Said);
    }
  };
} else {
  const asked = new URLSearchParams(location.hash.slice(1));
  const worker = new Worker("gauge.js", { type: "module" });
  worker.onerror = ({ message }) => console.error(message);
  worker.postMessage({ part: "control", control: asked.get("control"), mark: asked.get("mark") });
}
