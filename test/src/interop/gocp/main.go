// SPDX-License-Identifier: Apache-2.0

// A control plane made of go-control-plane's snapshot cache and server. It listens on the address that is its only
// argument, says `{"address":…}`, and then takes a line of JSON a snapshot from standard input:
// {"node":…,"version":…,"ttlMs":…,"resources":[{"@type":…}]}. Every answer of a client is a line on standard output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"net"
	"os"
	"sync"
	"time"

	_ "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
)

type command struct {
	Node      string            `json:"node"`
	Version   string            `json:"version"`
	TTLMs     int               `json:"ttlMs"`
	Resources []json.RawMessage `json:"resources"`
}

// What a client answered, or asked for the first time.
type event struct {
	Protocol    string            `json:"protocol"`
	Stream      int64             `json:"stream"`
	Type        string            `json:"type"`
	Version     string            `json:"version"`
	Nonce       string            `json:"nonce"`
	Error       string            `json:"error"`
	Node        string            `json:"node"`
	Metadata    map[string]any    `json:"metadata"`
	Subscribe   []string          `json:"subscribe"`
	Unsubscribe []string          `json:"unsubscribe"`
	Initial     map[string]string `json:"initial"`
}

var output sync.Mutex

func say(value any) {
	output.Lock()
	defer output.Unlock()
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		os.Exit(0)
	}
}

func main() {
	log.SetFlags(0)
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	snapshots := cache.NewSnapshotCacheWithHeartbeating(ctx, true, cache.IDHash{}, nil, 200*time.Millisecond)
	callbacks := server.CallbackFuncs{
		StreamRequestFunc: func(stream int64, r *discovery.DiscoveryRequest) error {
			say(event{Protocol: "sotw", Stream: stream, Type: r.TypeUrl, Version: r.VersionInfo, Nonce: r.ResponseNonce,
				Error: r.GetErrorDetail().GetMessage(), Node: r.GetNode().GetId(), Metadata: metadata(r.Node), Subscribe: r.ResourceNames})
			return nil
		},
		StreamDeltaRequestFunc: func(stream int64, r *discovery.DeltaDiscoveryRequest) error {
			say(event{Protocol: "delta", Stream: stream, Type: r.TypeUrl, Nonce: r.ResponseNonce,
				Error: r.GetErrorDetail().GetMessage(), Node: r.GetNode().GetId(), Metadata: metadata(r.Node),
				Subscribe: r.ResourceNamesSubscribe, Unsubscribe: r.ResourceNamesUnsubscribe, Initial: r.InitialResourceVersions})
			return nil
		},
	}
	ads := grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(ads, server.NewServer(ctx, snapshots, callbacks))
	go func() { log.Fatal(ads.Serve(listener)) }()
	say(map[string]string{"address": listener.Addr().String()})

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if err := set(ctx, snapshots, lines.Bytes()); err != nil {
			log.Fatal(err)
		}
	}
}

func set(ctx context.Context, snapshots cache.SnapshotCache, line []byte) error {
	var wanted command
	if err := json.Unmarshal(line, &wanted); err != nil {
		return err
	}
	resources := map[string][]types.ResourceWithTTL{}
	for _, raw := range wanted.Resources {
		var wrapped anypb.Any
		if err := protojson.Unmarshal(raw, &wrapped); err != nil {
			return err
		}
		message, err := wrapped.UnmarshalNew()
		if err != nil {
			return err
		}
		one := types.ResourceWithTTL{Resource: message}
		if wanted.TTLMs > 0 {
			ttl := time.Duration(wanted.TTLMs) * time.Millisecond
			one.TTL = &ttl
		}
		resources[wrapped.TypeUrl] = append(resources[wrapped.TypeUrl], one)
	}
	snapshot, err := cache.NewSnapshotWithTTLs(wanted.Version, resources)
	if err != nil {
		return err
	}
	return snapshots.SetSnapshot(ctx, wanted.Node, snapshot)
}

func metadata(node *core.Node) map[string]any {
	return node.GetMetadata().AsMap()
}
