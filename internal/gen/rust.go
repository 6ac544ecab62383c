package main

import (
	"fmt"
	"strings"
)

// rustModule renders the head of a module of Rust and its constants.
func rustModule(doc string, all []constant) *strings.Builder {
	b := new(strings.Builder)
	fmt.Fprintf(b, "// %s\n//! %s\n#![allow(missing_docs)]\n\n", header, doc)
	for _, v := range all {
		if v.doc != "" {
			fmt.Fprintf(b, "/// %s\n", v.doc)
		}
		switch v.bits {
		case 0:
			fmt.Fprintf(b, "pub const %s: usize = %d;\n", v.name, v.value)
		case 64:
			fmt.Fprintf(b, "pub const %s: u64 = 0x%016x;\n", v.name, v.value)
		default:
			fmt.Fprintf(b, "pub const %s: u%d = %d;\n", v.name, v.bits, v.value)
		}
	}
	return b
}

// rustHub renders the layout for the crate hub.
func rustHub(l layout) string {
	return rustModule("Where things lie in the hub.", l.all()).String()
}

// rustFlock renders for the crate flock what the physics needs of layout and ABI.
func rustFlock(l layout, a abi) string {
	var sizes []constant
	for _, v := range l.sizes {
		switch v.name {
		case "POLICY_BYTES", "FRAME_COLUMNS", "GENOME_COLUMNS", "GENERATION_TICKS":
			sizes = append(sizes, v)
		}
	}
	for _, n := range a.numbers {
		sizes = append(sizes, constant{name: screaming(n.name), value: uint64(n.value), doc: n.doc})
	}
	b := rustModule("Where things lie, and what a step may be refused for.", join(sizes, l.columns, l.policy))
	rustStatus(b, a)
	return b.String()
}

// rustStatus renders the enumeration of refusals and their words.
func rustStatus(b *strings.Builder, a abi) {
	b.WriteString("\n/// What a call returns that was not refused.\npub const STATUS_OK: u32 = 0;\n\n" +
		"/// Why a step was refused.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u32)]\npub enum Status {\n")
	for i, s := range a.statuses[1:] {
		fmt.Fprintf(b, "    /// %s\n    %s = %d,\n", s.doc, goName("", s.name), i+1)
	}
	b.WriteString("}\n\nimpl Status {\n    /// The words for it, with `{epoch}` of the policy and `{culprit}`.\n" +
		"    #[must_use]\n    pub const fn refusal(self) -> &'static str {\n        match self {\n")
	for _, s := range a.statuses[1:] {
		arm := fmt.Sprintf("            Self::%s => %q,\n", goName("", s.name), s.refusal)
		if len(arm) > 101 { // as rustfmt does at 100 columns
			arm = fmt.Sprintf("            Self::%s => {\n                %q\n            }\n", goName("", s.name), s.refusal)
		}
		b.WriteString(arm)
	}
	b.WriteString("        }\n    }\n}\n")
}

// rustBlock renders the descriptor for the crate flock-wasm.
func rustBlock(a abi) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n//! The block that a host fills before a call.\n\n", header)
	b.WriteString("use core::mem::{offset_of, size_of};\n\n/// Addresses are those of linear memory.\n" +
		"#[derive(Debug)]\n#[repr(C)]\npub struct Descriptor {\n")
	end := 0
	for _, f := range a.fields {
		fmt.Fprintf(&b, "    /// %s\n    pub %s: %s,\n", f.describe(), snake(f.name), f.rustType())
		end = f.offset + f.words*f.bits/8
	}
	fmt.Fprintf(&b, "    reserved: [u32; %d],\n}\n\nconst _: () = {\n", (descriptorBytes-end)/4)
	for _, f := range a.fields {
		fmt.Fprintf(&b, "    assert!(offset_of!(Descriptor, %s) == %d);\n", snake(f.name), f.offset)
	}
	fmt.Fprintf(&b, "    assert!(size_of::<Descriptor>() == %d);\n};\n", descriptorBytes)
	return b.String()
}

func (f field) rustType() string {
	if f.words > 1 {
		return fmt.Sprintf("[u%d; %d]", f.bits, f.words)
	}
	return fmt.Sprintf("u%d", f.bits)
}
