package main

import "testing"

func TestAGPUGetsHalves(t *testing.T) {
	p := &program{}
	for _, c := range []struct{ device, precision, want string }{
		{"cuda", "int8", "fp16"}, {"cuda", "int8-blocks", "int8-blocks"}, {"cuda", "auto", "fp16"}, {"", "auto", "mixed"}, {"cuda", "fp32", "fp32"}, {"cpu", "int8", "int8"}, {"", "int8", "int8"},
	} {
		if got := p.importOptions(modelConfig{Device: c.device, Precision: c.precision}, nil).Precision; got != c.want {
			t.Errorf("%s on %s is %s, want %s", c.precision, c.device, got, c.want)
		}
	}
}
