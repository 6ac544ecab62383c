// Package rawpipe moves raw columns through pipes: the operating system copies
// every byte in and out, and nothing is encoded.
package rawpipe

import (
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// Plugin returns what the module adds to a program.
func Plugin() experiment.Catalogue {
	return experiment.Catalogue{Transports: func() []copytax.Transport { return []copytax.Transport{transport{}} }}
}

type transport struct{}

func (transport) Name() string { return "rawpipe" }

func (transport) Info() copytax.Info {
	return copytax.Info{Rung: 4, Summary: "raw columns through pipes", OwnThread: true}
}

// Wire makes a pipe for each way that a message goes.
func (transport) Wire(copytax.Config) (*copytax.Wiring, error) {
	w := &copytax.Wiring{}
	for _, way := range [][2]copytax.Role{
		{copytax.Kernel, copytax.Engine}, {copytax.Engine, copytax.Kernel},
		{copytax.Engine, copytax.Viewer}, {copytax.Viewer, copytax.Kernel},
	} {
		r, s, err := os.Pipe()
		if err != nil {
			w.Close()
			return nil, fmt.Errorf("make pipe from %s to %s: %w", way[0], way[1], err)
		}
		w.Files[way[0]] = append(w.Files[way[0]], s)
		w.Files[way[1]] = append(w.Files[way[1]], r)
	}
	return w, nil
}

func (transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	return &kernel{end: &end{Env: env}, frame: copytax.NewFrame(env.Boids), genome: copytax.NewGenome(env.Boids)}, nil
}

func (transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	return &engine{end: &end{Env: env}}, nil
}

func (transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	return &viewer{end: &end{Env: env}, frame: copytax.NewFrame(env.Boids)}, nil
}
