// Package labtest lets tests start real workers: copies of the test binary.
package labtest

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment/lab"
)

// Main is the TestMain of tests whose workers do the given jobs: it does one when
// the test binary was started as a worker, and else runs the tests.
func Main(m *testing.M, jobs map[string]lab.Job) {
	if len(os.Args) > 2 && os.Args[1] == lab.WorkerVerb {
		if err := jobs[os.Args[2]](os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// New returns a lab that ends with the test, and a context that ends two minutes
// from now at the latest.
func New(t testing.TB) (*lab.Lab, context.Context) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l := lab.New(exe)
	t.Cleanup(l.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return l, ctx
}

// NativeEngine returns the path of the native engine that make engine has built in the
// checkout at root, or that COPYTAX_ENGINE names, and skips the test if there is none.
// Where CI is set it must be there.
func NativeEngine(t testing.TB, root string) string {
	t.Helper()
	path, err := filepath.Abs(cmp.Or(os.Getenv("COPYTAX_ENGINE"), filepath.Join(root, "rust", "target", "release", "flock-engine")))
	if err == nil {
		_, err = os.Stat(path)
	}
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("no native engine: %v", err)
	case err != nil:
		t.Skipf("no native engine: %v; make engine builds it, COPYTAX_ENGINE names another", err)
	}
	return path
}
