package zerocopy

import (
	"fmt"
	"strings"
)

const generated = "Where things lie. Generated from the Go side; do not edit:"

// rust renders the constants as the module rust/hub/src/layout.rs.
func (c constants) rust() string {
	var b strings.Builder
	fmt.Fprintf(&b, "//! %s\n//! go test ./zerocopy -run Layout -update\n#![allow(missing_docs)]\n\n", generated)
	for _, v := range c.gathered {
		if v.doc != "" {
			fmt.Fprintf(&b, "/// %s\n", v.doc)
		}
		switch v.bits {
		case 0:
			fmt.Fprintf(&b, "pub const %s: usize = %d;\n", v.name, v.value)
		case 64:
			fmt.Fprintf(&b, "pub const %s: u64 = 0x%016x;\n", v.name, v.value)
		default:
			fmt.Fprintf(&b, "pub const %s: u%d = %d;\n", v.name, v.bits, v.value)
		}
	}
	return b.String()
}

// wgsl renders what a shader needs: the columns of a frame.
func (c constants) wgsl() string {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n// go test ./zerocopy -run Layout -update\n\n", generated)
	for _, v := range c.gathered {
		if v.name == "FRAME_COLUMNS" || v.name == "GENOME_COLUMNS" {
			fmt.Fprintf(&b, "const %s: u32 = %du;\n", v.name, v.value)
		}
	}
	for _, v := range append(append([]constant{}, c.columns...), c.genes...) {
		fmt.Fprintf(&b, "const %s: u32 = %du;\n", v.name, v.value)
	}
	b.WriteString(wgslFunctions)
	return b.String()
}

const wgslFunctions = `
// The floats from one column of n boids to the next.
fn stride(n: u32) -> u32 {
    return (n + 3u) & ~3u;
}

// The index of boid i in column c of a frame or genome of n boids.
fn at(c: u32, i: u32, n: u32) -> u32 {
    return c * stride(n) + i;
}
`
