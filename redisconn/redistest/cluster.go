package redistest

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Cluster is a running cluster of three masters with a replica each.
type Cluster struct {
	Nodes []*Server
}

// StartCluster starts six nodes and waits until all of them say that the cluster is whole, and every replica follows its master.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("a cluster takes seconds to start")
	}
	cli, err := exec.LookPath("redis-cli")
	if err != nil {
		missing(t, "redis-cli")
	}
	c := &Cluster{}
	args := []string{"--cluster", "create"}
	for range 6 {
		node := Start(t, "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "1000",
			"--cluster-require-full-coverage", "no", "--cluster-port", strconv.Itoa(freePort(t)))
		c.Nodes = append(c.Nodes, node)
		args = append(args, node.Addr)
	}
	if out, err := exec.Command(cli, append(args, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, node := range c.Nodes {
		client := node.Client(t, "")
		Until(t, "the cluster is whole", func(ctx context.Context) bool {
			info := client.ClusterInfo(ctx).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:6")
		})
		Until(t, "replicas follow", func(ctx context.Context) bool {
			info := client.Info(ctx, "replication").Val()
			return strings.Contains(info, "role:master") && strings.Contains(info, "connected_slaves:1") || strings.Contains(info, "master_link_status:up")
		})
	}
	return c
}

// URL is the cluster's, as redisconn takes it.
func (c *Cluster) URL() string {
	addresses := make([]string, 0, len(c.Nodes)-1)
	for _, n := range c.Nodes[1:] {
		addresses = append(addresses, "addr="+n.Addr)
	}
	return "redis+cluster://" + c.Nodes[0].Addr + "?" + strings.Join(addresses, "&")
}

// Master returns the master that a key belongs to.
func (c *Cluster) Master(t testing.TB, key string) *Server {
	t.Helper()
	client := c.Nodes[0].Client(t, "")
	slot := int(client.ClusterKeySlot(context.Background(), key).Val())
	//lint:ignore SA1019 Redis 7 answers it still, and it says all that is asked here
	for _, s := range client.ClusterSlots(context.Background()).Val() {
		if slot < s.Start || slot > s.End {
			continue
		}
		for _, n := range c.Nodes {
			if n.Addr == s.Nodes[0].Addr {
				return n
			}
		}
	}
	t.Fatalf("no master has slot %d", slot)
	return nil
}
