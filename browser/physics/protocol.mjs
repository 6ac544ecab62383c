/** The lines that a worker reads and writes: see worker.mjs and tab.mjs. */

/** The number of arguments of each request. */
const REQUESTS = { backends: 0, world: 5, advance: 1, time: 3, digest: 1, judge: 1, adapter: 1 };

const ok = (said) => `ok ${said}`.trimEnd();
const failed = (error) => `error ${String(error?.message ?? error).replace(/\s+/g, " ")}`;

/**
 * The reply to a request: a promise of it where a device has to be waited for.
 *
 * @param {import("./session.mjs").Session} session
 * @param {string} line
 */
export function reply(session, line) {
  const [verb, ...args] = line.trim().split(/\s+/);
  try {
    if (!Object.hasOwn(REQUESTS, verb)) throw new Error(`unknown request "${verb}"`);
    if (args.length !== REQUESTS[verb]) {
      throw new Error(`${verb}: ${args.length} arguments, want ${REQUESTS[verb]}`);
    }
    const said = session[verb](...args);
    return said instanceof Promise ? said.then(ok, failed) : ok(said);
  } catch (error) {
    return failed(error);
  }
}

/**
 * The modules named on a command line.
 *
 * @param {string[]} args
 * @returns {[string, string][]}
 */
export function parseModules(args) {
  /** @type {[string, string][]} */
  const modules = [];
  for (let i = 0; i < args.length; i += 2) {
    const [, name, path] = /^([^\s=:]+)=(.+)$/.exec(args[i + 1] ?? "") ?? [];
    if (args[i] !== "--module" || !name) throw new Error("usage: worker.mjs [--module NAME=PATH]...");
    if (name === "js" || name === "js-double" || modules.some(([other]) => other === name)) {
      throw new Error(`back end ${name} is there already`);
    }
    modules.push([name, path]);
  }
  return modules;
}
