package main

import "github.com/copytax/copytax/zerocopy"

// An abi is how a host calls the engine's module: the numbers that both must know,
// the descriptor that every call is given, what a call returns, and the functions.
type abi struct {
	numbers  []number
	fields   []field
	statuses []status
	exports  []export
}

// A number is a size or a limit of the module.
type number struct {
	name  string // in camel case
	value int
	doc   string
}

// A field is a part of the descriptor, a little-endian block in linear memory
// whose address is an argument of nearly every call.
type field struct {
	name   string // in camel case
	bits   int    // of a word, 32 or 64
	words  int    // that the field has, one behind the other
	offset int    // in bytes from the start of the descriptor
	told   bool   // by the module; the host writes all others, and the module reads them
	doc    string
}

// A status is what a call returns. Its number is its place in the list.
type status struct {
	name    string // in camel case
	doc     string
	refusal string // the words of a host, with {epoch} of the policy and {culprit}; empty if it is none
}

// An export is a function of the module. All arguments are unsigned words of 32
// bits, those named descriptor the address of one.
type export struct {
	name    string // in snake case, as in the module
	args    []string
	returns string // "status", "bytes" or "hash", which has 64 bits
	doc     string
}

const (
	descriptorBytes = 128 // more than the fields take: room for those to come

)

func engineABI() abi {
	return abi{moduleNumbers(), descriptorFields(), callStatuses(), moduleExports()}
}

func moduleNumbers() []number {
	return []number{
		{"maxPages", 1<<32/zerocopy.PageBytes - 1, "pages of linear memory: code that compares with the bytes of one more would see 0"},
		{"maxThreads", 64, "threads that may share a step"},
		{"maxCells", 1024, "cells along an axis"},
		{"stackBytes", 64 << 10, "stack of an instance of the module"},
		{"candidatesBytes", 45440, "candidates of one cell, side by side"},
		{"rowBytes", 32, "a boid in the order of cells"},
		{"totalBytes", 48, "the sums over its neighbours"},
	}
}

// descriptorFields are the fields in their order, packed; the widest come first.
func descriptorFields() []field {
	fields := []field{
		{name: "neighbours", bits: 64, told: true, doc: "neighbours of all boids together, of a step"},
		{name: "seed", bits: 64, doc: "seed of the first frame"},
		{name: "policy", doc: "address of the policy"},
		{name: "genome", doc: "address of the genome"},
		{name: "from", doc: "address of the frame that a step reads"},
		{name: "to", doc: "address of the frame that the call writes"},
		{name: "scratch", doc: "address of working memory, which has no meaning between two calls"},
		{name: "scratchBytes", doc: "size of the working memory"},
		{name: "boids", doc: "number of boids"},
		{name: "cells", words: 3, doc: "cells along x, y and z"},
		{name: "culprit", told: true, doc: "why a call was refused: a boid's id, or a byte offset in the policy"},
		{name: "dimensions", doc: "2 or 3"},
		{name: "renumber", doc: "whether boids get the ids of their places in the order of cells"},
		{name: "parts", doc: "parts that a step is split into"},
	}
	at := 0
	for i := range fields {
		f := &fields[i]
		f.bits, f.words, f.offset = max(f.bits, 32), max(f.words, 1), at
		at += f.words * f.bits / 8
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
