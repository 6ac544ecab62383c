package app

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/zeebo/blake3"

	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
)

func newVersion() *cobra.Command {
	return printing(&cobra.Command{
		Use:   "version",
		Short: "Print the versions that a run's manifest records",
		Example: `  copytax version
  copytax version --json
  copytax version --json | grep wasm`,
	}, "print JSON, dependencies included", func() (store.Version, error) { return version(), nil }, printVersion)
}

func printVersion(out io.Writer, v store.Version) error {
	_, err := fmt.Fprintf(out, "copytax %s, %s %s/%s, engine module %.12s\n", v.Copytax, v.Go, runtime.GOOS, runtime.GOARCH, v.Wasm)
	return err
}

// version names what this program was built from.
func version() store.Version {
	v := store.Version{
		Copytax: "unknown", Go: runtime.Version(), Modules: map[string]string{},
		Wasm: sum(wasmhost.Module()), Program: programSum(),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
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
	for _, m := range info.Deps {
		v.Modules[m.Path] = m.Version
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
