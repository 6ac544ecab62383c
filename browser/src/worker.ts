/** The only script of workers: what one is it is told by its first message. */
import { control } from "./control.ts";
import type { ControlOrder } from "./control.ts";
import { work } from "./roles.ts";
import type { RoleOrder } from "./roles.ts";

self.onmessage = (event: MessageEvent<ControlOrder | RoleOrder>) => {
  self.onmessage = null;
  const order = event.data;
  if (order.part === "control") control(order);
  else void work(order);
};
