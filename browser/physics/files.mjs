/** A session of Node, whose modules are files. */
import { readFileSync } from "node:fs";
import { inJavaScript, ofModule } from "./backends.mjs";
import { Session } from "./session.mjs";

/**
 * A session with the back ends in JavaScript and one for each module.
 *
 * @param {[name: string, path: string][]} modules
 */
export function sessionOf(modules) {
  const inFiles = modules.map(([name, path]) => ofModule(name, () => new WebAssembly.Module(readFileSync(path))));
  return new Session([...inJavaScript(), ...inFiles], process.hrtime.bigint);
}
