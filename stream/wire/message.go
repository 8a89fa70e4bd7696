package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Version is the value of every message's jsonrpc.
const Version = "2.0"

// Message is any JSON-RPC message. A request has Method and ID, a notification only Method, a response ID and one of
// Result and Error.
type Message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      *ID             `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

// IsRequest reports whether m wants an answer.
func (m *Message) IsRequest() bool { return m.Method != "" && m.ID != nil }

// IsNotification reports whether m wants none.
func (m *Message) IsNotification() bool { return m.Method != "" && m.ID == nil }

// IsResponse reports whether m is an answer.
func (m *Message) IsResponse() bool { return m.Method == "" }

// Parse reads one message. Its error is an [*Error] with the code to answer; the message is returned with it where
// as much as its id could be read, and is never nil.
func Parse(data []byte) (*Message, error) {
	m := &Message{}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if !json.Valid(trimmed) {
		return m, Errorf(CodeParseError, "the message is not valid JSON")
	}
	if trimmed[0] == '[' {
		return m, Errorf(CodeInvalidRequest, "batches are not accepted: send one message a frame")
	}
	if trimmed[0] != '{' {
		return m, Errorf(CodeInvalidRequest, "a message is a JSON object")
	}
	var fields struct {
		JSONRPC json.RawMessage `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Method  *string         `json:"method"`
		Params  json.RawMessage `json:"params"`
		Result  json.RawMessage `json:"result"`
		Error   *Error          `json:"error"`
	}
	err := json.Unmarshal(trimmed, &fields)
	nullID := fields.Method == nil && fields.Error != nil && string(fields.ID) == "null"
	if fields.ID != nil && !nullID {
		id := &ID{}
		if idErr := id.UnmarshalJSON(fields.ID); idErr != nil {
			return m, Errorf(CodeInvalidRequest, "id: must be %s", expected(reflect.TypeFor[ID]()))
		}
		m.ID = id
	}
	if err != nil {
		return m, Errorf(CodeInvalidRequest, "the message is not JSON-RPC: %v", fieldOf(err))
	}
	m.JSONRPC, m.Params, m.Result, m.Error = Version, fields.Params, fields.Result, fields.Error
	if string(fields.JSONRPC) != `"2.0"` {
		return m, Errorf(CodeInvalidRequest, `jsonrpc: must be "2.0"`)
	}
	if fields.Method != nil {
		m.Method = *fields.Method
	}
	switch {
	case fields.Method != nil && m.Method == "":
		return m, Errorf(CodeInvalidRequest, "method: must not be empty")
	case m.Method == "" && m.Error == nil && (m.ID == nil || m.Result == nil):
		return m, Errorf(CodeInvalidRequest, "method: missing")
	case m.Params != nil && m.Params[0] != '{' && m.Params[0] != '[' && string(m.Params) != "null":
		return m, Errorf(CodeInvalidRequest, "params: must be an object or an array")
	}
	return m, nil
}

// fieldOf returns what of a decoding error a client may be told: the field and the types, never a value.
func fieldOf(err error) string {
	e, ok := err.(*json.UnmarshalTypeError)
	if !ok {
		return "a field has the wrong type"
	}
	kind, _, _ := strings.Cut(e.Value, " ")
	return fmt.Sprintf("%s: must be %s, is a JSON %s", e.Field, expected(e.Type), kind)
}

// expected describes a Go type to somebody who writes JSON.
func expected(t reflect.Type) string {
	switch kind := t.Kind(); {
	case t == reflect.TypeFor[ID]():
		return fmt.Sprintf("an integer below 2^63 or a string of at most %d bytes", MaxIDBytes)
	case kind == reflect.String:
		return "a string"
	case kind == reflect.Bool:
		return "true or false"
	case kind == reflect.Slice:
		return "an array"
	case kind == reflect.Float64:
		return "a number"
	case kind == reflect.Struct:
		return "an object"
	default:
		return fmt.Sprintf("an integer of type %s", kind)
	}
}

// Decode reads params into v. Its error is an [*Error] with CodeInvalidParams that names the field.
func Decode(params json.RawMessage, v any) error {
	if len(params) == 0 || string(params) == "null" {
		return Errorf(CodeInvalidParams, "params: missing")
	}
	if err := json.Unmarshal(params, v); err != nil {
		if e, ok := err.(*Error); ok {
			return e
		}
		return Errorf(CodeInvalidParams, "params.%s", fieldOf(err))
	}
	return nil
}

// Notification returns an encoded notification. Params must be encodable.
func Notification(method string, params any) []byte {
	return must(json.Marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
	}{Version, method, params}))
}

// Request returns an encoded request. Params must be encodable.
func Request(id ID, method string, params any) []byte {
	return must(json.Marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		ID      ID     `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
	}{Version, id, method, params}))
}

// Response returns an encoded answer; a nil result is JSON's null.
func Response(id ID, result any) []byte {
	return must(json.Marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		ID      ID     `json:"id"`
		Result  any    `json:"result"`
	}{Version, id, result}))
}

// ErrorResponse returns an encoded answer that is an error; a nil id is JSON's null.
func ErrorResponse(id *ID, e *Error) []byte {
	return must(json.Marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		ID      *ID    `json:"id"`
		Error   *Error `json:"error"`
	}{Version, id, e}))
}

// must unwraps an encoding of our own plain types, which cannot fail.
func must(data []byte, err error) []byte {
	if err != nil {
		panic("wire: " + err.Error())
	}
	return data
}
