//go:build !linux

package tab

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
)

// A Browser is never started here.
type Browser struct{}

// A Page is never opened here.
type Page struct{}

// A Process is never started here.
type Process struct{}

// Find fails here.
func Find(string) (string, error) { return "", copytax.ErrPlatform }

// Launch fails here.
func Launch(context.Context, *lab.Lab, Options) (*Browser, error) { return nil, copytax.ErrPlatform }

// Probe fails here.
func Probe(context.Context, string) (Adapter, error) { return Adapter{}, copytax.ErrPlatform }

// Start fails here.
func (Runtime) Start(context.Context, *lab.Lab, *control.Assignment, []*os.File) (control.Process, io.ReadWriteCloser, error) {
	return nil, nil, copytax.ErrPlatform
}

// PID is nobody's here.
func (*Browser) PID() int { return 0 }

// PIDs is empty here.
func (*Browser) PIDs() []int { return nil }

// Version is empty here.
func (*Browser) Version() string { return "" }

// Mark is empty here.
func (*Browser) Mark() Mark { return Mark{} }

// Open fails here.
func (*Browser) Open(context.Context, Site) (*Page, error) { return nil, copytax.ErrPlatform }

// Close does nothing here.
func (*Browser) Close() error { return nil }

// Read fails here.
func (*Page) Read([]byte) (int, error) { return 0, copytax.ErrPlatform }

// Write fails here.
func (*Page) Write([]byte) (int, error) { return 0, copytax.ErrPlatform }

// Screenshot fails here.
func (*Page) Screenshot(context.Context) ([]byte, error) { return nil, copytax.ErrPlatform }

// Close does nothing here.
func (*Page) Close() error { return nil }

// Kill does nothing here.
func (*Process) Kill() {}

// End fails here.
func (*Process) End() (time.Time, error) { return time.Time{}, copytax.ErrPlatform }

// Death says why there is none.
func (*Process) Death() string { return copytax.ErrPlatform.Error() }

// PIDs is empty here.
func (*Process) PIDs() []int { return nil }
