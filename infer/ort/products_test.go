package ort

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkling/infer/model"
	"inkling/infer/ort/products"
	"inkling/infer/panels"
)

// ONNX's numbers of types and operators, and the fields of its messages: onnx.proto.
const (
	onnxFloat, onnxUint8   = 1, 2
	attributeInt           = 2
	onnxVersion, onnxOpset = 10, 21
)

// productGraph is a graph of one BlockProduct of x, [T, K], to y. Weights that are not constant are its second input.
func productGraph(attributes map[string]int, weights []byte, constant bool) []byte {
	node := bytesField(bytesField(bytesField(nil, 1, []byte("x")), 1, []byte("w")), 2, []byte("y"))
	var declarations []byte
	if constant {
		tensor := intField(intField(nil, 1, len(weights)), 2, onnxUint8)
		declarations = bytesField(declarations, 5, bytesField(bytesField(tensor, 8, []byte("w")), 9, weights))
	}
	declarations = bytesField(declarations, 11, declared("x", onnxFloat, 2))
	if !constant {
		declarations = bytesField(declarations, 11, declared("w", onnxUint8, 1))
	}
	return oneNode("BlockProduct", node, attributes, bytesField(declarations, 12, declared("y", onnxFloat, 2)))
}

// oneNode is a graph of one of our operators, whose node has the names of its inputs and outputs, and of what is declared.
func oneNode(operator string, node []byte, attributes map[string]int, declarations []byte) []byte {
	node = bytesField(bytesField(node, 3, []byte("the node")), 4, []byte(operator))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		node = bytesField(node, 5, intField(intField(bytesField(nil, 1, []byte(name)), 3, attributes[name]), 20, attributeInt))
	}
	graph := bytesField(bytesField(nil, 1, bytesField(node, 7, []byte("inkling"))), 2, []byte("one node"))
	whole := bytesField(intField(nil, 1, onnxVersion), 7, append(graph, declarations...))
	whole = bytesField(whole, 8, intField(bytesField(nil, 1, nil), 2, onnxOpset))
	return bytesField(whole, 8, intField(bytesField(nil, 1, []byte("inkling")), 2, 1))
}

// declared is a tensor of some dimensions of any size.
func declared(name string, kind, dimensions int) []byte {
	var shape []byte
	for i := range dimensions {
		shape = bytesField(shape, 1, bytesField(nil, 2, []byte{name[0], byte('0' + i)}))
	}
	tensor := bytesField(intField(nil, 1, kind), 2, shape)
	return bytesField(bytesField(nil, 1, []byte(name)), 2, bytesField(nil, 1, tensor))
}

// bytesField and intField add a field to one of protobuf's messages.
func bytesField(to []byte, field int, value []byte) []byte {
	to = binary.AppendUvarint(to, uint64(field<<3|2))
	return append(binary.AppendUvarint(to, uint64(len(value))), value...)
}

func intField(to []byte, field, value int) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(to, uint64(field<<3)), uint64(value))
}

// useLibrary opens the runtime for a test, and returns where it is.
func useLibrary(t *testing.T) string {
	t.Helper()
	path := realConfig(t).LibraryPath
	if err := openLibrary(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeLibrary(); err != nil {
			t.Error(err)
		}
	})
	return path
}

// openProduct opens a session of a graph.
func openProduct(t *testing.T, library string, threads int, graph []byte, inputs ...string) (*session, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "product.onnx")
	if err := os.WriteFile(path, graph, 0o600); err != nil {
		t.Fatal(err)
	}
	return openSession(Config{Model: model.Config{Graph: path}, LibraryPath: library, Threads: threads}, inputs, []string{"y"})
}

func attributesOf(p products.Product) map[string]int {
	attributes := map[string]int{"K": p.Inputs, "N": p.Outputs, "bits": p.Bits, "gated": 0}
	if p.Gated {
		attributes["gated"] = 1
	}
	return attributes
}

// drawPanels are random weights with usual scales.
func drawPanels(random *rand.Rand, p products.Product) (packed []byte) {
	count := panels.Count(p.Outputs)
	if p.Gated {
		count *= 2
	}
	scale := func() uint16 { return uint16(random.IntN(0x1000) + 0x1800) } // to 0.03
	for range count {
		fours, eights := make([][]panels.Four, panels.Columns), make([][]panels.Eight, panels.Columns)
		for o := range panels.Columns {
			for range p.Inputs / panels.Block {
				four, eight := panels.Four{Scale: scale(), Offset: scale() | 0x8000}, panels.Eight{Scale: scale()}
				for i := range four.Quants {
					four.Quants[i] = byte(random.Uint32())
				}
				for i := range eight.Quants {
					eight.Quants[i] = int8(random.Uint32())
				}
				fours[o], eights[o] = append(fours[o], four), append(eights[o], eight)
			}
		}
		if p.Bits == 4 {
			packed = append(packed, panels.PackFour(fours)...)
		} else {
			packed = append(packed, panels.PackEight(eights)...)
		}
	}
	return packed
}

// multiply runs a session's product.
func multiply(t *testing.T, s *session, p products.Product, x []float32) []float32 {
	t.Helper()
	rows := len(x) / p.Inputs
	y := make([]float32, rows*p.Outputs)
	var all tensors
	var err error
	in := add(&all, []int64{int64(rows), int64(p.Inputs)}, x, &err)
	out := add(&all, []int64{int64(rows), int64(p.Outputs)}, y, &err)
	if err == nil {
		err = s.run([]value{in}, []value{out})
	}
	if err := errors.Join(err, all.release()); err != nil {
		t.Fatalf("%+v, %d rows: %v", p, rows, err)
	}
	return y
}

func TestABlockProductInTheRuntimeIsTheKernels(t *testing.T) {
	library, random := useLibrary(t), rand.New(rand.NewPCG(1, 1))
	for _, p := range []products.Product{
		{Inputs: 576, Outputs: 530, Bits: 4},
		{Inputs: 576, Outputs: 530, Bits: 8},
		{Inputs: 576, Outputs: 528, Bits: 4, Gated: true},
		{Inputs: 576, Outputs: 528, Bits: 8, Gated: true},
		{Inputs: 32, Outputs: 1, Bits: 4},
	} {
		weights := drawPanels(random, p)
		x := make([]float32, 70*p.Inputs)
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		want, err := p.Compute(products.Kernels(), x, weights)
		if err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 2} {
			s, err := openProduct(t, library, threads, productGraph(attributesOf(p), weights, true), "x")
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range []int{1, 3, 70} {
				for i, v := range multiply(t, s, p, x[:rows*p.Inputs]) {
					if math.Float32bits(v) != math.Float32bits(want[i]) {
						t.Fatalf("%+v, %d rows, %d threads: number %d is %g, want %g", p, rows, threads, i, v, want[i])
					}
				}
			}
			if err := s.close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAWrongBlockProductIsRefusedWhenItIsOpened(t *testing.T) {
	library, random := useLibrary(t), rand.New(rand.NewPCG(2, 2))
	right := products.Product{Inputs: 64, Outputs: 32, Bits: 4}
	weights := drawPanels(random, right)
	for _, c := range []struct {
		name    string
		change  map[string]int
		weights []byte
		want    string // "" where it is right
	}{
		{"right", nil, weights, ""},
		{"a byte less", nil, weights[:len(weights)-1], "not as many"},
		{"a panel more", nil, slices.Concat(weights, weights[:panels.Bytes(64, 4)]), "not as many"},
		{"no weights", nil, nil, "not as many"},
		{"weights of 8 bits", map[string]int{"bits": 8}, weights, "not as many"},
		{"gates without ups", map[string]int{"gated": 1}, weights, "not as many"},
		{"a panel less wanted", map[string]int{"N": 16}, weights, "not as many"},
		{"fewer of the last panel", map[string]int{"N": 17}, weights, ""},
		{"a width of 48", map[string]int{"K": 48}, weights, "no multiple"},
		{"no width", map[string]int{"K": 0}, weights, "is not from"},
		{"a huge width", map[string]int{"K": 1<<20 + 32}, weights, "is not from"},
		{"5 bits", map[string]int{"bits": 5}, weights, "neither 4 nor 8"},
		{"2 bits", map[string]int{"bits": 2}, weights, "is not from"},
		{"no outputs", map[string]int{"N": 0}, weights, "is not from"},
		{"outputs below none", map[string]int{"N": -16}, weights, "is not from"},
		{"too many outputs", map[string]int{"N": 1<<24 + 1}, weights, "is not from"},
		{"gated and no whole panels", map[string]int{"N": 24, "gated": 1}, weights, "no multiple"},
		{"half gated", map[string]int{"gated": 2}, weights, "is not from"},
	} {
		t.Run(c.name, func(t *testing.T) {
			attributes := attributesOf(right)
			maps.Copy(attributes, c.change)
			s, err := openProduct(t, library, 1, productGraph(attributes, c.weights, true), "x")
			checkRefused(t, s, err, "BlockProduct", c.want)
		})
	}
	t.Run("weights that are an input", func(t *testing.T) {
		s, err := openProduct(t, library, 1, productGraph(attributesOf(right), weights, false), "x", "w")
		checkRefused(t, s, err, "BlockProduct", "not constant")
	})
	for name := range attributesOf(right) {
		t.Run("without "+name, func(t *testing.T) {
			attributes := attributesOf(right)
			delete(attributes, name)
			s, err := openProduct(t, library, 1, productGraph(attributes, weights, true), "x")
			checkRefused(t, s, err, "BlockProduct", "attribute "+name+" is missing")
		})
	}
}

// checkRefused wants an error that names the operator and what is wrong with it, or none where want is empty.
func checkRefused(t *testing.T, s *session, err error, operator, want string) {
	t.Helper()
	if err == nil {
		err := s.close()
		if want != "" || err != nil {
			t.Errorf("it is opened, and closed with %v", err)
		}
		return
	}
	_, said, _ := strings.Cut(err.Error(), ".onnx: ") // behind the path, which names the test
	if want == "" || !strings.Contains(said, operator) || !strings.Contains(said, want) {
		t.Errorf("%v, want %q of %s", err, want, operator)
	}
}

func TestRowsOfAnotherWidthThanTheProductsAreAnError(t *testing.T) {
	library := useLibrary(t)
	p := products.Product{Inputs: 64, Outputs: 32, Bits: 8}
	s, err := openProduct(t, library, 1, productGraph(attributesOf(p), drawPanels(rand.New(rand.NewPCG(3, 3)), p), true), "x")
	if err != nil {
		t.Fatal(err)
	}
	var all tensors
	in := add(&all, []int64{2, 96}, make([]float32, 2*96), &err)
	out := add(&all, []int64{2, 32}, make([]float32, 2*32), &err)
	if err != nil {
		t.Fatal(err)
	}
	failed := s.run([]value{in}, []value{out})
	if err := errors.Join(all.release(), s.close()); err != nil {
		t.Fatal(err)
	}
	if failed == nil || !strings.Contains(failed.Error(), "BlockProduct: the input is not [rows, K]") {
		t.Errorf("rows of 96: %v", failed)
	}
}
