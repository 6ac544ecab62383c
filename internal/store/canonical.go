package store

import (
	"bytes"
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
	if bytes.Equal(raw, want) {
		return nil
	}
	at := 0
	for at < min(len(raw), len(want)) && raw[at] == want[at] {
		at++
	}
	return fmt.Errorf("edited: the seal does not match, first at line %d%s", lineAt(raw, at), hint(raw))
}

// hint names what editors and version control are known to do to a file.
func hint(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		return " (it begins with a byte order mark)"
	case bytes.Contains(raw, []byte("\r\n")):
		return " (its lines end in CRLF, copytax writes LF: has an editor or git converted them?)"
	}
	return ""
}

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

// decodeManifest is decodeStrict with the line in the error: the last one where the
// decoder names no place.
func decodeManifest(raw []byte, m any) error {
	err := decodeStrict(raw, m)
	if err == nil {
		return nil
	}
	at := int64(len(raw))
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = min(at, syntax.Offset)
	case errors.As(err, &kind):
		at = min(at, kind.Offset)
	}
	return fmt.Errorf("line %d: %w%s", lineAt(raw, int(at)), err, hint(raw))
}

// lineAt returns the line, from 1, that a byte of raw is in.
func lineAt(raw []byte, at int) int { return 1 + bytes.Count(raw[:at], []byte("\n")) }

// sum returns the BLAKE3 of b in lower-case hex.
func sum(b []byte) string { return fmt.Sprintf("%x", blake3.Sum256(b)) }

func hexSum(h *blake3.Hasher) string { return fmt.Sprintf("%x", h.Sum(nil)) }
