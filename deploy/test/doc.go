// Package deploytest holds what deploys Inkling to what it says, without a container engine.
//
// The short tests read: compose files against their schema, the Dockerfile, the Helm chart against the types of
// Kubernetes, the dashboard and the rules. The others run: Debian's nginx, Redis and Prometheus with the very files that
// compose mounts, two servers behind them, and every query of the dashboard answered.
//
// It is a module of its own, so that nothing of Helm or Compose is a dependency of the server. Programs that are not
// there fail a test, unless INKLING_DEPLOY_SKIP_MISSING is set: then it says what it left out.
package deploytest
