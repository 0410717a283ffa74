// Command unseal answers what the controller of Sealed Secrets makes of a SealedSecret: by its own code, with one private key.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"bufio"
	"crypto/rsa"
	"encoding/json"
	"log"
	"os"

	"github.com/bitnami/sealed-secrets/pkg/apis/sealedsecrets/v1alpha1"
	"github.com/bitnami/sealed-secrets/pkg/crypto"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/util/keyutil"
)

type question struct {
	Key    string // PEM
	Sealed v1alpha1.SealedSecret
}

type answer struct {
	Secret *corev1.Secret
	Error  string
}

func unseal(asked question) answer {
	key, err := keyutil.ParsePrivateKeyPEM([]byte(asked.Key))
	if err != nil {
		log.Fatal(err)
	}
	private := key.(*rsa.PrivateKey)
	fingerprint, err := crypto.PublicKeyFingerprint(&private.PublicKey)
	if err != nil {
		log.Fatal(err)
	}
	secret, err := asked.Sealed.Unseal(scheme.Codecs, map[string]*rsa.PrivateKey{fingerprint: private})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Secret: secret}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(unseal(asked)); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
