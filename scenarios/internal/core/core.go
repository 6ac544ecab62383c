// Package core is what the gauges of the hub share. A gauge measures one thing of
// the hub by itself: how soon a reader is told, what a hand-off costs, how many
// readers a frame can have.
//
// [New] makes an experiment of what a gauge says of itself, a [Definition]. [Run]
// has workers measure a [Plan], each of them a [Side] with a [Hub] of its own. Around
// a hand-off there are the [Stamp] that goes with it, the [Pacer] that says when to
// count it and the [Meter] of what it costs. The rest is about the processor's
// cores: which two a writer and a reader stay on, and how far apart these are.
//
// A virtual machine's processors are threads of its host, which moves them. A
// line of cache then takes three to five times as long from one to the other,
// for seconds, and whatever was measured meanwhile is of another machine. A
// [Ruler] before and after each measurement tells which; [Usual] keeps the
// measurements of the commonest distance.
package core
