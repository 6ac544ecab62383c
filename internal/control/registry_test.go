//go:build linux

package control_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/channel"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/http"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/twin"
)

// A registry knows the flock, and flocks whose viewers fail, die or stop at tick 5.
type registry struct{}

func (registry) Scenario(name string) (copytax.Scenario, error) {
	healthy := flock.New(wasmhost.Open)
	switch name {
	case healthy.Name():
		return healthy, nil
	case "broken":
		return broken{healthy}, nil
	case "hangs":
		return hanging{healthy}, nil
	case "dies-holding":
		return holding{healthy}, nil
	case "kernel-pauses":
		return pausing{healthy, copytax.Kernel}, nil
	case "engine-pauses":
		return pausing{healthy, copytax.Engine}, nil
	case "viewer-pauses":
		return pausing{healthy, copytax.Viewer}, nil
	case "slow-viewer":
		return lazy{healthy}, nil
	case liesTwice, liesAgain, liesChanged:
		return lying{healthy, name}, nil
	}
	return nil, fmt.Errorf("unknown workload %q", name)
}

func (registry) Transport(name string) (copytax.Transport, error) {
	others := []copytax.Transport{direct.New(), channel.New(), overHTTP(), asker{park()}, everyFrame{park()}}
	for _, t := range slices.Concat(shm.Transports(), twin.Transports(), others) {
		if t.Name() == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("unknown transport %q", name)
}

// overHTTP returns http+json.
func overHTTP() copytax.Transport {
	all := carrier.Each(http.Carrier(), codec.Formats()...)
	return all[slices.IndexFunc(all, func(t copytax.Transport) bool { return t.Name() == "http+json" })]
}

type broken struct{ copytax.Scenario }

func (b broken) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	a, err := b.Scenario.NewViewer(env, link)
	return failing{a}, err
}

type failing struct{ copytax.Actor }

func (f failing) Tick(epoch uint64) error {
	if epoch == 5 {
		return errors.New("the screen is on fire")
	}
	return f.Actor.Tick(epoch)
}

// hanging is a scenario whose viewer has lost its way.
type hanging struct{ copytax.Scenario }

func (h hanging) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	a, err := h.Scenario.NewViewer(env, link)
	return stopping{a}, err
}

type stopping struct{ copytax.Actor }

func (s stopping) Tick(epoch uint64) error {
	if epoch == 5 {
		select {}
	}
	return s.Actor.Tick(epoch)
}

// holding is a scenario whose viewer is killed while it holds a frame.
type holding struct{ copytax.Scenario }

func (h holding) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	return h.Scenario.NewViewer(env, deadly{link})
}

type deadly struct{ copytax.ViewerLink }

func (d deadly) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f, err := d.ViewerLink.AcquireFrame(epoch)
	if epoch == 5 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // not one more instruction of the role
	}
	return f, err
}

// asking is the name of asker.
const asking = "asking"

// asker is a transport whose engine says where it is, and asks where the kernel is.
type asker struct{ copytax.Transport }

func (asker) Name() string { return asking }

func (a asker) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	if err := env.Share("engine", "here"); err != nil {
		return nil, err
	}
	found, err := env.Lookup("kernel")
	if err != nil {
		return nil, err
	}
	if err := env.Share("found", found); err != nil {
		return nil, err
	}
	return a.Transport.OpenEngine(env)
}
