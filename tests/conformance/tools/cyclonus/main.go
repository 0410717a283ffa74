// Command cyclonus answers what cyclonus' matcher says of policies: its own command prints tables for people, which
// takes most of its time on the thousands of pairs that are asked here.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type node struct {
	Namespace       string // empty: an address outside the cluster
	NamespaceLabels map[string]string
	Labels          map[string]string
	IP              string
	Ports           []port // the named ones of a pod
}

type port struct {
	Name     string
	Protocol corev1.Protocol
	Port     int
}

type probe struct {
	Protocol corev1.Protocol
	Port     int
}

type question struct {
	Policies []*networkingv1.NetworkPolicy
	Nodes    []node
	Probes   []probe
}

// For each probe a text of "1" (allowed) and "0", by source, then target.
type answer struct {
	Ingress, Egress, Combined []string
}

func peer(one node) *matcher.TrafficPeer {
	if one.Namespace == "" {
		return &matcher.TrafficPeer{IP: one.IP}
	}
	inside := &matcher.InternalPeer{Namespace: one.Namespace, NamespaceLabels: one.NamespaceLabels, PodLabels: one.Labels}
	return &matcher.TrafficPeer{IP: one.IP, Internal: inside}
}

// What a policy may call a port of a target by; a port has one name at most.
func named(target node, probe probe) string {
	for _, own := range target.Ports {
		if own.Protocol == probe.Protocol && own.Port == probe.Port {
			return own.Name
		}
	}
	return ""
}

func mark(marks []byte, allowed bool) []byte {
	if allowed {
		return append(marks, '1')
	}
	return append(marks, '0')
}

func judge(asked question) answer {
	policy := matcher.BuildNetworkPolicies(true, asked.Policies)
	var made answer
	for _, probe := range asked.Probes {
		var ingress, egress, combined []byte
		for _, source := range asked.Nodes {
			for _, target := range asked.Nodes {
				traffic := &matcher.Traffic{
					Source: peer(source), Destination: peer(target), Protocol: probe.Protocol,
					ResolvedPort: probe.Port, ResolvedPortName: named(target, probe),
				}
				allowed := policy.IsTrafficAllowed(traffic)
				ingress, egress = mark(ingress, allowed.Ingress.IsAllowed()), mark(egress, allowed.Egress.IsAllowed())
				combined = mark(combined, allowed.IsAllowed())
			}
		}
		made.Ingress = append(made.Ingress, string(ingress))
		made.Egress = append(made.Egress, string(egress))
		made.Combined = append(made.Combined, string(combined))
	}
	return made
}

func main() {
	input, output := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	for input.More() {
		var asked question
		if err := input.Decode(&asked); err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(judge(asked)); err != nil {
			log.Fatal(err)
		}
	}
}
