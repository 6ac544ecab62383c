import assert from "node:assert/strict";
import { test } from "node:test";

import { pictureOf } from "./picture.ts";

test("what a viewer draws is an option", () => {
  assert.equal(pictureOf(""), undefined);
  assert.deepEqual(pictureOf("display=canvas"), { on: "canvas", width: 800, height: 600 });
  assert.deepEqual(pictureOf("display=page"), { on: "page", width: 800, height: 600 });
  assert.deepEqual(pictureOf("display=page:640x360"), { on: "page", width: 640, height: 360 });
  for (const wrong of ["display=paper", "display=canvas:640", "display=canvas:", "wings=2", "display=canvas wings=2"]) {
    assert.throws(() => pictureOf(wrong), /a tab has no option /);
  }
});
