package gguf

import (
	"errors"

	"inkling/infer/model"
)

// Outline describes the model that importing a file would make, as far as the file's header tells, and the fewest bytes
// that its weights would then take: enough to see that it cannot fit before minutes go into importing it. Nothing is
// written, and the model's files are not named.
func Outline(path, precision string) (c model.Config, leastWeights int64, err error) {
	file, err := Open(path)
	if err != nil {
		return model.Config{}, 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	a, err := file.architecture()
	if err != nil {
		return model.Config{}, 0, err
	}
	var elements int64
	for _, t := range file.Tensors {
		elements += int64(t.Rows()) * int64(t.Columns())
	}
	return model.Config{
		Name: name(path), Exporter: "inkling", Architecture: a.name, Layers: a.layers, KVHeads: a.kvHeads, HeadDim: a.headDim,
		Vocabulary: a.vocabulary, ContextTokens: a.context, Precision: precision,
	}, elements * leastBits(precision) / 8, nil
}

// leastBits is what a weight takes at the least, without its share of scales.
func leastBits(precision string) int64 {
	switch precision {
	case "int4", native:
		return 4
	case fp16:
		return 16
	case "fp32":
		return 32
	}
	return 8
}
