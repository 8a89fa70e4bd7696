# Inkling. `make run` fetches, builds and serves; `make test` sets up what it needs and tests. `make help` lists the rest.
SHELL := /bin/bash
INKLING_HOME ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/inkling
export INKLING_HOME
export CGO_ENABLED = 1
GO ?= go
BIN := bin/inkling

.PHONY: bench bench-compare build chaos chaos-edits chaos-short check clean cover fuzz fuzz-short help lint load run sbom security setup short soak test test-deploy test-deploy-short test-editors test-editors-short test-llama test-nvim test-setup test-web test-web-short tools web

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

tools:
	@command -v $(GO) >/dev/null || { echo "setup: Go is missing: install Go 1.26 or later"; exit 1; }
	@command -v $${CC:-cc} >/dev/null || { echo "setup: a C compiler is missing: install gcc or clang"; exit 1; }
	@command -v python3 >/dev/null || { echo "setup: python3 is missing: install Python 3.8 or later"; exit 1; }
	@python3 -c 'import pip' 2>/dev/null || { echo "setup: python3 has no pip: install pip (Debian: python3-pip)"; exit 1; }

setup: tools ## fetch the ONNX Runtime library and the default model, once
	@python3 scripts/fetch.py "$(INKLING_HOME)"

build: tools ## build bin/inkling
	$(GO) build -o $(BIN) ./cmd/inkling

run: setup build ## serve on http://localhost:8000
	$(BIN) serve

test-setup: setup ## fetch what the tests need besides: Redis, Node
	@bash scripts/test-setup.sh

test: export INKLING_TEST_ALL = 1
test: test-setup ## run all tests, with the race detector
	python3 -m unittest discover -s scripts -p '*_test.py'
	$(GO) test -race -timeout 30m ./...
	PRECISION=int8-blocks $(GO) test -timeout 10m ./infer/ort # the runtime's own products, which processors without AVX2 use

test-nvim: setup build ## type in a real Neovim with the plugin
	@bash scripts/test-nvim.sh

.PHONY: bench-nvim
bench-nvim: setup build ## key to ghost text in Neovim
	@bash scripts/test-nvim.sh bench

editors/vscode/node_modules/.package-lock.json: editors/vscode/package-lock.json
	@command -v npm >/dev/null || { echo "setup: npm is missing: install Node 20 (Debian: nodejs npm)"; exit 1; }
	npm ci --prefix editors/vscode --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: vscode test-vscode test-vscode-short bench-vscode
vscode: editors/vscode/node_modules/.package-lock.json ## build the VS Code extension, editors/vscode/dist/inkling.vsix
	npm run --prefix editors/vscode build && npm run --prefix editors/vscode package

test-vscode-short: vscode ## the VS Code extension: types, unit tests, bundle
	npm run --prefix editors/vscode check && npm run --prefix editors/vscode unit

test-vscode: setup build test-vscode-short ## type in a real VS Code workbench in Chromium
	@bash scripts/test-vscode.sh

bench-vscode: setup build vscode ## key to ghost text in VS Code
	@bash scripts/test-vscode.sh bench

test-editors-short: setup build ## the core of what editors do, in a minute: Neovim alone
	@bash scripts/test-nvim.sh short

test-editors: test-nvim ## type in real editors: Neovim, Vim with coc.nvim, Emacs with lsp-mode
	@bash scripts/test-vim.sh
	@bash scripts/test-emacs.sh

.PHONY: test-helix
test-helix: setup build ## type in a real Helix (built once where there is none: Rust, ten minutes and more)
	@bash scripts/test-helix.sh

.PHONY: test-jetbrains test-sublime
test-jetbrains: setup build ## play LSP4IJ's part with the library that it is built on (Debian: openjdk-17-jdk-headless maven)
	@bash scripts/test-jetbrains.sh

test-sublime: setup build ## play Sublime Text's part with its package LSP (cloned once)
	@bash scripts/test-sublime.sh

test-llama: setup ## generate on a real llama.cpp server (built once, minutes)
	@bash scripts/test-llama.sh

test-web: setup build ## drive the playground in Chromium and Firefox
	@bash scripts/test-web.sh

test-web-short: setup build ## the playground's bundle, unit tests, and editing in Chromium
	@bash scripts/test-web.sh short

test-deploy: setup build ## nginx, Redis, Prometheus and two servers, as compose starts them
	@bash scripts/test-setup.sh deploy
	cd deploy/test && $(GO) test -timeout 40m ./...

test-deploy-short: tools ## compose files, Dockerfile, chart, rules, units and backups; nothing is served
	@bash scripts/test-setup.sh deploy
	cd deploy/test && $(GO) test -short -timeout 10m ./...

.PHONY: bench-web
bench-web: setup build ## a keystroke's cost in the playground, its ghost text, its first view
	npm ci --prefix web --ignore-scripts --no-audit --no-fund --silent && npm run --silent speed --prefix web

web: ## bundle the playground again
	npm ci --prefix web --no-audit --no-fund && npm run build --prefix web

cover: test-setup ## coverage by package, and coverage.html
	$(GO) test -timeout 30m -coverprofile=coverage.out ./...
	$(GO) tool cover -html=coverage.out -o coverage.html
	$(GO) tool cover -func=coverage.out | tail -1

lint: tools ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) ./...

security: tools ## gosec, licences, known vulnerabilities
	@bash scripts/security.sh

sbom: tools ## write sbom.json (CycloneDX) of bin/inkling, and sbom-web.json of the page in it
	$(GO) run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0 app -json -licenses -main cmd/inkling -output sbom.json .
	npm sbom --prefix web --package-lock-only --omit=dev --sbom-format=cyclonedx >sbom-web.json # npm 10 and later

check: lint security test ## lint, security and test: with fuzz-short and short what CI runs

short: test-web-short test-vscode-short test-editors-short test-deploy-short test-rolling-short chaos-short ## short forms of the tests that take minutes

chaos: setup build ## break things around a real server (SEED=1, SEEDS=1, RUN=regexp)
	$(GO) build -o bin/chaos ./cmd/chaos
	bin/chaos run --seed $(or $(SEED),1) --seeds $(or $(SEEDS),1) --run '$(RUN)'

chaos-short: setup build ## a minute's worth of it
	$(GO) build -o bin/chaos ./cmd/chaos
	bin/chaos run --short --seed $(or $(SEED),1)

.PHONY: test-rolling test-rolling-short
test-rolling: setup build ## restart two servers behind a real nginx while fifty type (Debian: nginx-light)
	$(GO) build -o bin/chaos ./cmd/chaos
	bin/chaos run --run '^rolling$$' --seed $(or $(SEED),1)

test-rolling-short: setup build ## the same with twelve, in less than a minute
	$(GO) build -o bin/chaos ./cmd/chaos
	bin/chaos run --run '^rolling-short$$' --seed $(or $(SEED),1)

fuzz: setup ## fuzz every target for FUZZTIME (60s) each
	@bash scripts/fuzz.sh

fuzz-short: setup ## the same without coverage to guide it, as CI does
	@bash scripts/fuzz.sh short

chaos-edits: setup build ## random edits over connections that break (N=1000000)
	$(GO) build -o bin/chaos ./cmd/chaos
	bin/chaos edits --n $(or $(N),1000000) --seed $(or $(SEED),1)

load: setup build ## ten thousand sessions, edits, storms and clients that vanish: the figures
	$(GO) build -o bin/chaos ./cmd/chaos
	bin/chaos load

soak: setup build ## 200 typists who come and go (DURATION=1h); soak.txt and soak.svg in bin/
	$(GO) build -o bin/chaos ./cmd/chaos
	bin/chaos soak --duration $(or $(DURATION),1h) --to bin

bench: setup build ## the figures of docs/benchmarks.md, on this machine
	@bash scripts/bench.sh

bench-compare: setup build ## the same keys at this commit, at an older one (REV) and at a peer (PEER)
	@bash scripts/bench-compare.sh

clean: ## remove what was built (not what was fetched)
	rm -rf bin coverage.out coverage.html

STATICCHECK := v0.8.2
