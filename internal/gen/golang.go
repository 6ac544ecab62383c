package main

import (
	"fmt"
	"go/format"
	"strings"
)

// golang renders what the host on wazero needs of the ABI.
func golang(a abi) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n\npackage wasmhost\n\nimport \"fmt\"\n\n", header)
	b.WriteString("// Sizes and limits of the module.\nconst (\n")
	for _, n := range a.numbers {
		fmt.Fprintf(&b, "%s = %d // %s\n", n.name, n.value, n.doc)
	}
	b.WriteString(")\n\n// The fields of a descriptor, by their offsets in bytes.\nconst (\n")
	for _, f := range a.fields {
		fmt.Fprintf(&b, "%s = %d // %s\n", goName("desc", f.name), f.offset, f.describe())
	}
	fmt.Fprintf(&b, "descBytes = %d\n)\n\n// What a call of the module returns.\nconst (\n", descriptorBytes)
	for i, s := range a.statuses {
		fmt.Fprintf(&b, "%s status = %d\n", goName("status", s.name), i)
	}
	b.WriteString(")\n\n")
	goRefusals(&b, a)
	source, err := format.Source([]byte(b.String()))
	return string(source), err
}

// goRefusals renders the function that puts a status into words.
func goRefusals(b *strings.Builder, a abi) {
	b.WriteString("// refusal is what a call with this status says about the culprit that the\n" +
		"// descriptor names, under the policy of epoch.\n" +
		"func (s status) refusal(epoch uint64, culprit uint32) error {\nswitch s {\n")
	for _, s := range a.statuses {
		if s.refusal == "" {
			continue
		}
		words, args := s.refusal, ""
		for _, name := range []string{"epoch", "culprit"} { // in the order that they have in the words
			if hole := "{" + name + "}"; strings.Contains(words, hole) {
				words, args = strings.ReplaceAll(words, hole, "%d"), args+", "+name
			}
		}
		fmt.Fprintf(b, "case %s:\nreturn fmt.Errorf(%q%s)\n", goName("status", s.name), words, args)
	}
	b.WriteString("}\nreturn fmt.Errorf(\"unknown status %d\", s)\n}\n")
}

// goName puts a name in camel case behind a prefix.
func goName(prefix, name string) string { return prefix + strings.ToUpper(name[:1]) + name[1:] }

// describe says type, writer and meaning of a field in one line.
func (f field) describe() string {
	kind := fmt.Sprintf("u%d", f.bits)
	if f.words > 1 {
		kind = fmt.Sprintf("%d × %s", f.words, kind)
	}
	if f.told {
		kind += ", written by the module"
	}
	return kind + "; " + f.doc
}
