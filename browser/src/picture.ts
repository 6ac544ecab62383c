/** The option of a config that says what the viewer draws: display of internal/ladder/display.go. */
import type { Picture } from "./trial.ts";

/** The name of the option, with what is behind it. */
const OPTION = /^display=(?:(canvas|page)(?::(\d+)x(\d+))?)$/;

const USUAL = { width: 800, height: 600 };

/** Reads the options of a config. Throws an Error that names one that a tab does not have. */
export function pictureOf(options: string): Picture | undefined {
  let picture: Picture | undefined;
  for (const word of options.split(" ").filter((w) => w !== "")) {
    const [, on, width, height] = OPTION.exec(word) ?? [];
    if (on !== "canvas" && on !== "page") throw new Error(`a tab has no option ${word}`);
    picture = { on, width: Number(width ?? USUAL.width), height: Number(height ?? USUAL.height) };
  }
  return picture;
}
