// Command images prints where the kubelet pulls images from: registry and path; nothing where it is no name of one.
//
// It reads a list of names, and prints the list of what each is read as.
package main

import (
	"encoding/json"
	"log"
	"os"

	"k8s.io/kubernetes/pkg/util/parsers"
)

func main() {
	var images []string
	if err := json.NewDecoder(os.Stdin).Decode(&images); err != nil {
		log.Fatal(err)
	}
	made := []string{}
	for _, image := range images {
		repository, _, _, err := parsers.ParseImageName(image)
		if err != nil {
			repository = ""
		}
		made = append(made, repository)
	}
	if err := json.NewEncoder(os.Stdout).Encode(made); err != nil {
		log.Fatal(err)
	}
}
