package main

import "github.com/copytax/copytax/zerocopy"

// An abi is how a host calls the engine's module: the numbers that both must know,
// the descriptor that every call is given, what a call returns, and the functions.
type abi struct {
	Numbers  []constant // sizes and limits of the module
	Fields   []field
	Statuses []status
	Exports  []export
}

// A field is a part of the descriptor, a little-endian block in linear memory
// whose address is an argument of nearly every call.
type field struct {
	Name   string // in camel case
	Bits   int    // of a word, 32 or 64
	Words  int    // that the field has, one behind the other
	Offset int    // in bytes from the start of the descriptor
	told   bool   // by the module; the host writes all others, and the module reads them
	doc    string
}

// A status is what a call returns. Its number is its place in the list.
type status struct {
	Name    string // in camel case
	Doc     string
	Refusal string // the words of a host, with {epoch} of the policy and {culprit}; empty if it is none
}

// An export is a function of the module. All arguments are unsigned words of 32
// bits, those named descriptor the address of one.
type export struct {
	Name    string // in snake case, as in the module
	Args    []string
	Returns string // "status", "bytes" or "hash", which has 64 bits
	Doc     string
}

const descriptorBytes = 128 // more than the fields take: room for those to come

// DescriptorBytes is the size of the descriptor, with room for fields to come.
func (abi) DescriptorBytes() int { return descriptorBytes }

// ReservedWords is that room, in words of 32 bits.
func (a abi) ReservedWords() int {
	last := a.Fields[len(a.Fields)-1]
	return (descriptorBytes-last.Offset)/4 - last.Words*last.Bits/32
}

// Globals are the exported globals: where the module's stack and data end, and
// where the stack begins, which grows downwards.
func (abi) Globals() []string { return []string{"__heap_base", "__stack_pointer"} }

func engineABI() abi {
	return abi{moduleNumbers(), descriptorFields(), callStatuses(), moduleExports()}
}

func moduleNumbers() []constant {
	return []constant{
		{Name: "maxPages", Value: 1<<32/zerocopy.PageBytes - 1, Doc: "pages of linear memory: code that compares with the bytes of one more would see 0"},
		{Name: "maxThreads", Value: 64, Doc: "threads that may share a step"},
		{Name: "maxCells", Value: 1024, Doc: "cells along an axis"},
		{Name: "stackBytes", Value: 64 << 10, Doc: "stack of an instance of the module"},
		{Name: "candidatesBytes", Value: 45440, Doc: "candidates of one cell, side by side"},
		{Name: "rowBytes", Value: 32, Doc: "a boid in the order of cells"},
		{Name: "totalBytes", Value: 48, Doc: "the sums over its neighbours"},
	}
}

// descriptorFields are the fields in their order, packed; the widest come first.
func descriptorFields() []field {
	fields := []field{
		{Name: "neighbours", Bits: 64, told: true, doc: "neighbours of all boids together, of a step"},
		{Name: "seed", Bits: 64, doc: "seed of the first frame"},
		{Name: "policy", doc: "address of the policy"},
		{Name: "genome", doc: "address of the genome"},
		{Name: "from", doc: "address of the frame that a step reads"},
		{Name: "to", doc: "address of the frame that the call writes"},
		{Name: "scratch", doc: "address of working memory, which has no meaning between two calls"},
		{Name: "scratchBytes", doc: "size of the working memory"},
		{Name: "boids", doc: "number of boids"},
		{Name: "cells", Words: 3, doc: "cells along x, y and z"},
		{Name: "culprit", told: true, doc: "why a call was refused: a boid's id, or a byte offset in the policy"},
		{Name: "dimensions", doc: "2 or 3"},
		{Name: "renumber", doc: "whether boids get the ids of their places in the order of cells"},
		{Name: "parts", doc: "parts that a step is split into"},
	}
	at := 0
	for i := range fields {
		f := &fields[i]
		f.Bits, f.Words, f.Offset = max(f.Bits, 32), max(f.Words, 1), at
		at += f.Words * f.Bits / 8
	}
	return fields
}

func callStatuses() []status {
	return []status{
		{"OK", "The call did what it is for.", ""},
		{"descriptor", "A size or an address of the descriptor does not fit.",
			"descriptor does not fit the world (at {culprit})"},
		{"policy", "A number of the policy is not finite or out of its range.",
			"policy of epoch {epoch}: float at byte {culprit} is not finite or out of range"},
		{"grid", "The bounds of the policy need more cells than were declared.",
			"policy of epoch {epoch}: its bounds need more cells than the engine declared"},
		{"position", "A position is not a number or lies outside the bounds.",
			"position of boid {culprit} is not a number or outside the bounds"},
		{"state", "A velocity, energy or fitness is not finite or absurdly large.",
			"velocity, energy or fitness of boid {culprit} is not finite or absurdly large"},
		{"gene", "A gene is not finite or absurdly large.",
			"gene of boid {culprit} is not finite or absurdly large"},
	}
}

func moduleExports() []export {
	desc := []string{"descriptor"}
	part := []string{"descriptor", "part"}
	return []export{
		{"scratch_bytes", []string{"boids", "cells_x", "cells_y", "cells_z", "parts"}, "bytes",
			"The scratch that a world needs; 0 when it is larger than any may be."},
		{"seed_frame", desc, "status", "Writes the frame before the first tick."},
		{"sort", desc, "status", "Does the checks and the sort of a step, and nothing else."},
		{"perceive", desc, "status", "Sorts, adds up the neighbours, and does nothing else."},
		{"step", desc, "status", "Steps the world by one tick."},
		{"genome_hash", desc, "hash", "The FNV-1a hash of the genes; 0 when the descriptor declares none."},
		{"part_count", part, "status", "The first phase of a step that is shared: for each part."},
		{"part_place", desc, "status", "The second phase: by one instance."},
		{"part_scatter", part, "status", "The third phase: for each part."},
		{"part_perceive", []string{"descriptor", "instance", "from", "to"}, "status",
			"The fourth phase: boids in the order of cells."},
		{"part_integrate", []string{"descriptor", "from", "to"}, "status",
			"The fifth phase: boids, the first a multiple of eight."},
		{"part_close", desc, "status", "The last phase: by one instance."},
	}
}
