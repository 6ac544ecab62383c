/** The script of all workers, and of a page whose own thread has a role: what one is it is told by its first message. */
import { control } from "./control.ts";
import type { ControlOrder } from "./control.ts";
import { work } from "./roles.ts";
import type { RoleOrder } from "./roles.ts";

export { work };

if (typeof document === "undefined") {
  self.onmessage = (event: MessageEvent<ControlOrder | RoleOrder>) => {
    self.onmessage = null;
    const order = event.data;
    if (order.part === "control") control(order);
    else void work(order, self, order.canvas);
  };
}
