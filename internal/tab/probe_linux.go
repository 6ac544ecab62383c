package tab

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/copytax/copytax/experiment/lab"
)

// probing is how long a browser may take to show what it can do.
const probing = 20 * time.Second

//go:embed probe
var probeFiles embed.FS

// probes are the findings of this process, by the paths of the browsers.
var probes struct {
	sync.Mutex
	found map[string]finding
}

type finding struct {
	adapter Adapter
	err     error
}

// Probe finds out whether a browser can run a trial: whether its page is isolated and
// shares memory with a worker, and whether a worker draws on a canvas by WebGPU. It
// returns what draws, or why it cannot. path is as in [Options]. The answer is kept as
// long as this process lives, unless ctx ended before there was one.
func Probe(ctx context.Context, path string) (Adapter, error) {
	path, err := Find(path)
	if err != nil {
		return Adapter{}, err
	}
	probes.Lock()
	defer probes.Unlock()
	if f, ok := probes.found[path]; ok {
		return f.adapter, f.err
	}
	a, err := probe(ctx, Options{Path: path})
	if err != nil {
		err = fmt.Errorf("%s cannot run a trial: %w", path, err)
	}
	if ctx.Err() != nil {
		return a, err
	}
	if probes.found == nil {
		probes.found = map[string]finding{}
	}
	probes.found[path] = finding{a, err}
	return a, err
}

func probe(ctx context.Context, o Options) (a Adapter, err error) {
	l := lab.New("")
	defer l.Close()
	ctx, cancel := lab.WithTimeout(ctx, probing, fmt.Errorf("no answer within %v", probing))
	defer cancel()
	b, err := Launch(ctx, l, o)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	files, err := fs.Sub(probeFiles, "probe")
	if err != nil {
		return a, err
	}
	p, err := b.Open(ctx, Site{FS: files})
	if err != nil {
		return a, err
	}
	defer p.Close()
	var said struct {
		Adapter
		Error string `json:"error"`
	}
	if err := json.NewDecoder(p).Decode(&said); err != nil {
		cause, _ := p.findCause()
		return a, errors.New(cause)
	}
	if said.Error != "" {
		return a, errors.New(said.Error)
	}
	said.Browser = b.Version()
	return said.Adapter, nil
}
