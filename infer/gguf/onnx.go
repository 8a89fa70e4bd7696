package gguf

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The few messages of ONNX's protobuf that a graph needs, written by hand. Field numbers are those of onnx.proto.

// elementType is TensorProto.DataType.
type elementType int32

const (
	float32Type elementType = 1
	uint8Type   elementType = 2
	int8Type    elementType = 3
	int32Type   elementType = 6
	int64Type   elementType = 7
	float16Type elementType = 10
)

const (
	irVersion       = 10
	opset           = 21
	microsoftDomain = "com.microsoft"
	ownDomain       = "inkling" // of inkling/infer/ort/products
	dataLocation    = 1         // TensorProto.EXTERNAL
)

// message is a protobuf message being written.
type message []byte

func (m *message) text(field protowire.Number, value string) {
	*m = protowire.AppendString(protowire.AppendTag(*m, field, protowire.BytesType), value)
}

func (m *message) bytes(field protowire.Number, value []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), value)
}

func (m *message) int(field protowire.Number, value int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(value))
}

func (m *message) float(field protowire.Number, value float32) {
	*m = protowire.AppendFixed32(protowire.AppendTag(*m, field, protowire.Fixed32Type), math.Float32bits(value))
}

// attributes of a node: int64, float32 or []int64 values by name.
type attributes map[string]any

// node makes a NodeProto. An op of the default domain has domain "".
func node(domain, op string, inputs, outputs []string, attrs attributes) message {
	var m message
	for _, in := range inputs {
		m.text(1, in)
	}
	for _, out := range outputs {
		m.text(2, out)
	}
	m.text(3, outputs[0]+"/"+op)
	m.text(4, op)
	for _, name := range sortedKeys(attrs) {
		m.bytes(5, attribute(name, attrs[name]))
	}
	m.text(7, domain)
	return m
}

func attribute(name string, value any) message {
	var m message
	m.text(1, name)
	switch v := value.(type) {
	case float32:
		m.float(2, v)
		m.int(20, 1)
	case int:
		m.int(3, int64(v))
		m.int(20, 2)
	}
	return m
}

// constant makes a TensorProto that holds its data.
func constant(name string, kind elementType, shape []int, data []byte) message {
	m := tensorHead(name, kind, shape)
	m.bytes(9, data)
	return m
}

// external makes a TensorProto whose data lies in a file beside the graph.
func external(name string, kind elementType, shape []int, file, offset, length string) message {
	m := tensorHead(name, kind, shape)
	for _, pair := range [][2]string{{"location", file}, {"offset", offset}, {"length", length}} {
		var entry message
		entry.text(1, pair[0])
		entry.text(2, pair[1])
		m.bytes(13, entry)
	}
	m.int(14, dataLocation)
	return m
}

func tensorHead(name string, kind elementType, shape []int) message {
	var m message
	for _, d := range shape {
		m.int(1, int64(d))
	}
	m.int(2, int64(kind))
	m.text(8, name)
	return m
}

// valueInfo makes a ValueInfoProto; a dimension is an int or the name of one.
func valueInfo(name string, kind elementType, shape ...any) message {
	var dims message
	for _, d := range shape {
		var dim message
		switch v := d.(type) {
		case int:
			dim.int(1, int64(v))
		case string:
			dim.text(2, v)
		}
		dims.bytes(1, dim)
	}
	var tensor, kindOf, m message
	tensor.int(1, int64(kind))
	tensor.bytes(2, dims)
	kindOf.bytes(1, tensor)
	m.text(1, name)
	m.bytes(2, kindOf)
	return m
}

// modelProto puts a graph together; own says whether it has operators of this server.
func modelProto(nodes, initializers, inputs, outputs []message, own bool) []byte {
	var graph, m message
	for _, n := range nodes {
		graph.bytes(1, n)
	}
	graph.text(2, "inkling")
	for _, t := range initializers {
		graph.bytes(5, t)
	}
	for _, in := range inputs {
		graph.bytes(11, in)
	}
	for _, out := range outputs {
		graph.bytes(12, out)
	}
	m.int(1, irVersion)
	m.text(2, "inkling")
	m.bytes(7, graph)
	type operators struct {
		domain  string
		version int64
	}
	used := []operators{{"", opset}, {microsoftDomain, 1}}
	if own {
		used = append(used, operators{ownDomain, 1})
	}
	for _, o := range used {
		var entry message
		entry.text(1, o.domain)
		entry.int(2, o.version)
		m.bytes(8, entry)
	}
	return m
}
