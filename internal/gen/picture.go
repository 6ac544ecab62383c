package main

import (
	"fmt"
	"strings"

	"github.com/copytax/copytax/zerocopy"
)

// A picture is what the document on the hub shows of the three regions: the lines
// of the control page as a table, orders and frames as drawings of an example.
type picture struct {
	PageBytes, LineBytes int
	Words                []word
	Example              zerocopy.Layout
	Orders, Frames       region
}

// A word is one or more lines of the control page.
type word struct {
	First, Last, Byte int
	Name, Doc         string
}

// A region is drawn as a column of boxes.
type region struct {
	Name  string
	Bytes int
	Parts []part
}

// A part is what lies in a region from a byte on.
type part struct {
	At    int
	What  string
	Bytes int
}

// Picture returns what the document shows of the layout.
func (l layout) Picture() picture {
	example := zerocopy.Layout{Boids: 10_000, Slots: 3}
	p := picture{
		PageBytes: zerocopy.PageBytes, LineBytes: zerocopy.LineBytes, Example: example,
		Orders: drawn("orders", example.OrdersBytes(), orders(example)),
		Frames: drawn("frames", example.FramesBytes(), frames(example)),
	}
	for i, c := range l.Lines[:len(l.Lines)-1] {
		first := int(c.Value)
		p.Words = append(p.Words, word{
			First: first, Last: int(l.Lines[i+1].Value) - 1, Byte: first * zerocopy.LineBytes,
			Name: strings.TrimSuffix(c.Name, "Line"), Doc: c.Doc,
		})
	}
	return p
}

// drawn returns a region whose parts each end where the next one begins.
func drawn(name string, bytes int, parts []part) region {
	end := bytes
	for i := len(parts) - 1; i >= 0; i-- {
		parts[i].Bytes, end = end-parts[i].At, parts[i].At
	}
	return region{name, bytes, parts}
}

func orders(l zerocopy.Layout) []part {
	return []part{
		{At: 0, What: "header"},
		{At: l.PolicyOffset(0), What: "policies of even epochs"},
		{At: l.PolicyOffset(1), What: "policies of odd epochs, padding"},
		{At: l.GenomeOffset(0), What: "genomes of even generations: 4 columns"},
		{At: l.GenomeOffset(1), What: "genomes of odd generations, padding"},
	}
}

func frames(l zerocopy.Layout) []part {
	parts := []part{{At: 0, What: "header"}}
	for i := range l.Slots {
		what := fmt.Sprintf("slot %d: 8 columns of %s floats", i, grouped(l.FrameBytes()/4/8))
		parts = append(parts, part{At: l.FrameOffset(i), What: what})
	}
	parts[l.Slots].What += ", padding"
	return parts
}
