// Package browser holds what copytax gives to a browser: a page, the script of its
// workers, the pages of the physics alone and of a gauge, and the flock's kernel as a WebAssembly module.
// They are made of src, host, physics and kernel by go run ./internal/bundle. It runs
// nothing; package internal/tab serves them and starts the browser.
package browser

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
)

//go:embed dist
var dist embed.FS

// kernelPacked is the name of the kernel's module, as it is embedded.
const kernelPacked = "kernel.wasm.gz"

// Files returns everything that the page asks its server for, by its path: index.html,
// page.js, worker.js, kernel.wasm, and the module of the physics as flock.wasm, with its
// build for the kernel's memory as flock-low.wasm.
func Files(flock, low []byte) (map[string][]byte, error) {
	files := map[string][]byte{"flock.wasm": flock, "flock-low.wasm": low}
	entries, err := dist.ReadDir("dist")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		content, err := dist.ReadFile("dist/" + e.Name())
		if err != nil {
			return nil, err
		}
		if e.Name() == kernelPacked {
			if content, err = unpack(content); err != nil {
				return nil, fmt.Errorf("unpack %s: %w", kernelPacked, err)
			}
			files["kernel.wasm"] = content
			continue
		}
		files[e.Name()] = content
	}
	return files, nil
}

// Page returns what a page asks for whose script and workers are NAME.js: "physics", which
// steps the flock alone and asks for flock.wasm as well, or "gauge", which passes a word
// to and fro.
func Page(name string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for path, source := range map[string]string{"index.html": name + ".html", name + ".js": name + ".js"} {
		content, err := dist.ReadFile("dist/" + source)
		if err != nil {
			return nil, err
		}
		files[path] = content
	}
	return files, nil
}

func unpack(content []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
