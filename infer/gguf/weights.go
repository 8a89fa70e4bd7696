package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"
)

const (
	dataFile  = "model.onnx.data"
	pageBytes = 4096 // what the runtime maps begins at a page
	blockSize = 32   // elements that share a scale in the file's own formats, in look-ups and in the output layer
	wideBlock = 64   // and in the layers, whose rounding matters less: a tenth less to read, which is what a step waits for
	chunkRows = 512  // rows that are unpacked at once
	inlineMax = 1024 // bytes: smaller constants stand in the graph itself
)

// weights writes tensors into the data file and keeps the initializers that name them.
type weights struct {
	file         *os.File
	half         bool // numbers are float16
	end          int64
	initializers []message
	placed       map[string]place
}

// place is a tensor in the data file.
type place struct {
	offset, length int64
	kind           elementType
	shape          []int
}

// there declares tensors that an earlier graph wrote, and reports whether it did.
func (w *weights) there(names ...string) bool {
	for _, name := range names {
		at, found := w.placed[name]
		if !found {
			return false
		}
		w.declare(name, at.kind, at, at.shape)
	}
	return true
}

// reserve finds room for a tensor and declares it.
func (w *weights) reserve(name string, kind elementType, length int64, shape ...int) int64 {
	offset := (w.end + pageBytes - 1) / pageBytes * pageBytes
	w.end = offset + length
	w.declare(name, kind, place{offset: offset, length: length}, shape)
	return offset
}

func (w *weights) declare(name string, kind elementType, at place, shape []int) {
	if w.placed == nil {
		w.placed = map[string]place{}
	}
	at.kind, at.shape = kind, shape
	w.placed[name] = at
	w.initializers = append(w.initializers, external(name, kind, shape, dataFile,
		strconv.FormatInt(at.offset, 10), strconv.FormatInt(at.length, 10)))
}

// again declares a tensor that lies in the data file under another name and in another shape.
func (w *weights) again(name, of string, kind elementType, shape ...int) {
	w.declare(name, kind, w.placed[of], shape)
}

// put stores a whole tensor.
func (w *weights) put(name string, kind elementType, data []byte, shape ...int) (string, error) {
	if len(data) <= inlineMax {
		w.initializers = append(w.initializers, constant(name, kind, shape, data))
		return name, nil
	}
	if w.there(name) {
		return name, nil
	}
	_, err := w.file.WriteAt(data, w.reserve(name, kind, int64(len(data)), shape...))
	return name, err
}

func (w *weights) floats(name string, values []float32, shape ...int) (string, error) {
	kind, _ := w.number()
	return w.put(name, kind, w.numbers(values), shape...)
}

func (w *weights) int64s(name string, values []int64, shape ...int) (string, error) {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return w.put(name, int64Type, data, shape...)
}

func floatBytes(values []float32) []byte {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

// matrix is several tensors of one width, one below the other, as one matrix [Rows, Columns].
type matrix struct {
	file    *File
	tensors []Tensor
}

func (m matrix) columns() int { return m.tensors[0].Columns() }

func (m matrix) rows() int {
	n := 0
	for _, t := range m.tensors {
		n += t.Rows()
	}
	return n
}

func (m matrix) all(kind Type) bool {
	for _, t := range m.tensors {
		if t.Type != kind {
			return false
		}
	}
	return true
}

// chunks calls do with every run of rows, several at once; first counts from the top of the whole matrix.
func (m matrix) chunks(do func(t Tensor, from, to, first int) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	top := 0
	for _, t := range m.tensors {
		for from := 0; from < t.Rows(); from += chunkRows {
			to, first := min(from+chunkRows, t.Rows()), top+from
			group.Go(func() error { return do(t, from, to, first) })
		}
		top += t.Rows()
	}
	return group.Wait()
}

// blockOf is how many elements share a scale in a layer's matrix.
func blockOf(columns int) int {
	if columns%wideBlock == 0 {
		return wideBlock
	}
	return blockSize
}

// eightBits stores a matrix as 8-bit blocks of some size with a scale and a zero point each: name.q, name.s, name.z.
func (w *weights) eightBits(name string, m matrix, size int) error {
	rows, columns := m.rows(), m.columns()
	if columns%size != 0 {
		return fmt.Errorf("%w: %s: width %d is no multiple of %d", ErrUnsupported, name, columns, size)
	}
	if w.there(name+".q", name+".s", name+".z") {
		return nil
	}
	blocks := columns / size
	q := w.reserve(name+".q", uint8Type, int64(rows)*int64(columns), rows, blocks, size)
	s := w.reserve(name+".s", float32Type, int64(rows)*int64(blocks)*4, rows*blocks)
	z := w.reserve(name+".z", uint8Type, int64(rows)*int64(blocks), rows*blocks)
	return m.chunks(func(t Tensor, from, to, first int) error {
		values, err := m.file.Floats(t, from, to)
		if err != nil {
			return err
		}
		quants, scales, zeros := quantize8(values, size)
		return w.writeAt(
			part{quants, q + int64(first)*int64(columns)},
			part{floatBytes(scales), s + int64(first)*int64(blocks)*4},
			part{zeros, z + int64(first)*int64(blocks)})
	})
}

type part struct {
	data   []byte
	offset int64
}

func (w *weights) writeAt(parts ...part) error {
	for _, p := range parts {
		if _, err := w.file.WriteAt(p.data, p.offset); err != nil {
			return err
		}
	}
	return nil
}

// quantize8 maps each block of some size to 0..255, zero exactly representable.
func quantize8(values []float32, size int) (quants []byte, scales []float32, zeros []byte) {
	quants = make([]byte, len(values))
	scales = make([]float32, len(values)/size)
	zeros = make([]byte, len(scales))
	for b := range scales {
		block := values[b*size : (b+1)*size]
		var low, high float32
		for _, v := range block {
			low, high = min(low, v), max(high, v)
		}
		scale := (high - low) / 255
		if scale == 0 {
			scale = 1
		}
		zero := clampByte(math.RoundToEven(float64(-low / scale)))
		for i, v := range block {
			quants[b*size+i] = clampByte(math.RoundToEven(float64(v/scale)) + float64(zero))
		}
		scales[b], zeros[b] = scale, zero
	}
	return quants, scales, zeros
}

func clampByte(v float64) byte { return byte(min(max(v, 0), 255)) }

// fourBits stores the quants and scales of a matrix of Q4_0 or Q4_1 blocks exactly: name.q and name.s.
func (w *weights) fourBits(name string, m matrix) error {
	rows, columns := m.rows(), m.columns()
	blocks := columns / blockSize
	q := w.reserve(name+".q", uint8Type, int64(rows)*int64(columns)/2, rows, blocks, blockSize/2)
	s := w.reserve(name+".s", float32Type, int64(rows)*int64(blocks)*4, rows*blocks)
	return m.chunks(func(t Tensor, from, to, first int) error {
		data, err := m.file.raw(t, from, to)
		if err != nil {
			return err
		}
		quants, scales := repack4(data, layouts[t.Type].bytes)
		return w.writeAt(part{quants, q + int64(first)*int64(columns)/2},
			part{floatBytes(scales), s + int64(first)*int64(blocks)*4})
	})
}

// repack4 turns blocks of the given size, whose last 16 bytes hold elements i and i+16 each, into bytes that hold elements
// 2j and 2j+1. The scale is a block's first half float.
func repack4(data []byte, size int) (quants []byte, scales []float32) {
	for ; len(data) > 0; data = data[size:] {
		scales = append(scales, half(data))
		packed := data[size-blockSize/2 : size]
		for j := range 8 {
			quants = append(quants, packed[2*j]&15|packed[2*j+1]<<4)
		}
		for j := range 8 {
			quants = append(quants, packed[2*j]>>4|packed[2*j+1]&0xf0)
		}
	}
	return quants, scales
}

// full stores a matrix as numbers.
func (w *weights) full(name string, m matrix) error {
	rows, columns := m.rows(), m.columns()
	kind, bytes := w.number()
	at := w.reserve(name, kind, int64(rows)*int64(columns)*int64(bytes), rows, columns)
	return m.chunks(func(t Tensor, from, to, first int) error {
		values, err := m.file.Floats(t, from, to)
		if err != nil {
			return err
		}
		return w.writeAt(part{w.numbers(values), at + int64(first)*int64(columns)*int64(bytes)})
	})
}
