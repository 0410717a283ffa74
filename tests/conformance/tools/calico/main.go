// Command calico answers what Calico says of policies: validated as its API server does it, then put in order and resolved
// for each pod by Felix' own calculation graph, without a cluster or a kernel. What Felix would write to the kernel is
// looked up here, rule by rule.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"os"
	"strings"

	v3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	"github.com/projectcalico/api/pkg/lib/numorstring"
	"github.com/projectcalico/calico/felix/calc"
	"github.com/projectcalico/calico/felix/config"
	"github.com/projectcalico/calico/felix/proto"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/k8s/conversion"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/syncersv1/updateprocessors"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/watchersyncer"
	cnet "github.com/projectcalico/calico/libcalico-go/lib/net"
	validator "github.com/projectcalico/calico/libcalico-go/lib/validator/v3"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	host = "node"
	uid  = "00000000-0000-4000-8000-000000000000" // of whatever the API server would have given one
)

type node struct {
	Namespace       string // of a pod
	NamespaceLabels map[string]string
	Labels          map[string]string
	Ports           []port // the named ones of a pod
	IP              string // of an address outside the cluster
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

// For each probe a text by source, then target: "1" allowed, "0" denied, "-" where the one end is no pod, which has no
// policy.
type answer struct {
	Refused         []refusal
	Egress, Ingress []string
}

// What Felix holds for the kernel.
type state struct {
	policies  map[string]*proto.Policy
	profiles  map[string]*proto.Profile
	sets      map[string][]string
	endpoints map[string]*proto.WorkloadEndpoint
}

func (s *state) on(event any) {
	switch one := event.(type) {
	case *proto.ActivePolicyUpdate:
		s.policies[one.Id.Name] = one.Policy
	case *proto.ActiveProfileUpdate:
		s.profiles[one.Id.Name] = one.Profile
	case *proto.IPSetUpdate:
		s.sets[one.Id] = one.Members
	case *proto.WorkloadEndpointUpdate:
		s.endpoints[one.Id.WorkloadId] = one.Endpoint
	}
}

// A policy as Calico keeps it, if its API server takes it.
func parse(raw json.RawMessage) (name string, made *model.KVPair, err error) {
	var head struct {
		Kind     string
		Metadata struct{ Namespace, Name string }
	}
	if err = json.Unmarshal(raw, &head); err != nil {
		return
	}
	name = head.Kind + " " + head.Metadata.Namespace + "/" + head.Metadata.Name
	var processor watchersyncer.SyncerUpdateProcessor
	key := model.ResourceKey{Kind: head.Kind, Namespace: head.Metadata.Namespace}
	value := any(nil)
	if strings.Contains(string(raw), "networking.k8s.io/v1") {
		var own networkingv1.NetworkPolicy
		if err = strict(raw, &own); err != nil {
			return
		}
		own.UID = uid
		if made, err = conversion.NewConverter().K8sNetworkPolicyToCalico(&own); err != nil {
			return
		}
		key.Name, value = made.Key.(model.ResourceKey).Name, made.Value
		processor = updateprocessors.NewNetworkPolicyUpdateProcessor()
	} else if key.Name = "default." + head.Metadata.Name; head.Kind == "GlobalNetworkPolicy" {
		own := v3.NewGlobalNetworkPolicy()
		if err = strict(raw, own); err == nil {
			err = validator.Validate(own)
		}
		own.Name, value = key.Name, own
		processor = updateprocessors.NewGlobalNetworkPolicyUpdateProcessor()
	} else {
		own := v3.NewNetworkPolicy()
		if err = strict(raw, own); err == nil {
			err = validator.Validate(own)
		}
		own.Name, value = key.Name, own
		processor = updateprocessors.NewNetworkPolicyUpdateProcessor()
	}
	if err != nil {
		return
	}
	several, err := processor.Process(&model.KVPair{Key: key, Value: value})
	if err == nil && (len(several) != 1 || several[0].Value == nil) {
		err = fmt.Errorf("it can not be converted")
	}
	if err != nil {
		return
	}
	return name, several[0], nil
}

func strict(raw json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// Where a pod is: a private address of each family.
func addresses(index int) (string, string) {
	return fmt.Sprintf("100.127.%d.%d", 100+index/250, index%250+1), fmt.Sprintf("fd7f:ffff::%x", index+1)
}

func endpoint(index int, one node) *model.KVPair {
	four, six := addresses(index)
	made := map[string]string{v3.LabelNamespace: one.Namespace, v3.LabelOrchestrator: v3.OrchestratorKubernetes}
	for key, value := range one.Labels {
		made[key] = value
	}
	value := &model.WorkloadEndpoint{
		State: "active", Name: fmt.Sprintf("cali%d", index), Labels: made,
		ProfileIDs: []string{conversion.NamespaceProfileNamePrefix + one.Namespace},
		IPv4Nets:   []cnet.IPNet{block(four, 32)}, IPv6Nets: []cnet.IPNet{block(six, 128)},
	}
	for _, own := range one.Ports {
		protocol := numorstring.ProtocolFromStringV1(own.Protocol)
		value.Ports = append(value.Ports, model.EndpointPort{Name: own.Name, Protocol: protocol, Port: own.Port})
	}
	return &model.KVPair{Key: model.WorkloadEndpointKey{
		Hostname: host, OrchestratorID: "k8s", WorkloadID: fmt.Sprint(index), EndpointID: "eth0",
	}, Value: value}
}

func block(text string, bits int) cnet.IPNet {
	return cnet.IPNet{IPNet: net.IPNet{IP: net.ParseIP(text), Mask: net.CIDRMask(bits, bits)}}
}

func resolve(nodes []node, policies []*model.KVPair) *state {
	made := &state{map[string]*proto.Policy{}, map[string]*proto.Profile{}, map[string][]string{}, map[string]*proto.WorkloadEndpoint{}}
	settings := config.New()
	settings.FelixHostname = host
	sequencer := calc.NewEventSequencer(settings)
	sequencer.Callback = made.on
	graph := calc.NewCalculationGraph(sequencer, settings, func() {})
	var updates []api.Update
	add := func(one *model.KVPair) {
		updates = append(updates, api.Update{KVPair: *one, UpdateType: api.UpdateTypeKVNew})
	}
	spaces := map[string]bool{}
	for index, one := range nodes {
		if one.Namespace == "" {
			continue
		}
		if !spaces[one.Namespace] {
			spaces[one.Namespace] = true
			profile, err := conversion.NewConverter().NamespaceToProfile(&corev1.Namespace{
				ObjectMeta: metav1.ObjectMeta{Name: one.Namespace, UID: uid, Labels: one.NamespaceLabels},
			})
			if err != nil {
				log.Fatal(err)
			}
			parts, err := updateprocessors.NewProfileUpdateProcessor().Process(profile)
			if err != nil {
				log.Fatal(err)
			}
			for _, part := range parts {
				add(part)
			}
		}
		add(endpoint(index, one))
	}
	for _, one := range policies {
		add(one)
	}
	validation := calc.NewValidationFilter(graph, settings)
	validation.OnUpdates(updates)
	validation.OnStatusUpdated(api.InSync)
	graph.Flush()
	sequencer.Flush()
	return made
}

type packet struct {
	source, target netip.Addr
	protocol       string
	port           uint16
}

func (s *state) inSet(id string, address netip.Addr, suffix string) bool {
	for _, member := range s.sets[id] {
		if own, rest, found := strings.Cut(member, ","); found {
			if own == address.String() && rest == suffix {
				return true
			}
		} else if netip.MustParsePrefix(member).Contains(address) {
			return true
		}
	}
	return false
}

func inAny(blocks []string, address netip.Addr) bool {
	for _, text := range blocks {
		if netip.MustParsePrefix(text).Contains(address) {
			return true
		}
	}
	return false
}

func (s *state) side(sets, notSets, blocks, notBlocks []string, address netip.Addr) bool {
	for _, id := range sets {
		if !s.inSet(id, address, "") {
			return false
		}
	}
	for _, id := range notSets {
		if s.inSet(id, address, "") {
			return false
		}
	}
	return (len(blocks) == 0 || inAny(blocks, address)) && !inAny(notBlocks, address)
}

func (s *state) onPort(ranges []*proto.PortRange, sets []string, one packet) bool {
	for _, own := range ranges {
		if own.First <= int32(one.port) && int32(one.port) <= own.Last {
			return true
		}
	}
	for _, id := range sets {
		if s.inSet(id, one.target, fmt.Sprintf("%s:%d", one.protocol, one.port)) {
			return true
		}
	}
	return false
}

func isProtocol(own *proto.Protocol, name string) bool {
	return own != nil && strings.EqualFold(own.GetName(), name)
}

// What the kernel would ask of a packet. A rule that asks for more is not judged.
func (s *state) matches(rule *proto.Rule, one packet) bool {
	if rule.Icmp != nil || rule.NotIcmp != nil || rule.HttpMatch != nil || len(rule.DstIpPortSetIds) > 0 ||
		len(rule.SrcPorts)+len(rule.NotSrcPorts)+len(rule.SrcNamedPortIpSetIds)+len(rule.NotSrcNamedPortIpSetIds) > 0 {
		log.Fatalf("not judged: %v", rule)
	}
	if version := rule.IpVersion; version != proto.IPVersion_ANY && (version == proto.IPVersion_IPV4) != one.source.Is4() {
		return false
	}
	if rule.Protocol != nil && !isProtocol(rule.Protocol, one.protocol) || isProtocol(rule.NotProtocol, one.protocol) {
		return false
	}
	if len(rule.DstPorts)+len(rule.DstNamedPortIpSetIds) > 0 && !s.onPort(rule.DstPorts, rule.DstNamedPortIpSetIds, one) ||
		s.onPort(rule.NotDstPorts, rule.NotDstNamedPortIpSetIds, one) {
		return false
	}
	return s.side(rule.SrcIpSetIds, rule.NotSrcIpSetIds, rule.SrcNet, rule.NotSrcNet, one.source) &&
		s.side(rule.DstIpSetIds, rule.NotDstIpSetIds, rule.DstNet, rule.NotDstNet, one.target)
}

func (s *state) verdict(rules []*proto.Rule, one packet) string {
	for _, rule := range rules {
		if rule.Action != "log" && s.matches(rule, one) {
			return rule.Action
		}
	}
	return ""
}

func (s *state) allows(own *proto.WorkloadEndpoint, out bool, one packet) bool {
	for _, tier := range own.Tiers {
		names := tier.IngressPolicies
		if out {
			names = tier.EgressPolicies
		}
		said := ""
		for _, name := range names {
			rules := s.policies[name].InboundRules
			if out {
				rules = s.policies[name].OutboundRules
			}
			if said = s.verdict(rules, one); said != "" {
				break
			}
		}
		if said == "allow" || len(names) > 0 && said != "next-tier" && said != "pass" {
			return said == "allow"
		}
	}
	for _, name := range own.ProfileIds {
		rules := s.profiles[name].InboundRules
		if out {
			rules = s.profiles[name].OutboundRules
		}
		if said := s.verdict(rules, one); said != "" {
			return said == "allow"
		}
	}
	return false
}

func judge(asked question) answer {
	var made answer
	var policies []*model.KVPair
	for _, raw := range asked.Policies {
		name, one, err := parse(raw)
		if err != nil {
			made.Refused = append(made.Refused, refusal{name, err.Error()})
			continue
		}
		policies = append(policies, one)
	}
	held := resolve(asked.Nodes, policies)
	for index, one := range asked.Nodes {
		if one.Namespace != "" && held.endpoints[fmt.Sprint(index)] == nil {
			log.Fatalf("Felix takes no pod of %v", one)
		}
	}
	pod := func(index int) *proto.WorkloadEndpoint { return held.endpoints[fmt.Sprint(index)] }
	address := func(index, other int) netip.Addr {
		if asked.Nodes[index].Namespace == "" {
			return netip.MustParseAddr(asked.Nodes[index].IP)
		}
		four, six := addresses(index)
		if ip := asked.Nodes[other].IP; strings.Contains(ip, ":") {
			return netip.MustParseAddr(six)
		}
		return netip.MustParseAddr(four)
	}
	mark := func(own *proto.WorkloadEndpoint, out bool, one packet) byte {
		if own == nil {
			return '-'
		}
		if held.allows(own, out, one) {
			return '1'
		}
		return '0'
	}
	for _, probe := range asked.Probes {
		var out, in []byte
		for source := range asked.Nodes {
			for target := range asked.Nodes {
				one := packet{address(source, target), address(target, source), strings.ToLower(probe.Protocol), probe.Port}
				out = append(out, mark(pod(source), true, one))
				in = append(in, mark(pod(target), false, one))
			}
		}
		made.Egress, made.Ingress = append(made.Egress, string(out)), append(made.Ingress, string(in))
	}
	return made
}

func main() {
	logrus.SetOutput(io.Discard)
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
