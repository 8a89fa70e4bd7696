package wire

import (
	"encoding/json"
	"reflect"
	"strconv"
)

// MaxIDBytes is the longest string that an id or a token may be: far above what clients count with.
const MaxIDBytes = 256

// ID is a request's id, or the token of a progress stream: an integer or a string. Equal ids compare equal.
type ID struct {
	text   string
	number int64
	isText bool
}

// IntID returns a numeric id.
func IntID(n int64) ID { return ID{number: n} }

// TextID returns an id that is a string.
func TextID(s string) ID { return ID{text: s, isText: true} }

// String returns the id as JSON has it.
func (id ID) String() string { return string(must(id.MarshalJSON())) }

// MarshalJSON implements [json.Marshaler].
func (id ID) MarshalJSON() ([]byte, error) {
	if id.isText {
		return json.Marshal(id.text)
	}
	return strconv.AppendInt(nil, id.number, 10), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (id *ID) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var s string
		if err := json.Unmarshal(data, &s); err != nil || len(s) > MaxIDBytes {
			return notAnID("string")
		}
		*id = TextID(s)
		return nil
	}
	n, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		return notAnID(kindOf(data))
	}
	*id = IntID(n)
	return nil
}

// notAnID is an error to which the decoder adds the field's name.
func notAnID(kind string) error {
	return &json.UnmarshalTypeError{Value: kind, Type: reflect.TypeFor[ID]()}
}

// kindOf names the kind of a JSON value that is no string.
func kindOf(data []byte) string {
	switch data[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// Int returns a numeric id's number, and reports false for a string.
func (id ID) Int() (int64, bool) { return id.number, !id.isText }
