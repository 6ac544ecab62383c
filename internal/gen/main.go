// Command gen writes down, once for every language, what all programs of the
// project must know alike: where things lie in the hub ([layout]) and how a host
// calls the engine's module ([abi]).
//
//	go run ./internal/gen          writes the files
//	go run ./internal/gen -check   names those that are not current, and fails
//
// The source of the layout is package zerocopy, that of the ABI is abi.go. It
// writes no formula and no code that runs but the text of refusals: each language
// has its formulas once, and zerocopy/testdata/layout.tsv holds them together. It
// runs in the module's root folder. Start at [outputs].
package main

import (
	"path/filepath"

	"github.com/copytax/copytax/internal/gen/file"
)

const command = "go run ./internal/gen"

func main() { file.Main(command, outputs) }

// outputs renders every generated file of the module in root. It reads there the
// names of the hub's words, and the document that it puts the picture into.
func outputs(root string) ([]file.File, error) {
	l, err := readLayout(filepath.Join(root, "zerocopy", "lines.go"))
	if err != nil {
		return nil, err
	}
	var files []file.File
	for _, f := range []struct{ path, template string }{
		{"scenarios/flock/wasmhost/abi_gen.go", "abi_gen.go"},
		{"rust/hub/src/layout.rs", "hub.rs"},
		{"rust/flock/src/layout.rs", "flock.rs"},
		{"rust/flock-wasm/src/block.rs", "block.rs"},
		{"browser/host/abi.mjs", "abi.mjs"},
		{"browser/src/abi.ts", "abi.ts"},
		{"browser/src/layout.wgsl", "layout.wgsl"},
		{"docs/hub.md", "hub.md"},
		{"zerocopy/testdata/layout.tsv", "layout.tsv"},
	} {
		content, err := render(f.template, project{l, engineABI()})
		if err == nil && filepath.Ext(f.path) == ".md" {
			content, err = file.Within(root, f.path, command, content)
		}
		if err != nil {
			return nil, err
		}
		files = append(files, file.File{Path: f.path, Content: content})
	}
	return files, nil
}
