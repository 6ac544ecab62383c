package hub

import (
	"fmt"
	"slices"

	"github.com/copytax/copytax/zerocopy/internal/enum"
)

// Pages are what the memory of a region is made of. Larger ones mean fewer
// faults and fewer entries of the processor's translation cache for the same
// bytes; see [Available] for what this machine gives and [UsedPages] for what a
// mapping really got.
type Pages uint8

const (
	// Small pages are the machine's own, 4 KiB on amd64.
	Small Pages = iota
	// Transparent pages are small ones, with the operating system asked
	// (MADV_HUGEPAGE) to use huge ones where a fault allows it. It may give none.
	Transparent
	// Collapsed pages are small ones that the operating system is told
	// (MADV_COLLAPSE, Linux 6.1) to copy into huge ones when the region is
	// mapped, and so populated. It does so whatever its settings for
	// transparent pages are.
	Collapsed
	// Huge pages come from the pool that the machine's owner has reserved
	// (hugetlb). They exist before anybody maps them.
	Huge
)

var pageNames = [...]string{"small", "transparent", "collapsed", "huge"}

// String returns the name that ParsePages knows.
func (p Pages) String() string { return enum.Name(p, pageNames[:]) }

// ParsePages returns the pages called name.
func ParsePages(name string) (Pages, error) {
	p := slices.Index(pageNames[:], name)
	if p < 0 {
		return 0, fmt.Errorf("unknown pages %q: want one of %v", name, pageNames)
	}
	return Pages(p), nil
}

// HugeBytes is the size of a huge page on amd64, and on arm64 with small pages
// of 4 KiB. A region on other than small pages is a multiple of it.
const HugeBytes = 2 << 20

// An Option says how the memory of a region is to be made. The creator of a
// region and everybody who maps it give the same ones.
type Option func(*memory)

// OnPages asks for other than small pages. Where the machine cannot give them
// Create or the mapping fails; only Transparent may silently come to nothing.
func OnPages(p Pages) Option { return func(m *memory) { m.pages = p } }

// Populated has a mapping filled into the page tables when it is made
// (MADV_POPULATE_WRITE or _READ, Linux 5.14), so that no touch of it faults
// later. The region's memory is taken at once. It fails where the operating
// system cannot do it.
//
// Note: MAP_POPULATE is older, but an operating system may leave it undone
// without a word, and it comes before the advice on the pages.
func Populated() Option { return func(m *memory) { m.populated = true } }

// memory is what the options of a region add up to; its zero value is small
// pages, each made when it is first touched.
type memory struct {
	pages     Pages
	populated bool
}

func collect(opts []Option) (m memory) {
	for _, o := range opts {
		o(&m)
	}
	return m
}

// fileBytes is the size of the file of a region of n bytes.
func (m memory) fileBytes(n int) int {
	if m.pages == Small {
		return n
	}
	return (n + HugeBytes - 1) / HugeBytes * HugeBytes
}

// PageUse is what the operating system says of the pages behind a mapping, as
// they stand in the page tables of this process. All sizes are in bytes.
type PageUse struct {
	PageBytes     int `json:"page_bytes"` // size of the mapping's pages by its own account: of hugetlb's, if it is
	MappedBytes   int `json:"mapped_bytes"`
	ResidentBytes int `json:"resident_bytes"` // has a page, small or huge
	HugeBytes     int `json:"huge_bytes"`     // of it, on huge pages
}
