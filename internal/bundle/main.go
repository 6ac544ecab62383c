// Command bundle makes what a browser loads, in browser/dist, which the program embeds:
// of the TypeScript in browser/src one file for the page and one for its workers, of
// browser/physics one for the page that steps the flock alone, one for that of a gauge, of the Go in browser/kernel
// a module, and of the packages that the scripts embed their licences.
//
//	go run ./internal/bundle              writes browser/dist
//	go run ./internal/bundle -check       names the files that are not current, and fails
//	go run ./internal/bundle -tests DIR   writes the tests, *.test.ts, to DIR for Node to run
//
// The same sources and packages give the same bytes: esbuild is pinned by go.mod, the
// packages of npm by browser/package-lock.json, and the Go that compiles the module here.
// It runs in the module's root folder, behind `npm ci` in browser.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	sources = "browser/src"
	physics = "browser/physics"
	dist    = "browser/dist"
	// packages is the folder of package.json.
	packages = "browser"
	// toolchain is the Go that compiles the kernel: another one makes other bytes.
	toolchain = "go1.26.8"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run() error {
	check := flag.Bool("check", false, "write nothing, and fail where a file is not current")
	tests := flag.String("tests", "", "write the tests to a `folder` instead")
	flag.Parse()
	if *tests != "" {
		return writeTests(*tests)
	}
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: sources + "/page.ts", OutputPath: "page"}, {InputPath: sources + "/worker.ts", OutputPath: "worker"},
			{InputPath: physics + "/tab.mjs", OutputPath: "physics"}, {InputPath: sources + "/gauge.ts", OutputPath: "gauge"},
		},
		Outdir: dist, Bundle: true, Format: api.FormatESModule, Target: api.ES2023, Charset: api.CharsetUTF8,
		Loader: map[string]api.Loader{".wgsl": api.LoaderText}, LegalComments: api.LegalCommentsEndOfFile,
		MinifyWhitespace: true, MinifySyntax: true, Metafile: true,
		Banner: map[string]string{"js": "// Made of browser/src by go run ./internal/bundle; DO NOT EDIT."},
	})
	files, err := outputs(result)
	if err != nil {
		return err
	}
	if err := checkEmbedded(packages, result.Metafile); err != nil {
		return err
	}
	if files[dist+"/THIRD_PARTY.txt"], err = notices(packages); err != nil {
		return err
	}
	for name, source := range map[string]string{"index.html": sources + "/index.html", "physics.html": physics + "/tab.html", "gauge.html": sources + "/gauge.html"} {
		if files[dist+"/"+name], err = os.ReadFile(source); err != nil {
			return err
		}
	}
	if files[dist+"/kernel.wasm.gz"], err = kernel(); err != nil {
		return err
	}
	if *check {
		return stale(files)
	}
	return write(files)
}

// kernel compiles the kernel as a reactor of WASI, and compresses it.
func kernel() ([]byte, error) {
	folder, err := os.MkdirTemp("", "copytax-kernel-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "kernel.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "./browser/kernel")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOTOOLCHAIN="+toolchain, "GOFLAGS=", "GOWASM=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("compile the kernel: %w", err)
	}
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(wasm)
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}

// writeTests writes every test, with what it imports, as a module of Node.
func writeTests(folder string) error {
	all, err := filepath.Glob(sources + "/*.test.ts")
	if err != nil {
		return err
	}
	below, err := filepath.Glob(sources + "/*/*.test.ts")
	if err != nil {
		return err
	}
	if all = append(all, below...); len(all) == 0 {
		return errors.New("no test in " + sources)
	}
	files, err := outputs(api.Build(api.BuildOptions{
		EntryPoints: all, Outdir: folder, Outbase: sources, Bundle: true, Format: api.FormatESModule, Target: api.ES2023,
		Platform: api.PlatformNode, OutExtension: map[string]string{".js": ".mjs"}, Sourcemap: api.SourceMapInline,
		Loader: map[string]api.Loader{".wgsl": api.LoaderText},
		// Packages in CommonJS call require for what Node has.
		Banner: map[string]string{"js": `import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);`},
	}))
	if err != nil {
		return err
	}
	return write(files)
}

// outputs returns what esbuild made, by path.
func outputs(r api.BuildResult) (map[string][]byte, error) {
	for _, text := range api.FormatMessages(append(r.Errors, r.Warnings...), api.FormatMessagesOptions{}) {
		fmt.Fprint(os.Stderr, text)
	}
	if n := len(r.Errors) + len(r.Warnings); n > 0 {
		return nil, fmt.Errorf("esbuild has %d errors or warnings", n)
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range r.OutputFiles {
		path, err := filepath.Rel(root, f.Path)
		if err != nil {
			return nil, err
		}
		files[path] = f.Contents
	}
	return files, nil
}

func write(files map[string][]byte) error {
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// stale returns an error that names the files on disk that are not as they would be written.
func stale(files map[string][]byte) error {
	var errs []error
	for path, content := range files {
		if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, content) {
			errs = append(errs, fmt.Errorf("%s is not current: make generate", path))
		}
	}
	return errors.Join(errs...)
}
