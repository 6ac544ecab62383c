package main

import (
	"fmt"
	"strings"
)

// javaScript renders what a host in JavaScript needs of layout and ABI: constants,
// in a module that runs as it stands.
func javaScript(l layout, a abi) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n// @ts-check\n\n", header)
	for _, v := range l.all() {
		jsDoc(&b, "", v.doc)
		if v.bits == 64 {
			fmt.Fprintf(&b, "export const %s = 0x%016xn;\n", v.name, v.value)
			continue
		}
		fmt.Fprintf(&b, "export const %s = %d;\n", v.name, v.value)
	}
	for _, n := range a.numbers {
		jsDoc(&b, "", n.doc)
		fmt.Fprintf(&b, "export const %s = %d;\n", screaming(n.name), n.value)
	}
	b.WriteString("\n/** Where the fields of a descriptor are, in bytes from its start. */\nexport const DESC = Object.freeze({\n")
	for _, f := range a.fields {
		jsDoc(&b, "  ", f.describe())
		fmt.Fprintf(&b, "  %s: %d,\n", f.name, f.offset)
	}
	fmt.Fprintf(&b, "});\nexport const DESC_BYTES = %d;\n", descriptorBytes)
	jsStatuses(&b, a)
	return b.String()
}

// jsStatuses renders the list of refusals and that of exports.
func jsStatuses(b *strings.Builder, a abi) {
	b.WriteString("\n/** Refusals by the status that a call returns, with {epoch} of the policy and {culprit}. */\n" +
		"export const REFUSALS = Object.freeze([\n")
	for _, s := range a.statuses {
		fmt.Fprintf(b, "  %q,\n", s.refusal)
	}
	b.WriteString("]);\n\n/** What the module exports. */\nexport const EXPORTS = Object.freeze([\n")
	for _, e := range a.exports {
		fmt.Fprintf(b, "  %q,\n", e.name)
	}
	for _, name := range globals() {
		fmt.Fprintf(b, "  %q,\n", name)
	}
	b.WriteString("]);\n")
}

func jsDoc(b *strings.Builder, indent, doc string) {
	if doc != "" {
		fmt.Fprintf(b, "%s/** %s */\n", indent, doc)
	}
}

// typeScript renders what only TypeScript can say of the ABI: the types of the
// module's functions. The values are those of the host in JavaScript.
func typeScript(a abi) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n\nexport * from \"../host/abi.mjs\";\n\n", header)
	b.WriteString("/** What the module exports. A descriptor is named by its address; every status is an index of REFUSALS. */\n" +
		"export interface FlockExports {\n")
	for _, e := range a.exports {
		jsDoc(&b, "  ", e.doc)
		result := "number"
		if e.returns == "hash" {
			result = "bigint"
		}
		fmt.Fprintf(&b, "  readonly %s: (%s: number) => %s;\n", e.name, strings.Join(e.args, ": number, "), result)
	}
	for _, name := range globals() {
		fmt.Fprintf(&b, "  readonly %s: WebAssembly.Global<\"i32\">;\n", name)
	}
	b.WriteString("}\n")
	return b.String()
}

// globals are the exported globals: where the module's stack and data end, and
// where the stack begins, which grows downwards.
func globals() []string { return []string{"__heap_base", "__stack_pointer"} }
