module kubescaffold.invalid/conformance/provider-objects

go 1.26.0

require (
	github.com/jmespath/go-jmespath v0.4.0
	gopkg.in/yaml.v3 v3.0.1
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect
