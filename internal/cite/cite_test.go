package cite

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

func reference(t *testing.T) *store.Results {
	t.Helper()
	r, err := store.Load(filepath.Join("..", "..", "results", "reference"), func(string) (experiment.Experiment, bool) { return nil, false })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	seal    = "6b8092126499e704e651d0334c7f7c57e21aa78d65fb5d419b5d64528735b0fc"
	version = "v0.0.0-20261123134734-0438472d23a7 0438472d23a712c360a4a377cbb847f1b7bc15b9"
	machine = "AMD EPYC, 2 logical processors, virtual machine (kvm), linux/amd64, go1.26.8"
)

func TestThePublishedRun(t *testing.T) {
	c, err := Of(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Text(), "The copytax authors, run reference of copytax "+version+" (flock; standard profile, seed 1, blocks: 10), measured on 23 November 2026 on "+
		machine+", sealed by BLAKE3 "+seal+", https://github.com/copytax/copytax.\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := c.BibTeX(), `@misc{copytax-reference-6b8092126499,
  author       = {{The copytax authors}},
  title        = {{copytax run reference (flock; standard profile, seed 1, blocks: 10)}},
  year         = {2026},
  month        = {11},
  date         = {2026-11-23},
  version      = {`+version+`},
  howpublished = {\url{https://github.com/copytax/copytax}},
  url          = {https://github.com/copytax/copytax},
  note         = {Measured on `+machine+`; BLAKE3 seal \texttt{`+seal+`}},
}
`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := c.CFF(), `references:
  - type: data
    title: "copytax run reference (flock; standard profile, seed 1, blocks: 10)"
    authors:
      - name: "The copytax authors"
    version: "`+version+`"
    date-released: 2026-11-23
    repository-code: "https://github.com/copytax/copytax"
    identifiers:
      - type: other
        value: "blake3:`+seal+`"
        description: "the seal of the run's manifest"
    notes: "Measured on `+machine+`"
`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A name that BibTeX, TeX or YAML would read as something else is kept from it.
func TestNamesThatMeanSomething(t *testing.T) {
	c := &Citation{run: `50%_of {my} \"run"`, date: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC), what: "w", seal: seal}
	bib := c.BibTeX()
	if !strings.HasPrefix(bib, "@misc{copytax-50--of--my----run--6b8092126499,\n") || !strings.Contains(bib, `50\%\_of \{my\} \textbackslash{}"run"`) {
		t.Errorf("got %s", bib)
	}
	if strings.Count(bib, "{")-strings.Count(bib, `\{`) != strings.Count(bib, "}")-strings.Count(bib, `\}`) {
		t.Errorf("braces do not match: %s", bib)
	}
	if cff := c.CFF(); !strings.Contains(cff, `title: "copytax run 50%_of {my} \\\"run\" (w)"`) {
		t.Errorf("got %s", cff)
	}
}

func TestARunThatStillChangesIsNotCited(t *testing.T) {
	r := reference(t)
	r.Manifest.State = store.Running
	if _, err := Of(r); err == nil || !strings.Contains(err.Error(), "is not complete, 480 of 480 trials: its seal still changes") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

// Author and repository are those of the software's own citation.
func TestTheSoftwareIsThatOfItsOwnCitation(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "CITATION.cff"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`(?m)^  - name: ` + regexp.QuoteMeta(author) + `$`, `(?m)^repository-code: "` + regexp.QuoteMeta(repository) + `"$`} {
		if !regexp.MustCompile(want).Match(raw) {
			t.Errorf("CITATION.cff has no line %s", want)
		}
	}
}
