package app

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/zeebo/blake3"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
)

func newVersion(c catalogue) *cobra.Command {
	return printing(&cobra.Command{
		Use:   "version",
		Short: "Print the versions that a run's manifest records",
		Example: `  copytax version
  copytax version --json
  copytax version --json | grep wasm`,
	}, "print JSON, dependencies included", func() (versions, error) { return versions{c.version(), plugins(c)}, nil }, printVersion)
}

// versions are what version prints.
type versions struct {
	store.Version
	Plugins []plugin `json:"plugins"`
}

// A plugin is a module that is compiled in beside this tree.
type plugin struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	Sum     string `json:"sum"`
}

func plugins(c catalogue) []plugin {
	all := []plugin{}
	for _, m := range c.Plugins {
		all = append(all, plugin{m.Path, m.Version, m.Sum})
	}
	return all
}

func printVersion(out io.Writer, v versions) error {
	_, err := fmt.Fprintf(out, "copytax %s, %s %s/%s, engine module %.12s\n", v.Copytax, v.Go, runtime.GOOS, runtime.GOARCH, v.Wasm)
	for _, p := range v.Plugins {
		if err == nil {
			_, err = fmt.Fprintf(out, "with %s %s %s\n", p.Module, p.Version, p.Sum)
		}
	}
	return err
}

// version names what this program was built from. A plugin is among the modules with
// its sum behind its version.
func (c catalogue) version() store.Version {
	v := store.Version{
		Copytax: "unknown", Go: runtime.Version(), Modules: map[string]string{},
		Wasm: sum(wasmhost.Module()), Program: programSum(),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, m := range info.Deps {
		v.Modules[m.Path] = m.Version
		if r := m.Replace; r != nil && m.Path != experiment.Tree { // whose Revision says more
			v.Modules[m.Path] += " => " + r.Path + " " + r.Version
		}
	}
	for _, m := range c.Plugins {
		v.Modules[m.Path] = m.Version + " " + m.Sum
	}
	if c.program.Revision != "" { // what is below is of the module that copytax build wrote
		v.Copytax = c.program.Revision
		return v
	}
	v.Copytax = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Copytax += " " + s.Value
		}
		if s.Key == "vcs.modified" && s.Value == "true" {
			v.Copytax += " modified"
		}
	}
	return v
}

// programSum returns the BLAKE3 of this executable, or why it is not known.
func programSum() string {
	path, err := os.Executable()
	if err != nil {
		return err.Error()
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return sum(content)
}

// sum returns the BLAKE3 of b in hex.
func sum(b []byte) string { return fmt.Sprintf("%x", blake3.Sum256(b)) }
