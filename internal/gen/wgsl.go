package main

import (
	"fmt"
	"strings"
)

// wgsl renders what a shader needs: the columns of a frame and of a genome.
func wgsl(l layout) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n\n", header)
	for _, v := range l.sizes {
		if strings.HasSuffix(v.name, "_COLUMNS") {
			fmt.Fprintf(&b, "const %s: u32 = %du;\n", v.name, v.value)
		}
	}
	for _, v := range join(l.columns, l.genes) {
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
