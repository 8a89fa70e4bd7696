package deploytest

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/opencontainers/go-digest"
)

// noRegistry answers for every base image, so that linting asks nobody.
type noRegistry struct{}

func (noRegistry) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := []byte(`{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/bin:/bin"]}}`)
	return ref, digest.FromBytes(config), config, nil
}

// linted runs the checks of docker build --check, and returns what they say.
func linted(t *testing.T, text string, arguments map[string]string) []string {
	t.Helper()
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", []byte(text))
	source.Definition = &llb.Definition{}
	result, err := dockerfile2llb.DockerfileLint(t.Context(), []byte(text), dockerfile2llb.ConvertOpt{
		Config: dockerui.Config{BuildArgs: arguments}, MetaResolver: noRegistry{}, SourceMap: source})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	if result.Error != nil {
		said = append(said, result.Error.Message)
	}
	for _, w := range result.Warnings {
		said = append(said, w.RuleName+": "+w.Detail)
	}
	return said
}

func TestDockerfileIsLinted(t *testing.T) {
	for _, arguments := range []map[string]string{nil, {"MODEL": "none"},
		{"BASE_IMAGE": "nvidia/cuda:x", "RUNTIME_ARCHIVE": "onnxruntime-linux-x64-gpu-1.32.0.tgz"}} {
		for _, said := range linted(t, read(t, "Dockerfile"), arguments) {
			t.Errorf("%v: %s", arguments, said)
		}
	}
}

func TestTheLinterSees(t *testing.T) {
	if said := linted(t, "FROM debian as x\nENV A b\nCMD serve\n", nil); len(said) < 3 {
		t.Errorf("a bad Dockerfile: %q", said)
	}
}

func TestTheImageRunsWithoutRights(t *testing.T) {
	text := read(t, "Dockerfile")
	final := text[strings.LastIndex(text, "\nFROM "):]
	for _, want := range []string{"\nUSER 65532:65532\n", "\nHEALTHCHECK ", `"health"]`, "\nSTOPSIGNAL SIGTERM\n", "\nVOLUME "} {
		if !strings.Contains(final, want) {
			t.Errorf("the final stage has no %q", want)
		}
	}
}

// TestWhatTheBuildNeedsIsSent asks Go for every file of the program, and .dockerignore whether it is left out.
func TestWhatTheBuildNeedsIsSent(t *testing.T) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(read(t, ".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	leftOut := func(path string) bool {
		out, err := ignored.MatchesOrParentMatches(path)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,CgoFiles,CFiles,CXXFiles,HFiles,EmbedFiles", "./cmd/inkling")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p struct {
			ImportPath, Dir                                         string
			GoFiles, CgoFiles, CFiles, CXXFiles, HFiles, EmbedFiles []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.ImportPath, "inkling/") {
			continue
		}
		for _, names := range [][]string{p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.HFiles, p.EmbedFiles} {
			for _, name := range names {
				path, err := filepath.Rel(root, filepath.Join(p.Dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if files++; leftOut(path) {
					t.Errorf(".dockerignore leaves out %s, which the program is made of", path)
				}
			}
		}
	}
	if files < 100 {
		t.Errorf("only %d files were looked at", files)
	}
	for _, private := range []string{".env", "deploy/nginx/tls/privkey.pem", ".git/config", "web/node_modules/x.js", "bin/inkling"} {
		if !leftOut(private) {
			t.Errorf("%s is sent to the build", private)
		}
	}
}
