package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"unicode/utf8"

	"github.com/klauspost/compress/s2"

	"inkling/infer"
)

// A stored value is magic, version, a checksum over key and payload (CRC-32C, 4 bytes), and the payload, compressed by s2.
const (
	valueMagic   = "IK"
	valueVersion = 1
	headerBytes  = len(valueMagic) + 1 + 4
	maxPayload   = 2 * maxBlockBytes // uncompressed
	maxValue     = maxPayload + 1024 // compressed: nothing larger was written by us
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errValue is returned, wrapped, for a value that was not written by this version of this package under this key.
var errValue = errors.New("cache: not a value of the cache")

// stops are the reasons that are kept, by their code.
var stops = []infer.StopReason{infer.StopEnd, infer.StopLength, infer.StopString, infer.StopFinished}

// encode writes a block as it is stored under a key.
func encode(k key, b *block) []byte {
	p := make([]byte, 0, b.bytes)
	p = binary.AppendUvarint(p, uint64(len(b.entries)))
	for _, e := range b.entries {
		p = binary.AppendVarint(p, e.at)
		p = appendText(p, e.head)
		p = binary.AppendUvarint(p, uint64(e.promptTokens))
		p = binary.AppendUvarint(p, uint64(len(e.said)))
		for _, s := range e.said {
			p = appendSaid(p, s)
		}
	}
	out := append(make([]byte, 0, headerBytes+len(p)), valueMagic...)
	out = append(out, valueVersion)
	payload := s2.Encode(nil, p)
	out = binary.LittleEndian.AppendUint32(out, checksum(k, payload))
	return append(out, payload...)
}

func checksum(k key, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(k[:], castagnoli), castagnoli, payload)
}

func appendText(p []byte, s string) []byte {
	return append(binary.AppendUvarint(p, uint64(len(s))), s...)
}

func appendSaid(p []byte, s said) []byte {
	for code, stop := range stops {
		if stop == s.stop {
			p = append(p, byte(code))
		}
	}
	p = binary.AppendUvarint(p, uint64(len(s.pieces)))
	for _, piece := range s.pieces {
		p = appendText(p, piece.Text)
		p = binary.LittleEndian.AppendUint64(p, math.Float64bits(piece.LogProb))
		p = binary.AppendUvarint(p, uint64(piece.Tokens))
	}
	return p
}

// decode reads what encode wrote. Errors wrap errValue.
func decode(k key, value []byte) (*block, error) {
	if len(value) < headerBytes || len(value) > maxValue || string(value[:len(valueMagic)]) != valueMagic {
		return nil, fmt.Errorf("%w: %d bytes of something else", errValue, len(value))
	}
	if v := value[len(valueMagic)]; v != valueVersion {
		return nil, fmt.Errorf("%w: version %d, want %d", errValue, v, valueVersion)
	}
	payload := value[headerBytes:]
	if checksum(k, payload) != binary.LittleEndian.Uint32(value[headerBytes-4:]) {
		return nil, fmt.Errorf("%w: the checksum differs", errValue)
	}
	if n, err := s2.DecodedLen(payload); err != nil || n > maxPayload {
		return nil, fmt.Errorf("%w: %d bytes uncompressed, at most %d", errValue, n, maxPayload)
	}
	p, err := s2.Decode(nil, payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errValue, err)
	}
	r := reader{rest: p}
	b := r.block()
	if r.failed || len(r.rest) > 0 {
		return nil, fmt.Errorf("%w: the payload cannot be read", errValue)
	}
	return b, nil
}

// reader reads a payload; after a failure everything is zero.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) fail() { r.failed, r.rest = true, nil }

func (r *reader) uvarint(most int) int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > uint64(most) {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail()
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) text() string {
	s := string(r.bytes(r.uvarint(len(r.rest))))
	if !utf8.ValidString(s) {
		r.fail()
	}
	return s
}

// maxSaid is how many suggestions an entry may have: more than any request is allowed. A value of ours has no more, and one of another's,
// of two bytes for each, would take twenty times its size.
const maxSaid = 64

func (r *reader) block() *block {
	b := &block{}
	for range r.uvarint(maxHeads) {
		e := entry{at: r.varint(), head: r.text(), promptTokens: r.uvarint(math.MaxInt32)}
		for range r.uvarint(min(maxSaid, len(r.rest))) {
			e.said = append(e.said, r.said())
			if r.failed {
				return b
			}
		}
		b.entries = append(b.entries, e)
		b.bytes += e.bytes()
	}
	return b
}

func (r *reader) said() (s said) {
	code := r.bytes(1)
	if r.failed || int(code[0]) >= len(stops) {
		r.fail()
		return s
	}
	s.stop = stops[code[0]]
	sum := 0.0
	for range r.uvarint(len(r.rest)) {
		p := infer.Piece{Text: r.text()}
		if bits := r.bytes(8); !r.failed {
			p.LogProb = math.Float64frombits(binary.LittleEndian.Uint64(bits))
		}
		p.Tokens = r.uvarint(math.MaxInt32)
		sum += p.LogProb
		// A piece of ours says something, and is a probability; so is a suggestion as a whole: NaN and infinities are no JSON.
		if r.failed || p.Text == "" || p.LogProb > 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
			r.fail()
			return s
		}
		s.pieces = append(s.pieces, p)
	}
	return s
}
