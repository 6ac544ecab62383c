/**
 * A worker of the physics benchmark: one request a line on standard input, one
 * reply a line on standard output, "ok ..." or "error MESSAGE", until the input
 * ends.
 *
 *     node browser/physics/worker.mjs --module wasm=scenarios/flock/wasmhost/flock.wasm
 *
 *     backends
 *     world BOIDS DIMENSIONS SEED POLICYHEX THREADS
 *     advance TICKS
 *     time BACKEND sort|perceive|step REPETITIONS
 *     digest BACKEND
 *
 * It offers the back ends js (every operation rounded to float32), js-double (only
 * what is stored) and one for each module; without --module wasm, the one of the
 * repository.
 */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sessionOf } from "./files.mjs";
import { parseModules, reply } from "./protocol.mjs";

const MODULE = fileURLToPath(new URL("../../scenarios/flock/wasmhost/flock.wasm", import.meta.url));

async function main() {
  const named = parseModules(process.argv.slice(2));
  const session = sessionOf(named.length > 0 ? named : [["wasm", MODULE]]);
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${reply(session, line)}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`worker: ${error.message}\n`);
  process.exitCode = 2;
});
