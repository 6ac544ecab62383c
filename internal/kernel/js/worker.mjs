/**
 * A worker of the kernel benchmark: one request a line on standard input, one
 * reply a line on standard output, "ok ..." or "error MESSAGE", until the input
 * ends.
 *
 *     node worker.mjs --module wasm=../../../scenarios/flock/flock.wasm
 *
 *     backends
 *     world BOIDS DIMENSIONS SEED POLICYHEX THREADS
 *     advance TICKS
 *     time BACKEND sort|perceive|step REPETITIONS
 *     digest BACKEND
 *
 * It offers the back ends js (every operation rounded to float32), js-double (only
 * what is stored) and one for each module.
 */
import { createInterface } from "node:readline";
import { parseModules, reply } from "./protocol.mjs";
import { Session } from "./session.mjs";

async function main() {
  const session = new Session(parseModules(process.argv.slice(2)));
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${reply(session, line)}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`worker: ${error.message}\n`);
  process.exitCode = 2;
});
