package copytax

import (
	"fmt"
	"slices"
	"strings"
)

// A Runtime is what a role runs in.
type Runtime string

// The runtimes.
const (
	Go     Runtime = "go"     // this program; its engine is the module in wazero
	Native Runtime = "native" // a process without Go in it
	Tab    Runtime = "tab"    // a worker, or the page, of a tab of a browser
)

// A Placement says which runtime each role has.
type Placement [NumRoles]Runtime

// Everywhere returns the placement of all roles in one runtime.
func Everywhere(r Runtime) (p Placement) {
	for role := range p {
		p[role] = r
	}
	return p
}

// String returns the names of the runtimes in the order kernel, engine, viewer, with
// commas between them, or the one name where all are the same.
func (p Placement) String() string {
	if p == Everywhere(p[Kernel]) {
		return string(p[Kernel])
	}
	return fmt.Sprintf("%s,%s,%s", p[Kernel], p[Engine], p[Viewer])
}

// ParsePlacement reads what String writes. It does not know which runtimes there are.
func ParsePlacement(s string) (p Placement, err error) {
	words := strings.Split(s, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	switch {
	case slices.Contains(words, ""):
	case len(words) == 1:
		return Everywhere(Runtime(words[0])), nil
	case len(words) == int(NumRoles):
		for role := range p {
			p[role] = Runtime(words[role])
		}
		return p, nil
	}
	return p, fmt.Errorf("placement %q: want one runtime, or those of kernel, engine and viewer with commas between them", s)
}
