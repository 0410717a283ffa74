// Command cilium answers what Cilium's own policy engine says of policies: parsed and checked as its agent does it, then
// resolved for each pod, without a cluster or a kernel.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"sync"

	"github.com/cilium/cilium/pkg/endpoint/regeneration"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	"github.com/cilium/cilium/pkg/k8s"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	networkingv1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/policy/utils"
	testidentity "github.com/cilium/cilium/pkg/testutils/identity"
	testpolicy "github.com/cilium/cilium/pkg/testutils/policy"
	"github.com/cilium/cilium/pkg/u8proto"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

const cluster = "default"

type node struct {
	Namespace       string // of a pod
	NamespaceLabels map[string]string
	Labels          map[string]string
	Ports           []port // the named ones of a pod
	IP              string // of an address outside the cluster
	Host            string // a name outside the cluster: an address that it was answered with
	Entity          string // what Cilium knows by itself: a reserved identity
}

type port struct {
	Name     string
	Protocol string
	Port     uint16
}

type question struct {
	Policies []json.RawMessage
	Nodes    []node
	Probes   []port
}

type refusal struct{ Name, Why string }

// For each probe a text by source, then target: "1" allowed, "2" allowed through a proxy, "0" denied, "-" where the one
// end is no pod, which has no policy.
type answer struct {
	Refused         []refusal
	Egress, Ingress []string
}

// One pod as the policy engine knows it.
type owner struct {
	id    identity.NumericIdentity
	ports []port
}

func (one *owner) GetID() uint64                               { return uint64(one.id) }
func (one *owner) PolicyDebug(string, ...any)                  {}
func (one *owner) IsHost() bool                                { return false }
func (one *owner) PreviousMapStateSizes() policy.MapStateSizes { return policy.MapStateSizes{} }
func (one *owner) GetIngressNamedPort(name string, proto u8proto.U8proto) uint16 {
	for _, own := range one.ports {
		if own.Name == name && own.Protocol == proto.String() {
			return own.Port
		}
	}
	return 0
}
func (one *owner) RegenerateIfAlive(*regeneration.ExternalRegenerationMetadata) <-chan bool {
	done := make(chan bool)
	close(done)
	return done
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// What the agent does with an object: nothing but what it accepts counts.
func parse(raw json.RawMessage) (name string, entries types.PolicyEntries, hosts []api.FQDNSelector, err error) {
	var head struct {
		Kind     string
		Metadata struct{ Namespace, Name string }
	}
	if err = json.Unmarshal(raw, &head); err != nil {
		return
	}
	name = head.Kind + " " + head.Metadata.Namespace + "/" + head.Metadata.Name
	if head.Kind == "NetworkPolicy" {
		var value networkingv1.NetworkPolicy
		if err = json.Unmarshal(raw, &value); err == nil {
			entries, err = k8s.ParseNetworkPolicy(quiet, cluster, &value)
		}
		return
	}
	if head.Kind == "ClusterNetworkPolicy" {
		var value policyv1alpha2.ClusterNetworkPolicy
		if err = json.Unmarshal(raw, &value); err == nil {
			entries, err = k8s.ParseClusterNetworkPolicy(quiet, cluster, &value)
		}
		return
	}
	var value v2.CiliumNetworkPolicy
	if err = json.Unmarshal(raw, &value); err != nil {
		return
	}
	rules, err := value.Parse(quiet, cluster)
	if err != nil {
		return
	}
	for _, rule := range rules {
		for _, egress := range rule.Egress {
			hosts = append(hosts, egress.ToFQDNs...)
		}
	}
	return name, utils.RulesToPolicyEntries(rules), hosts, nil
}

// The labels by which policies know a node.
func known(one node, hosts []api.FQDNSelector) labels.Labels {
	made := labels.Labels{}
	add := func(key, value, source string) { made[key] = labels.NewLabel(key, value, source) }
	switch {
	case one.Entity != "":
		return labels.NewLabelsFromModel([]string{labels.LabelSourceReserved + ":" + one.Entity})
	case one.Host != "":
		// As the agent marks an address: with each selector whose pattern its name fits.
		for index := range hosts {
			if matcher, err := hosts[index].ToRegex(); err == nil && matcher.MatchString(one.Host+".") {
				label := hosts[index].IdentityLabel()
				made[label.Key] = label
			}
		}
		address := netip.MustParseAddr(one.IP)
		for key, label := range labels.GetCIDRLabels(netip.PrefixFrom(address, address.BitLen())) {
			made[key] = label
		}
	case one.Namespace == "":
		address := netip.MustParseAddr(one.IP)
		return labels.GetCIDRLabels(netip.PrefixFrom(address, address.BitLen()))
	default:
		for key, value := range one.Labels {
			add(key, value, labels.LabelSourceK8s)
		}
		for key, value := range one.NamespaceLabels {
			add("io.cilium.k8s.namespace.labels."+key, value, labels.LabelSourceK8s)
		}
		add("io.kubernetes.pod.namespace", one.Namespace, labels.LabelSourceK8s)
		add("io.cilium.k8s.policy.cluster", cluster, labels.LabelSourceK8s)
	}
	return made
}

func identities(nodes []node, hosts []api.FQDNSelector) []*identity.Identity {
	made := make([]*identity.Identity, len(nodes))
	for index, one := range nodes {
		id := identity.NumericIdentity(1000 + index)
		if one.Entity != "" {
			id = identity.GetReservedID(one.Entity)
		} else if one.Namespace == "" {
			id |= identity.IdentityScopeLocal
		}
		made[index] = identity.NewIdentity(id, known(one, hosts))
	}
	return made
}

func judge(asked question) answer {
	var made answer
	var entries types.PolicyEntries
	var hosts []api.FQDNSelector
	for _, raw := range asked.Policies {
		name, own, names, err := parse(raw)
		if err != nil {
			made.Refused = append(made.Refused, refusal{name, err.Error()})
			continue
		}
		entries, hosts = append(entries, own...), append(hosts, names...)
	}
	ids := identities(asked.Nodes, hosts)
	all := identity.IdentityMap{}
	identity.IterateReservedIdentities(func(id identity.NumericIdentity, one *identity.Identity) {
		all[id] = one.LabelArray
	})
	for _, one := range ids {
		all[one.ID] = one.LabelArray
	}
	manager := identitymanager.NewIDManager(quiet)
	repository := policy.NewPolicyRepository(quiet, all, nil, nil, manager, testpolicy.NewPolicyMetricsNoop())
	repository.GetSelectorCache().SetLocalIdentityNotifier(testidentity.NewDummyIdentityNotifier())
	repository.GetSubjectSelectorCache().UpdateIdentities(all, nil, &sync.WaitGroup{})
	repository.MustAddPolicyEntries(entries)
	for range asked.Probes {
		made.Egress, made.Ingress = append(made.Egress, ""), append(made.Ingress, "")
	}
	resolved := make([]*policy.EndpointPolicy, len(ids))
	for index, one := range asked.Nodes {
		if one.Namespace != "" {
			resolved[index] = resolve(repository, ids[index], one.Ports)
		}
	}
	for number, probe := range asked.Probes {
		var out, in []byte
		for source := range ids {
			for target := range ids {
				out = append(out, look(resolved[source], policy.EgressKey(), ids[target], probe))
				in = append(in, look(resolved[target], policy.IngressKey(), ids[source], probe))
			}
		}
		made.Egress[number], made.Ingress[number] = string(out), string(in)
	}
	return made
}

func resolve(repository *policy.Repository, one *identity.Identity, ports []port) *policy.EndpointPolicy {
	selected, _, err := repository.ComputeSelectorPolicy(one)
	if err != nil {
		log.Fatal(err)
	}
	redirects := map[string]uint16{policy.FallbackRedirectID: math.MaxUint16}
	made := selected.DistillPolicy(quiet, &owner{one.ID, ports}, redirects)
	made.Ready()
	made.Detach(quiet)
	selected.Supersede()
	return made
}

func look(own *policy.EndpointPolicy, key policy.Key, peer *identity.Identity, probe port) byte {
	if own == nil {
		return '-'
	}
	protocol, err := u8proto.ParseProtocol(probe.Protocol)
	if err != nil {
		log.Fatal(err)
	}
	entry, _, _ := own.Lookup(key.WithIdentity(peer.ID).WithPortProto(protocol, probe.Port))
	switch {
	case entry.IsDeny():
		return '0'
	case entry.IsRedirectEntry():
		return '2'
	}
	return '1'
}

func main() {
	// As the agent does in Kubernetes, whose kubelets ask probes: what runs on the pod's own node may ask it.
	option.Config.UnsafeDaemonConfigOption.AllowLocalhost = option.AllowLocalhostAlways
	option.Config.EnableIPv4, option.Config.EnableIPv6 = true, true
	option.Config.EnableL7Proxy = true
	option.Config.EnableNonDefaultDenyPolicies = true
	policy.SetPolicyEnabled(option.DefaultEnforcement)
	api.InitEntities(cluster)
	input, output := bufio.NewReaderSize(os.Stdin, 1<<20), json.NewEncoder(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 0 {
			var asked question
			if err := json.Unmarshal(line, &asked); err != nil {
				log.Fatal(err)
			}
			if err := output.Encode(judge(asked)); err != nil {
				log.Fatal(err)
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
