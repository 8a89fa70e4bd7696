package capi

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	onnx "github.com/yalue/onnxruntime_go"
)

var (
	comments = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	members  = regexp.MustCompile(`ORT_API2_STATUS\(\s*(\w+)|ORT_API_T\([^,]+,\s*(\w+)|ORT_CLASS_(RELEASE\(\w+)\)|\(ORT_API_CALL\*\s*(\w+)\)`)
	slots    = regexp.MustCompile(`slot_(\w+) = (\d+),`)
)

// places are the functions of OrtApi, in their order, by the header that the binding is built with.
func places(t *testing.T) map[string]int {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yalue/onnxruntime_go").Output()
	if err != nil {
		t.Fatal(err)
	}
	header, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "onnxruntime_c_api.h"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(comments.ReplaceAllString(string(header), ""), "struct OrtApi {")
	table, _, _ = strings.Cut(table, "\n};")
	found := map[string]int{}
	for at, member := range members.FindAllStringSubmatch(table, -1) {
		name := member[1] + member[2] + strings.Replace(member[3], "RELEASE(", "Release", 1) + member[4]
		found[name] = at
	}
	return found
}

func TestTheFunctionsStandWhereTheHeaderHasThem(t *testing.T) {
	found := places(t)
	if len(found) < 300 {
		t.Fatalf("%d functions in the header", len(found))
	}
	for _, folder := range []string{".", "../devicekv", "../products"} {
		ours, err := os.ReadFile(filepath.Join(folder, "slots.h"))
		if err != nil {
			t.Fatal(err)
		}
		named := slots.FindAllStringSubmatch(string(ours), -1)
		if len(named) < 2 {
			t.Fatalf("%s: %d places in slots.h", folder, len(named))
		}
		for _, slot := range named {
			if at, known := found[slot[1]]; !known || strconv.Itoa(at) != slot[2] {
				t.Errorf("%s: %s is %d in the header, not %s", folder, slot[1], at, slot[2])
			}
		}
	}
}

func TestAnotherBindingsObjectsAreAnError(t *testing.T) {
	type other struct{ session *int }
	type wrapped struct{ s *other }
	for _, object := range []any{&wrapped{&other{new(int)}}, &wrapped{}, other{}, &onnx.RunOptions{}, 7} {
		if _, err := Inside(object, "s", "ortSession"); !errors.Is(err, ErrBinding) {
			t.Errorf("%T: %v", object, err)
		}
	}
	if _, err := Inside(&onnx.RunOptions{}, "o"); !errors.Is(err, ErrBinding) {
		t.Errorf("closed options: %v", err)
	}
}
