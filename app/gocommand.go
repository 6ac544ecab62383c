package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// A goCommand is the go command that builds programs.
type goCommand struct {
	path, version, toolchain string
}

// findGo returns the go command in PATH.
func findGo(ctx context.Context) (g goCommand, err error) {
	if g.path, err = exec.LookPath("go"); err != nil {
		return g, errors.New("there is no go command in PATH: install Go from https://go.dev/dl")
	}
	out, err := g.run(ctx, os.TempDir(), "env", "GOOS", "GOARCH", "GOVERSION", "GOTOOLCHAIN")
	if err != nil {
		return g, err
	}
	said := append(strings.Split(strings.TrimSpace(string(out)), "\n"), "", "", "", "")
	if target, here := said[0]+"/"+said[1], runtime.GOOS+"/"+runtime.GOARCH; target != here {
		return g, fmt.Errorf("the go command builds for %s, and the program has to start here, on %s: unset GOOS and GOARCH", target, here)
	}
	g.version, g.toolchain = said[2], said[3]
	return g, nil
}

// suffices returns an error where the go command can neither build what needs a version
// of Go nor fetch a toolchain that can. It says on notes which one is fetched.
func (g goCommand) suffices(need, why string, notes io.Writer) error {
	if version.Compare("go"+need, g.version) <= 0 {
		return nil
	}
	if g.toolchain != "auto" && !strings.HasSuffix(g.toolchain, "+auto") {
		return fmt.Errorf("%s needs Go %s; %s is %s, and GOTOOLCHAIN=%s keeps it from fetching another: install Go %s or set GOTOOLCHAIN=auto",
			why, need, g.path, g.version, g.toolchain, need)
	}
	fmt.Fprintf(notes, "%s needs Go %s: %s, which is %s, fetches it if it is not there (GOTOOLCHAIN=%s)\n", why, need, g.path, g.version, g.toolchain)
	return nil
}

// run runs the go command in a folder, outside any workspace. An error is the first
// thing that it complained of.
func (g goCommand) run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.path, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GO111MODULE=on", "PWD="+dir)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if text := complaint(complaints.String()); text != "" {
		err = errors.New(text)
	}
	return out, fmt.Errorf("go %s: %w", args[0], err)
}

// complaint returns the first line that tells a mistake, with the line that it goes
// on in.
func complaint(text string) string {
	var said []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "go: "))
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "downloading ") || strings.HasPrefix(line, "finding ") {
			continue
		}
		said = append(said, line)
		if !strings.HasSuffix(line, ":") {
			break
		}
	}
	return strings.Join(said, " ")
}

// A download is what the go command says of a module version.
type download struct {
	Version, Error, Dir, GoMod, Sum, GoModSum string
}

// download fetches a module version, or finds it in the module cache.
func (g goCommand) download(ctx context.Context, dir, query string) (d download, err error) {
	out, err := g.run(ctx, dir, "mod", "download", "-json", query)
	if len(out) > 0 { // which says more than the exit status
		if bad := json.Unmarshal(out, &d); bad != nil {
			return d, fmt.Errorf("go mod download %s: %w", query, bad)
		}
	}
	if d.Error != "" {
		return d, errors.New(complaint(d.Error))
	}
	return d, err
}
