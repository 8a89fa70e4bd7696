package gguf

import (
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"inkling/infer/panels"
)

// The form "native" keeps the file's blocks, and is multiplied by the server's own kernels: inkling/infer/ort/products. Blocks of
// Q4_0, Q4_1 and Q8_0 stay what they are; those of Q4_K too, but for scale and offset, which become halves (a part in 2,000); all
// else becomes blocks of 32 with 8 bits.

const native = "native"

// gated says whether the gates and what they let through are one product.
func (g *graph) gated(block string) bool {
	_, biased := g.file.Tensors[block+"ffn_gate.bias"]
	return g.precision == native && !biased && g.a.hidden%panels.Columns == 0
}

// gatedProduct adds silu(x times the first half's rows) times x times the second half's.
func (g *graph) gatedProduct(x, out, gates, ups string) string {
	m := matrix{file: g.file}
	for _, name := range []string{gates, ups} {
		t, err := g.file.Tensor(name)
		if err != nil {
			return g.keep(out, err)
		}
		m.tensors = append(m.tensors, t)
	}
	return g.blockProduct(x, out, m, true)
}

// blockProduct adds a product by blocks of 4 or 8 bits.
func (g *graph) blockProduct(x, out string, m matrix, gated bool) string {
	bits := m.bits()
	g.keep("", g.w.panels(out+".p", m, bits, gated))
	outputs, flag := m.rows(), 0
	if gated {
		outputs, flag = outputs/2, 1
	}
	g.nodes = append(g.nodes, node(ownDomain, "BlockProduct", []string{x, out + ".p"}, []string{out},
		attributes{"K": m.columns(), "N": outputs, "bits": bits, "gated": flag}))
	return out
}

// bits is how many a weight has in a matrix's blocks.
func (m matrix) bits() int {
	for _, t := range m.tensors {
		if t.Type != Q4_0 && t.Type != Q4_1 && t.Type != Q4_K {
			return 8
		}
	}
	return 4
}

// panelsAtOnce are packed by one goroutine.
const panelsAtOnce = 32

// panels stores a matrix as panels of so many bits.
func (w *weights) panels(name string, m matrix, bits int, gated bool) error {
	rows, columns := m.rows(), m.columns()
	if columns%panels.Block != 0 {
		return fmt.Errorf("%w: %s: width %d is no multiple of %d", ErrUnsupported, name, columns, panels.Block)
	}
	if w.there(name) {
		return nil
	}
	count, size := panels.Count(rows), int64(panels.Bytes(columns, bits))
	at := w.reserve(name, uint8Type, int64(count)*size, count, int(size))
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	for first := 0; first < count; first += panelsAtOnce {
		group.Go(func() error {
			var data []byte
			for i := first; i < min(first+panelsAtOnce, count); i++ {
				from := i * panels.Columns
				if gated { // a panel of the one half, a panel of the other
					from = i/2*panels.Columns + i%2*rows/2
				}
				panel, err := m.panel(from, min(from+panels.Columns, rows), bits)
				if err != nil {
					return err
				}
				data = append(data, panel...)
			}
			return w.writeAt(part{data, at + int64(first)*size})
		})
	}
	return group.Wait()
}

// panel packs some rows.
func (m matrix) panel(from, to, bits int) ([]byte, error) {
	var fours [][]panels.Four
	var eights [][]panels.Eight
	for _, t := range m.tensors {
		for row := from; row < min(to, t.Rows()); row++ {
			if bits == 4 {
				data, err := m.file.raw(t, row, row+1)
				if err != nil {
					return nil, err
				}
				fours = append(fours, fourBlocks(t.Type, data))
				continue
			}
			blocks, err := m.file.eightBlocks(t, row)
			if err != nil {
				return nil, err
			}
			eights = append(eights, blocks)
		}
		from, to = max(from-t.Rows(), 0), to-t.Rows()
		if to <= 0 {
			break
		}
	}
	if bits == 4 {
		return panels.PackFour(fours), nil
	}
	return panels.PackEight(eights), nil
}

// What RowAttention takes.
const (
	ownHeadStep = 16  // heads are multiples of it
	maxOwnHead  = 256 // wide
	maxOwnGroup = 128 // heads of queries for each one of keys
)

// ownAttention says whether a model's heads are such that rowAttention takes them; most are.
func (g *graph) ownAttention() bool {
	return g.precision == native && g.a.headDim%ownHeadStep == 0 && g.a.headDim <= maxOwnHead && g.a.heads/g.a.kvHeads <= maxOwnGroup
}

// rowAttention adds the attention of rows of different lengths; it takes them one after the other, as the products do.
func (g *graph) rowAttention(out, qkv, pastKeys, pastValues, keys, values string) string {
	g.nodes = append(g.nodes, node(ownDomain, "RowAttention",
		[]string{qkv, pastKeys, pastValues, "seqlens_k", "query_seqlens", "cos", "sin"}, []string{out, keys, values},
		attributes{"heads": g.a.heads, "kv_heads": g.a.kvHeads, "width": g.a.headDim, "interleaved": g.a.interleaved}))
	return out
}
