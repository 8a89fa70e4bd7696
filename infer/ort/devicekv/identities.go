package devicekv

import "google.golang.org/protobuf/encoding/protowire"

// What the graph that copies is written in: field numbers are those of onnx.proto.
const (
	irVersion = 8
	opset     = 17
)

// identities is an ONNX model in which each input is copied to the output beside it; all are of one dimension.
func identities(from, to []string, kind int) []byte {
	var graph []byte
	for i := range from {
		graph = field(graph, 1, text(text(text(nil, 1, from[i]), 2, to[i]), 4, "Identity")) // a node
	}
	graph = text(graph, 2, "copy")
	for i := range from {
		graph = field(graph, 11, strip(from[i], kind))
	}
	for i := range to {
		graph = field(graph, 12, strip(to[i], kind))
	}
	model := number(nil, 1, irVersion)
	model = field(model, 7, graph)
	return field(model, 8, number(text(nil, 1, ""), 2, opset))
}

// strip declares a tensor of one dimension, of any size.
func strip(name string, kind int) []byte {
	shape := field(nil, 1, text(nil, 2, "elements of "+name))
	tensor := field(number(nil, 1, kind), 2, shape)
	return field(text(nil, 1, name), 2, field(nil, 1, tensor))
}

func field(to []byte, at protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, at, protowire.BytesType), message)
}

func text(to []byte, at protowire.Number, value string) []byte { return field(to, at, []byte(value)) }

func number(to []byte, at protowire.Number, value int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, at, protowire.VarintType), uint64(value))
}
