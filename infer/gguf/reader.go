package gguf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// Limits of a file's header, against foreign and hostile files.
const (
	maxTensors    = 65_536
	maxMetadata   = 65_536
	maxNameBytes  = 64 << 10
	maxStringSize = 1 << 20
	maxArray      = 4 << 20
	maxDimensions = 4
	minVersion    = 2
	maxVersion    = 3
)

// Errors of reading.
var (
	// ErrFormat is returned, wrapped with what and where, when a file is not a whole GGUF file.
	ErrFormat = errors.New("gguf: not a valid file")
	// ErrUnsupported is returned, wrapped with what, when a valid file holds what this importer does not know.
	ErrUnsupported = errors.New("gguf: not supported")
)

// File is an open GGUF file. Metadata values are uint64, int64, float64, bool, string, []string, []int64, []float64.
type File struct {
	Metadata map[string]any
	Tensors  map[string]Tensor

	file      *os.File
	dataStart int64
	size      int64
}

// Tensor is where one tensor's blocks are. Shape is outermost first: [rows, columns] for a matrix.
type Tensor struct {
	Name   string
	Type   Type
	Shape  []int
	offset int64 // from the start of the data
	bytes  int64
}

// Columns is the length of a row, in elements.
func (t Tensor) Columns() int { return t.Shape[len(t.Shape)-1] }

// Rows is the number of rows.
func (t Tensor) Rows() int {
	n := 1
	for _, d := range t.Shape[:len(t.Shape)-1] {
		n *= d
	}
	return n
}

// Open reads a file's header. The caller closes the File.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	g, err := read(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), f.Close())
	}
	return g, nil
}

// Close closes the file.
func (g *File) Close() error { return g.file.Close() }

func read(f *os.File) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	g := &File{file: f, size: info.Size()}
	h := newHeader(f)
	if err := g.header(h); err != nil {
		return nil, err
	}
	return g, g.check()
}

func (g *File) header(h *header) error {
	var magic [4]byte
	h.bytes(magic[:])
	if h.err == nil && string(magic[:]) != "GGUF" {
		return fmt.Errorf("%w: it begins with %q instead of \"GGUF\"", ErrFormat, magic)
	}
	version := h.uint32()
	if h.err == nil && (version < minVersion || version > maxVersion) {
		return fmt.Errorf("%w: version %d is outside %d to %d", ErrUnsupported, version, minVersion, maxVersion)
	}
	tensors, values := h.count("tensors", maxTensors), h.count("metadata values", maxMetadata)
	g.Metadata = make(map[string]any, values)
	for range values {
		key := h.string(maxNameBytes)
		g.Metadata[key] = h.value(h.uint32())
		if h.err != nil {
			return fmt.Errorf("metadata %q: %w", key, h.err)
		}
	}
	g.Tensors = make(map[string]Tensor, tensors)
	for range tensors {
		t, err := h.tensor()
		if err != nil {
			return err
		}
		g.Tensors[t.Name] = t
	}
	align := int64(32)
	if a, ok := g.Metadata["general.alignment"].(uint64); ok && a > 0 && a <= 1<<20 {
		align = int64(a)
	}
	g.dataStart = (h.at + align - 1) / align * align
	return h.err
}

// check finds tensors that lie outside the file.
func (g *File) check() error {
	for name, t := range g.Tensors {
		if t.offset < 0 || t.bytes < 0 || t.offset > g.size || g.dataStart+t.offset+t.bytes > g.size {
			return fmt.Errorf("%w: tensor %q (%s) needs bytes %d to %d, but the file has %d: it is truncated",
				ErrFormat, name, t.Type, g.dataStart+t.offset, g.dataStart+t.offset+t.bytes, g.size)
		}
	}
	return nil
}

// Tensor returns a tensor by name.
func (g *File) Tensor(name string) (Tensor, error) {
	t, ok := g.Tensors[name]
	if !ok {
		return t, fmt.Errorf("%w: there is no tensor %q", ErrFormat, name)
	}
	return t, nil
}

// raw returns the blocks of rows first up to, not including, last.
func (g *File) raw(t Tensor, first, last int) ([]byte, error) {
	row := t.Type.rowBytes(t.Columns())
	data := make([]byte, row*int64(last-first))
	_, err := g.file.ReadAt(data, g.dataStart+t.offset+row*int64(first))
	if err != nil {
		return nil, fmt.Errorf("%w: tensor %q: %w", ErrFormat, t.Name, err)
	}
	return data, nil
}

// header reads little-endian values in order and keeps the first error.
type header struct {
	r   io.Reader
	at  int64
	err error
}

func newHeader(r io.Reader) *header { return &header{r: &buffered{r: r}} }

// buffered reads ahead in blocks; bufio would do, were it not for the position.
type buffered struct {
	r    io.Reader
	data []byte
	buf  [64 << 10]byte
}

func (b *buffered) Read(p []byte) (int, error) {
	if len(b.data) == 0 {
		n, err := b.r.Read(b.buf[:])
		if n == 0 {
			return 0, err
		}
		b.data = b.buf[:n]
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

func (h *header) bytes(p []byte) {
	if h.err != nil {
		return
	}
	n, err := io.ReadFull(h.r, p)
	h.at += int64(n)
	if err != nil {
		h.err = fmt.Errorf("%w: the header ends at byte %d", ErrFormat, h.at)
	}
}

func (h *header) uint32() uint32 {
	var b [4]byte
	h.bytes(b[:])
	return binary.LittleEndian.Uint32(b[:])
}

func (h *header) uint64() uint64 {
	var b [8]byte
	h.bytes(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func (h *header) count(what string, limit uint64) int {
	n := h.uint64()
	if h.err == nil && n > limit {
		h.err = fmt.Errorf("%w: %d %s at byte %d are more than %d", ErrFormat, n, what, h.at-8, limit)
	}
	if h.err != nil {
		return 0
	}
	return int(n)
}

func (h *header) string(limit uint64) string {
	b := make([]byte, h.count("bytes of text", limit))
	h.bytes(b)
	if h.err != nil {
		return ""
	}
	return string(b)
}

// value reads a metadata value of the given type; the numbers are those of the format's specification.
func (h *header) value(kind uint32) any {
	switch kind {
	case 0, 2, 4, 10:
		return h.unsigned(kind)
	case 1, 3, 5, 11:
		return h.signed(kind)
	case 6:
		return float64(math.Float32frombits(h.uint32()))
	case 12:
		return math.Float64frombits(h.uint64())
	case 7:
		return h.unsigned(0) != 0
	case 8:
		return h.string(maxStringSize)
	case 9:
		return h.array()
	}
	if h.err == nil {
		h.err = fmt.Errorf("%w: value type %d at byte %d", ErrFormat, kind, h.at-4)
	}
	return nil
}

var widths = map[uint32]int{0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 10: 8, 11: 8}

func (h *header) unsigned(kind uint32) uint64 {
	var b [8]byte
	h.bytes(b[:widths[kind]])
	return binary.LittleEndian.Uint64(b[:])
}

func (h *header) signed(kind uint32) int64 {
	shift := 64 - 8*widths[kind]
	return int64(h.unsigned(kind)<<shift) >> shift
}

func (h *header) array() any {
	kind := h.uint32()
	n := h.count("values of an array", maxArray)
	switch kind {
	case 8:
		return list(h, n, func() string { return h.string(maxStringSize) })
	case 0, 2, 4, 10:
		return list(h, n, func() int64 { return int64(h.unsigned(kind)) })
	case 1, 3, 5, 11:
		return list(h, n, func() int64 { return h.signed(kind) })
	case 6:
		return list(h, n, func() float64 { return float64(math.Float32frombits(h.uint32())) })
	case 12:
		return list(h, n, func() float64 { return math.Float64frombits(h.uint64()) })
	case 7:
		return list(h, n, func() int64 { return int64(h.unsigned(0)) })
	}
	if h.err == nil {
		h.err = fmt.Errorf("%w: array of type %d at byte %d", ErrUnsupported, kind, h.at)
	}
	return nil
}

func list[T any](h *header, n int, next func() T) []T {
	values := make([]T, 0, min(n, 1024))
	for i := 0; i < n && h.err == nil; i++ {
		values = append(values, next())
	}
	return values
}

func (h *header) tensor() (Tensor, error) {
	t := Tensor{Name: h.string(maxNameBytes)}
	n := h.uint32()
	if h.err != nil {
		return t, h.err // what was read in part is no number
	}
	if n == 0 || n > maxDimensions {
		return t, fmt.Errorf("%w: tensor %q has %d dimensions, not 1 to %d", ErrFormat, t.Name, n, maxDimensions)
	}
	elements := int64(1)
	for range n {
		d := h.uint64()
		if h.err == nil && (d == 0 || d > 1<<31 || elements > (1<<40)/int64(d)) {
			return t, fmt.Errorf("%w: tensor %q has a dimension of %d", ErrFormat, t.Name, d)
		}
		elements *= int64(max(d, 1))
		t.Shape = append([]int{int(d)}, t.Shape...)
	}
	t.Type = Type(h.uint32())
	t.offset = int64(h.uint64())
	if h.err != nil {
		return t, h.err
	}
	layout, ok := layouts[t.Type]
	if !ok {
		return t, fmt.Errorf("%w: tensor %q is of type %s", ErrUnsupported, t.Name, t.Type)
	}
	if t.Columns()%layout.elements != 0 {
		return t, fmt.Errorf("%w: tensor %q: rows of %d are no multiple of %d, a block of %s", ErrFormat, t.Name, t.Columns(), layout.elements, t.Type)
	}
	t.bytes = elements / int64(layout.elements) * int64(layout.bytes)
	return t, nil
}
