package gguf

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"inkling/infer/panels"
)

// blocks adds a tensor of any type; shape is outermost first.
func (b *builder) blocks(name string, kind Type, data []byte, shape ...int) {
	head := []any{name, uint32(len(shape))}
	for i := len(shape) - 1; i >= 0; i-- {
		head = append(head, uint64(shape[i]))
	}
	b.tensors.Write(le(append(head, uint32(kind), uint64(b.data.Len()))...))
	b.named++
	b.data.Write(data)
	b.data.Write(make([]byte, -b.data.Len()&31))
}

func openBuilt(t *testing.T, b *builder) *File {
	t.Helper()
	g, err := Open(b.write(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// part of a matrix: a tensor of some rows.
type tensorRows struct {
	kind Type
	rows int
}

// drawMatrix makes a matrix of several tensors.
func drawMatrix(t *testing.T, columns int, of ...tensorRows) matrix {
	t.Helper()
	random := rand.New(rand.NewPCG(2, uint64(columns)))
	var b builder
	for i, part := range of {
		blocks := part.rows * columns / layouts[part.kind].elements
		b.blocks(fmt.Sprint(i), part.kind, drawBlocks(random, part.kind, blocks), part.rows, columns)
	}
	m := matrix{file: openBuilt(t, &b)}
	for i := range of {
		m.tensors = append(m.tensors, m.file.Tensors[fmt.Sprint(i)])
	}
	return m
}

// stored packs a matrix into a file, and returns what stands there.
func stored(t *testing.T, m matrix, bits int, gated bool) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weights")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &weights{file: file}
	if err := errors.Join(w.panels("name", m, bits, gated), file.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := w.placed["name"]
	if at.kind != uint8Type || int64(len(data)) != at.offset+at.length {
		t.Fatalf("%+v is declared, and the file has %d bytes", at, len(data))
	}
	return data[at.offset:]
}

// wanted packs some rows of a matrix, counted from its top, as one panel.
func wanted(t *testing.T, m matrix, bits int, rows []int) []byte {
	t.Helper()
	var fours [][]panels.Four
	var eights [][]panels.Eight
	for _, row := range rows {
		at := 0
		for row >= m.tensors[at].Rows() {
			row, at = row-m.tensors[at].Rows(), at+1
		}
		data, err := m.file.raw(m.tensors[at], row, row+1)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := m.file.eightBlocks(m.tensors[at], row)
		if err != nil {
			t.Fatal(err)
		}
		fours, eights = append(fours, fourBlocks(m.tensors[at].Type, data)), append(eights, blocks)
	}
	if bits == 4 {
		return panels.PackFour(fours)
	}
	return panels.PackEight(eights)
}

// upTo counts rows from one up to, not including, another.
func upTo(from, to int) (rows []int) {
	for ; from < to; from++ {
		rows = append(rows, from)
	}
	return rows
}

func TestPanelsGoOnFromOneTensorToTheNext(t *testing.T) {
	for _, c := range []struct {
		bits int
		of   []tensorRows
	}{
		{4, []tensorRows{{Q4_0, 5}}},
		{4, []tensorRows{{Q4_0, 5}, {Q4_1, 20}, {Q4_K, 3}, {Q4_1, 16}, {Q4_0, 7}}},
		{4, []tensorRows{{Q4_1, 1}, {Q4_1, 2}, {Q4_0, 3}, {Q4_0, 4}}},
		{4, []tensorRows{{Q4_K, 600}, {Q4_0, 37}}}, // more than one goroutine packs
		{8, []tensorRows{{Q8_0, 21}}},
		{8, []tensorRows{{Q8_0, 5}, {Q4_1, 20}, {F32, 3}, {Q6_K, 16}, {Q4_0, 7}}},
	} {
		m := drawMatrix(t, 256, c.of...)
		if m.bits() != c.bits {
			t.Fatalf("%v: %d bits", c.of, m.bits())
		}
		var want []byte
		for from := 0; from < m.rows(); from += panels.Columns {
			want = append(want, wanted(t, m, c.bits, upTo(from, min(from+panels.Columns, m.rows())))...)
		}
		if !bytes.Equal(stored(t, m, c.bits, false), want) {
			t.Errorf("%v: the panels are not those of the rows in their order", c.of)
		}
	}
}

func TestGatesAndUpsTakeTurns(t *testing.T) {
	for _, c := range []struct {
		bits      int
		gate, ups Type
		rows      int
	}{{4, Q4_0, Q4_1, 16}, {4, Q4_1, Q4_1, 48}, {4, Q4_K, Q4_0, 560}, {8, Q4_0, Q8_0, 48}, {8, F32, Q6_K, 32}} {
		m := drawMatrix(t, 256, tensorRows{c.gate, c.rows}, tensorRows{c.ups, c.rows})
		if m.bits() != c.bits {
			t.Fatalf("%+v: %d bits", c, m.bits())
		}
		var want []byte
		for from := 0; from < c.rows; from += panels.Columns {
			want = append(want, wanted(t, m, c.bits, upTo(from, from+panels.Columns))...)
			want = append(want, wanted(t, m, c.bits, upTo(c.rows+from, c.rows+from+panels.Columns))...)
		}
		if !bytes.Equal(stored(t, m, c.bits, true), want) {
			t.Errorf("%+v: the panels are not gates and ups in turns", c)
		}
	}
}

func TestAWidthThatIsNoMultipleOfABlockIsRefused(t *testing.T) {
	m := drawMatrix(t, 48, tensorRows{F32, 16})
	if err := (&weights{}).panels("l0.qkv.p", m, m.bits(), false); !errors.Is(err, ErrUnsupported) {
		t.Errorf("48 wide: %v", err)
	}
}

func TestGatesWithABiasOrOfNoWholePanelsStandAlone(t *testing.T) {
	for _, c := range []struct {
		precision, bias string
		hidden          int
		want            bool
	}{
		{native, "", 96, true},
		{native, "", 104, false},
		{native, "blk.0.ffn_gate.bias", 96, false},
		{native, "blk.1.ffn_gate.bias", 96, true},
		{"int8-blocks", "", 96, false},
	} {
		g := &graph{a: architecture{hidden: c.hidden}, precision: c.precision, file: &File{Tensors: map[string]Tensor{c.bias: {}}}}
		if g.gated("blk.0.") != c.want {
			t.Errorf("%+v: one product is %v", c, !c.want)
		}
	}
}

func TestOtherHeadsGetTheRuntimesAttention(t *testing.T) {
	for _, c := range []struct {
		heads, kvHeads, width int
		precision             string
		own                   bool
	}{
		{9, 3, 64, native, true},
		{1, 1, 16, native, true},
		{128, 1, 256, native, true},
		{9, 3, 64, "int8-blocks", false},
		{9, 3, 40, native, false},
		{9, 3, 272, native, false},
		{129, 1, 64, native, false},
	} {
		g := &graph{precision: c.precision, a: architecture{heads: c.heads, kvHeads: c.kvHeads, headDim: c.width}}
		if g.ownAttention() != c.own {
			t.Errorf("%+v: own attention is %v", c, !c.own)
		}
	}
}
