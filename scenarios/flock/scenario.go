package flock

import "github.com/copytax/copytax"

// New returns the scenario.
func New() copytax.Scenario { return scenario{} }

type scenario struct{}

func (scenario) Name() string { return "flock" }

func (scenario) Summary() string {
	return "a 3-D flock in lock-step: policy, step, frame, everyone has read it, next tick"
}

func (scenario) NewKernel(env copytax.Env, link copytax.KernelLink) (copytax.KernelActor, error) {
	return NewKernel(env, link)
}

func (scenario) NewEngine(env copytax.Env, link copytax.EngineLink) (copytax.Actor, error) {
	return NewEngine(env, link)
}

func (scenario) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	return NewViewer(env, link)
}

// Module returns the WebAssembly module that the engine runs, as embedded. The
// caller must not change it.
func Module() []byte { return module }
