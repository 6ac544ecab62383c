package store

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/zeebo/blake3"
)

// canonical returns a manifest as JSON, indented by two spaces, ending in a newline.
func canonical(manifest any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a command line with & or < should read as it was typed
	e.SetIndent("", "  ")
	if err := e.Encode(manifest); err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return b.Bytes(), nil
}

// unedited says where the bytes of a manifest differ from those that encoding it
// gives: so a changed space, a repeated key or a key in other letters is found
// although it decodes to the same values.
func unedited(raw, want []byte) error {
	i := firstDifference(raw, want)
	if i < 0 {
		return nil
	}
	return fmt.Errorf("edited: the seal does not match, first at line %d%s", 1+bytes.Count(raw[:i], []byte("\n")), hint(raw))
}

// hint names what editors and version control are known to do to a file.
func hint(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, byteOrderMark):
		return " (it begins with a byte order mark)"
	case bytes.Contains(raw, []byte("\r\n")):
		return " (its lines end in CRLF, copytax writes LF: has an editor or git converted them?)"
	}
	return ""
}

var byteOrderMark = []byte{0xef, 0xbb, 0xbf}

// decodeStrict decodes exactly one JSON value and refuses unknown fields.
func decodeStrict(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data behind the JSON value")
	}
	return nil
}

// lineOf returns the line of raw, from 1, that a decoding error points at, and
// the last line when it names no place.
func lineOf(raw []byte, err error) int {
	at := int64(len(raw))
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at = kind.Offset
	}
	at = min(at, int64(len(raw)))
	return 1 + bytes.Count(raw[:at], []byte("\n"))
}

// firstDifference returns the first index at which a and b differ, -1 if none.
func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return n
	}
	return -1
}

// sum returns the BLAKE3 of b in lower-case hex.
func sum(b []byte) string {
	h := blake3.Sum256(b)
	return hex.EncodeToString(h[:])
}

func hexSum(h *blake3.Hasher) string { return hex.EncodeToString(h.Sum(nil)) }
