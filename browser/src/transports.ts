/** The transports of a tab, by name, and how the roles of one are opened. */
import { open as openCodec } from "./codec/codec.ts";
import { Direct } from "./direct.ts";
import * as hub from "./hub/links.ts";
import type { Shared } from "./hub/region.ts";
import { STRATEGIES } from "./hub/strategy.ts";
import type { Strategy } from "./hub/strategy.ts";
import type { EngineLink, KernelLink, ViewerLink } from "./links.ts";
import * as messages from "./messages.ts";
import type { Env, Parcel } from "./messages.ts";

/** Everything that opening a link takes. What is shared comes from the role that is opened first: the engine, in place the kernel. */
export interface Opening extends Env {
  readonly shared: Shared | undefined;
  /** Whether this is the page's own thread, which must not block. */
  readonly onPage: boolean;
}

/** How the roles of a transport are placed and tied. */
export interface Transport {
  /** All roles in one worker, in turn. */
  readonly together: boolean;
  /** Whether the engine's memory is the others' as well. */
  readonly shares: boolean;
  /** Whether it is also that of the kernel's module; see linear.ts. */
  readonly inPlace: boolean;
  /** Whether waiting burns CPU. */
  readonly spins: boolean;
  openKernel(o: Opening): KernelLink;
  openEngine(o: Opening): EngineLink;
  openViewer(o: Opening): ViewerLink;
}

function overMessages(parcel: (env: Env) => Parcel): Transport {
  return {
    together: false, shares: false, inPlace: false, spins: false,
    openKernel: (o) => messages.openKernel(o, parcel(o)),
    openEngine: (o) => messages.openEngine(o, parcel(o)),
    openViewer: (o) => messages.openViewer(o, parcel(o)),
  };
}

function overHub(way: Strategy): Transport {
  return {
    together: false, shares: true, inPlace: false, spins: way === "spin",
    openKernel: (o) => hub.openKernel(given(o.shared), o.config, o.meter, o.counters, way),
    openEngine: (o) => hub.openEngine(given(o.shared), o.config, o.meter, o.counters, way),
    openViewer: (o) => o.onPage ? hub.openViewerOnPage(given(o.shared), o.config, o.meter, o.counters, way)
      : hub.openViewer(given(o.shared), o.config, o.meter, o.counters, way),
  };
}

/** Waits as park does. */
function inPlace(): Transport {
  const way: Strategy = "park";
  return { ...overHub(way), inPlace: true, openKernel: (o) => hub.openInPlaceKernel(given(o.shared), o.config, o.meter, o.counters, way) };
}

function given(shared: Shared | undefined): Shared {
  if (!shared) throw new Error("no memory has been shared");
  return shared;
}

/** Direct has its links of one value: that of the engine's opening, in the same worker. */
function direct(): Transport {
  let world: Direct | undefined;
  const opened = () => {
    if (!world) throw new Error("the engine of direct must be opened first");
    return world;
  };
  return {
    together: true, shares: false, inPlace: false, spins: false,
    openEngine: (o) => (world = new Direct(o.config, o.meter, o.counters)),
    openKernel: () => opened().kernel,
    openViewer: () => opened().viewer,
  };
}

/** Returns the transport of a name, or throws. */
export function transport(name: string): Transport {
  const [kind = "", way = ""] = name.split(/[:+]/, 2);
  switch (kind) {
    case "direct":
      return direct();
    case "sab":
      if (way === "one") return inPlace();
      for (const strategy of STRATEGIES) if (strategy === way) return overHub(strategy);
      break;
    case "clone":
      return overMessages((env) => new messages.Clone(env));
    case "transfer":
      return overMessages((env) => new messages.Transfer(env));
    case "post": {
      openCodec(way);
      return overMessages((env) => new messages.Encoded(env, () => openCodec(way)));
    }
  }
  throw new Error(`a tab has no transport ${name}`);
}
