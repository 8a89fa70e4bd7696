package stream

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"inkling/stream/wire"
)

// digest answers with what tells a client whether its document and ours are the same, without sending the text.
func (s *session) digest(id wire.ID, params json.RawMessage) error {
	var p wire.DigestParams
	if err := s.decode(params, &p); err != nil {
		return err
	}
	d, err := s.find(p.TextDocument.URI)
	if err != nil {
		return err
	}
	if d.refused != "" {
		return wire.Errorf(wire.CodeRequestFailed, "the document has no text here: %s", d.refused).Because("unsupported")
	}
	sum := sha256.Sum256([]byte(d.Text()))
	s.reply(id, wire.Digest{Version: d.Version(), Bytes: len(d.Text()), SHA256: hex.EncodeToString(sum[:])})
	return nil
}
