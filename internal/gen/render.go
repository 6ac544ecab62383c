package main

import (
	"embed"
	"fmt"
	"go/format"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// The templates show what each generated file looks like. Those of one language
// spell names as it does.
//
//go:embed templates
var templates embed.FS

// A project is what the templates are filled with.
type project struct {
	layout
	abi
}

// Physics are the constants that the crate flock needs.
func (p project) Physics() []constant {
	needed := []string{"policyBytes", "frameColumns", "genomeColumns", "generationTicks"}
	sizes := slices.DeleteFunc(slices.Clone(p.Sizes), func(c constant) bool { return !slices.Contains(needed, c.Name) })
	return slices.Concat(sizes, p.Numbers, p.Columns, p.Policy)
}

// Shader are the constants that a shader needs: columns, and how many they are.
func (p project) Shader() []constant {
	sizes := slices.DeleteFunc(slices.Clone(p.Sizes), func(c constant) bool { return !strings.HasSuffix(c.Name, "Columns") })
	return slices.Concat(sizes, p.Columns, p.Genes)
}

// render fills the template of a file.
func render(name string, p project) (string, error) {
	all, err := template.New("").Funcs(template.FuncMap{
		"add":       func(a, b int) int { return a + b },
		"grouped":   grouped,
		"join":      strings.Join,
		"screaming": func(name string) string { return strings.ToUpper(snake(name)) },
		"snake":     snake,
		"title":     title,
	}).ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := all.ExecuteTemplate(&b, name+".tmpl", p); err != nil || !strings.HasSuffix(name, ".go") {
		return b.String(), err
	}
	source, err := format.Source([]byte(b.String()))
	return string(source), err
}

// snake turns a name of Go into snake case: maxSpeed into max_speed.
func snake(name string) string {
	return strings.ToLower(regexp.MustCompile(`\B[A-Z]`).ReplaceAllString(name, "_$0"))
}

// title turns the first letter of a name into upper case.
func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// camel turns the first letter of a name into lower case.
func camel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// grouped returns n with a comma before every three digits.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Describe says type, writer and meaning of a field in one line.
func (f field) Describe() string {
	kind := fmt.Sprintf("u%d", f.Bits)
	if f.Words > 1 {
		kind = fmt.Sprintf("%d × %s", f.Words, kind)
	}
	if f.told {
		kind += ", written by the module"
	}
	return kind + "; " + f.doc
}

// GoError is the expression that puts a refusal into words.
func (s status) GoError() string {
	hole := regexp.MustCompile(`{(\w+)}`)
	call := strconv.Quote(hole.ReplaceAllLiteralString(s.Refusal, "%d"))
	for _, argument := range hole.FindAllStringSubmatch(s.Refusal, -1) {
		call += ", " + argument[1]
	}
	return "fmt.Errorf(" + call + ")"
}

// RustArm is the arm of a match that gives a refusal.
func (s status) RustArm() string {
	arm := fmt.Sprintf("Self::%s => %q,", title(s.Name), s.Refusal)
	if len(arm) > 88 { // as rustfmt does at 100 columns
		arm = fmt.Sprintf("Self::%s => {\n                %q\n            }", title(s.Name), s.Refusal)
	}
	return arm
}
