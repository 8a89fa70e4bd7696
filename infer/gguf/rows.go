package gguf

import "math"

// rowProduct multiplies unsigned bytes by signed ones: each row of activations has a scale of its own, so that rows never
// disturb each other, and each column of the result one. The sums are whole numbers: a row's result does not hang on how
// many others are multiplied with it.
func (g *graph) rowProduct(x, out string, m matrix) string {
	g.keep("", g.w.signedColumns(out, m))
	u8, scale := g.quantizeRows(x)
	raw := g.op("MatMulIntegerToFloat", []string{u8, out + ".columns", "one", out + ".scales", "zero", ""}, []string{out + ".raw"}, nil)
	return g.std("Mul", []string{raw, scale}, out, nil)
}

// quantizeRows maps each row of x to 1..255 around 128, and returns that and the rows' scales, [tokens, 1]. A row of
// zeros has the scale 0, so whatever its bytes are, its products are 0.
func (g *graph) quantizeRows(x string) (u8, scale string) {
	u8, scale = x+".u8", x+".scale"
	if g.quantized[x] {
		return u8, scale
	}
	if len(g.quantized) == 0 {
		g.keep(g.w.floats("one", []float32{1}))
		g.keep(g.w.floats("inverse", []float32{1.0 / 127}))
		g.keep(g.w.put("zero", uint8Type, []byte{128}))
		g.keep(g.w.int64s("last axis", []int64{-1}, 1))
		g.std("Expand", []string{"zero", g.std("Shape", []string{"tokens"}, "tokens.shape", nil)}, "zeros", nil)
	}
	g.quantized[x] = true
	g.std("Abs", []string{x}, x+".abs", nil)
	g.std("ReduceMax", []string{x + ".abs", "last axis"}, x+".max", attributes{"keepdims": 1})
	g.std("Mul", []string{x + ".max", "inverse"}, scale, nil)
	g.std("Reshape", []string{scale, "all"}, x+".scales", nil)
	g.std("QuantizeLinear", []string{x, x + ".scales", "zeros"}, u8, attributes{"axis": 0})
	return u8, scale
}

// signedColumns stores the transposed matrix as signed bytes with a scale for each column: name.columns [Columns, Rows] and
// name.scales [Rows], of m's Rows and Columns.
func (w *weights) signedColumns(name string, m matrix) error {
	rows, columns := m.rows(), m.columns()
	quants, scales := make([]byte, rows*columns), make([]float32, rows)
	err := m.chunks(func(t Tensor, from, to, first int) error {
		values, err := m.file.Floats(t, from, to)
		if err != nil {
			return err
		}
		for row := range to - from {
			scales[first+row] = quantizeColumn(quants[first+row:], rows, values[row*columns:(row+1)*columns])
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := w.put(name+".scales", float32Type, floatBytes(scales), rows); err != nil {
		return err
	}
	_, err = w.put(name+".columns", int8Type, quants, columns, rows)
	return err
}

// quantizeColumn maps values to -127..127, every stride-th byte of quants, and returns their scale. Two neighbours of one sign
// are at most 127 together, 128 rounded: processors without VNNI add their products, each weight times 255 at the most, in 16
// bits, and cut off what does not fit.
func quantizeColumn(quants []byte, stride int, values []float32) (scale float32) {
	var high float32
	for i, v := range values {
		high = max(high, float32(math.Abs(float64(v))))
		if i%2 == 1 && values[i-1]*v > 0 {
			high = max(high, float32(math.Abs(float64(values[i-1]+v))))
		}
	}
	if scale = high / 127; scale == 0 {
		return 1
	}
	for i, v := range values {
		quants[i*stride] = byte(int8(math.RoundToEven(float64(v / scale))))
	}
	return scale
}
