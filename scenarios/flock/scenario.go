package flock

import "github.com/copytax/copytax"

// New returns the scenario with the physics that its engines open.
func New(open func(copytax.Config) (World, error)) copytax.Scenario { return scenario{open} }

type scenario struct {
	open func(copytax.Config) (World, error)
}

func (scenario) Name() string { return "flock" }

func (scenario) Summary() string {
	return "a 3-D flock in lock-step or at a rate: policy, step, frame, use of the frame, next tick"
}

// Owes implements [copytax.Witnessing]: the readers prove what they read, kernel
// and engine the genes that were written and used.
func (scenario) Owes(role copytax.Role) []string {
	return [copytax.NumRoles][]string{
		copytax.Kernel: {"digest", "chain", "genome"}, copytax.Engine: {"genome"}, copytax.Viewer: {"digest", "chain"},
	}[role]
}
